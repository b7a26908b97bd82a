package io.conveyor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExtentTest {

    @ParameterizedTest
    @CsvSource({
        "0, 10, 9, 5, true",
        "0, 10, 3, 2, true",
        "0, 10, 10, 5, false",
        "0, 10, 5, 0, false",
        "0, 10, 0, 0, false",
        "5, 0, 5, 0, false"
    })
    void twoOverlapIfThereIsAByteInBoth(long offset, long length, long otherOffset, long otherLength, boolean overlap) {
        Extent one = new Extent(offset, length);
        Extent other = new Extent(otherOffset, otherLength);
        assertThat(one.overlaps(other)).isEqualTo(overlap);
        assertThat(other.overlaps(one)).isEqualTo(overlap);
    }
}
