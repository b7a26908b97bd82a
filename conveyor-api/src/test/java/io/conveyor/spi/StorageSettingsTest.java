package io.conveyor.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StorageSettingsTest {

    @ParameterizedTest
    @CsvSource({"250, PT0.25S", "5s, PT5S", "7 us, PT0.000007S", "2d, PT48H", "PT3M, PT3M"})
    void aDurationIsANumberWithAUnitOrIso(String text, Duration duration) {
        assertThat(waiting(text).duration("wait", Duration.ZERO)).isEqualTo(duration);
    }

    @ParameterizedTest
    @ValueSource(strings = {"999999999999999d", "soon", "-1s", "PT999999999999999999H"})
    void whatIsNoDurationIsRefusedByName(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> waiting(text).duration("wait", Duration.ZERO))
                .withMessageContaining("'wait' is '" + text + "'");
    }

    @Test
    void aDurationThatIsNotSetIsTheFallback() {
        assertThat(waiting("1s").duration("other", Duration.ofDays(1))).isEqualTo(Duration.ofDays(1));
    }

    private static StorageSettings waiting(String text) {
        return StorageSettings.of(Map.of("wait", text));
    }
}
