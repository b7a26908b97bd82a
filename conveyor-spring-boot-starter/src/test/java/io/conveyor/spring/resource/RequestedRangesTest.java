package io.conveyor.spring.resource;

import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.ConveyorOptions;
import org.junit.jupiter.api.Test;

class RequestedRangesTest {

    private static final long MIB = 1 << 20;

    private static ConveyorOptions optionsOf(String range, long maxWindowBytes) {
        return RequestedRanges.of(range, 1024 * MIB, maxWindowBytes).options();
    }

    @Test
    void ofALongRangeAPartIsFetchedAhead() {
        assertThat(optionsOf("bytes=0-" + (100 * MIB - 1), 64 * MIB).readMaxWindowBytes())
                .isEqualTo(10 * MIB);
    }

    @Test
    void noMoreIsFetchedAheadThanTheStoreWouldFetch() {
        assertThat(optionsOf("bytes=0-" + (100 * MIB - 1), 4 * MIB)).isSameAs(ConveyorOptions.inherited());
        assertThat(optionsOf("bytes=0-" + (100 * MIB - 1), 0)).isSameAs(ConveyorOptions.inherited());
    }

    @Test
    void aRangeUpToTheEndIsReadAsTheStoreDoes() {
        assertThat(optionsOf("bytes=100-", 64 * MIB)).isSameAs(ConveyorOptions.inherited());
    }
}
