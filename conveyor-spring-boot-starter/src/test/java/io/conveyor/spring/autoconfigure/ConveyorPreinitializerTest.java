package io.conveyor.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.preinitialize.BackgroundPreinitializer;
import org.springframework.core.io.support.SpringFactoriesLoader;

/** Spring Boot passes over what goes wrong there, and the time it should have saved is lost in silence. */
class ConveyorPreinitializerTest {

    @Test
    void findsEveryClassItNames() {
        assertThatCode(() -> new ConveyorPreinitializer().preinitialize()).doesNotThrowAnyException();
    }

    @Test
    void isFoundBySpringBoot() {
        assertThat(SpringFactoriesLoader.forDefaultResourceLocation(getClass().getClassLoader())
                        .load(BackgroundPreinitializer.class))
                .hasAtLeastOneElementOfType(ConveyorPreinitializer.class);
    }
}
