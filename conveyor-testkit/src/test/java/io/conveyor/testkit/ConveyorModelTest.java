package io.conveyor.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.conveyor.testkit.StraightFactory.Mistake;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The model agrees with conveyors that make no mistake, and finds those that make one. */
class ConveyorModelTest {

    private static final Seed SEED = Seed.current();

    @Test
    void conveyorsWithoutAMistakePass() throws Exception {
        model(Mistake.NONE).check(SEED, 3_000);
    }

    @Test
    void conveyorsWithoutAMistakeStandTheStress() throws Exception {
        model(Mistake.NONE).stress(SEED, Duration.ofMillis(300));
    }

    @Test
    void everyMistakeIsFoundAndCanBeRepeated() {
        for (Mistake mistake : Mistake.values()) {
            if (mistake != Mistake.NONE) {
                Throwable first = catchThrowable(() -> model(mistake).check(SEED, 3_000));
                assertThat(first)
                        .as("%s with %s", mistake, SEED)
                        .isInstanceOf(AssertionError.class)
                        .hasMessageContaining(SEED.toString())
                        .hasMessageContaining("The steps until then:");
                assertThatThrownBy(() -> model(mistake).check(SEED, 3_000)).hasMessage(first.getMessage());
            }
        }
    }

    @Test
    void theStepsOfTheShortestFailingPrefixAreListed() {
        Throwable failure = catchThrowable(
                () -> model(Mistake.FORGETS_THE_CURSOR_AFTER_A_WRITE).check(SEED, 3_000));
        List<String> lines = String.valueOf(failure.getMessage()).lines().toList();
        assertThat(lines.get(0)).startsWith("step " + (lines.size() - 2) + " of the model failed");
        assertThat(lines.get(lines.size() - 1)).contains("WriteAtCursor");
    }

    private static ConveyorModel model(Mistake mistake) {
        return ConveyorModel.of(MemoryBackend::create, (backend, options) -> new StraightFactory(backend, mistake));
    }
}
