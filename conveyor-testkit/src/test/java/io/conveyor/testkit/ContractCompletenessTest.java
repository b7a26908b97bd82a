package io.conveyor.testkit;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Test;

/** A case that an implementation loses is found. The contracts here are made up, and abstract, so that nobody runs them. */
class ContractCompletenessTest {

    abstract static class Contract {
        @Test
        protected void keepsIt() {}

        @Test
        protected void keepsThatToo() {}
    }

    abstract static class Keeping extends Contract {
        @Override
        @Test
        protected void keepsIt() {}
    }

    abstract static class Excused extends Contract {
        @Override
        @Test
        @Disabled("this store cannot")
        protected void keepsIt() {}
    }

    abstract static class Forgetful extends Contract {
        @Override
        protected void keepsIt() {}
    }

    abstract static class Silent extends Contract {
        @Override
        @Test
        @Disabled
        protected void keepsThatToo() {}
    }

    abstract static class BelowForgetful extends Forgetful {}

    @Test
    void keptAndExcusedCasesAreFine() {
        assertThatCode(() -> ContractCompleteness.check(Keeping.class)).doesNotThrowAnyException();
        assertThatCode(() -> ContractCompleteness.check(Excused.class)).doesNotThrowAnyException();
    }

    @Test
    void anOverrideWithoutTheAnnotationIsFound() {
        assertThatThrownBy(() -> ContractCompleteness.check(Forgetful.class))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("keepsIt");
        assertThatThrownBy(() -> ContractCompleteness.check(BelowForgetful.class))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("keepsIt");
    }

    @Test
    void anExcuseWithoutAReasonIsFound() {
        assertThatThrownBy(() -> ContractCompleteness.check(Silent.class))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("keepsThatToo");
    }

    @Test
    void aClassWithoutAContractIsFound() {
        assertThatThrownBy(() -> ContractCompleteness.check(String.class)).isInstanceOf(AssertionError.class);
    }
}
