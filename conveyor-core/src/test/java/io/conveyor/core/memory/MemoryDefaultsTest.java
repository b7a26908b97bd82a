package io.conveyor.core.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MemoryDefaultsTest {

    @Test
    void theBudgetIsAtMost64MiBAndAQuarterOfTheHeap() {
        assertThat(MemoryDefaults.budgetBytes())
                .isBetween(
                        64L << 10,
                        Math.max(
                                64L << 10,
                                Math.min(64L << 20, Runtime.getRuntime().maxMemory())));
    }

    @ParameterizedTest
    @CsvSource({
        "4096, 4096",
        "262144, 4096",
        "524287, 4096",
        "524288, 8192",
        "4194304, 65536",
        "16777215, 131072",
        "16777216, 262144",
        "9223372036854775807, 262144"
    })
    void segmentsArePowersOfTwoSuchThat64Fit(long budget, int segment) {
        assertThat(MemoryDefaults.segmentBytes(budget)).isEqualTo(segment);
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "-, -Xmx256m",
                "-, -XX:MaxDirectMemorySize=0",
                "1000, -XX:MaxDirectMemorySize=1000",
                "3072, -XX:MaxDirectMemorySize=3k",
                "8388608, -XX:MaxDirectMemorySize=8m",
                "2147483648, -XX:MaxDirectMemorySize=2G",
                "1099511627776, -XX:MaxDirectMemorySize=1t",
                "9223372036854775807, -XX:MaxDirectMemorySize=9000000000t",
                "8388608, -XX:MaxDirectMemorySize=9m -Xmx256m -XX:MaxDirectMemorySize=8m"
            })
    void theLimitOfDirectMemoryIsTheLastArgumentThatSaysIt(@Nullable Long limit, String arguments) {
        assertThat(MemoryDefaults.directLimit(List.of(arguments.split(" "))))
                .isEqualTo(limit == null ? OptionalLong.empty() : OptionalLong.of(limit));
    }
}
