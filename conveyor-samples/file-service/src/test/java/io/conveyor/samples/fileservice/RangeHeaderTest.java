package io.conveyor.samples.fileservice;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RangeHeaderTest {

    @ParameterizedTest
    @CsvSource({
        "bytes=0-0, 0, 0",
        "bytes=0-9, 0, 9",
        "bytes=3-, 3, 9",
        "bytes=-4, 6, 9",
        "bytes=-99, 0, 9",
        "bytes=9-999999999999999999, 9, 9",
        "Bytes= 2-3 , 2, 3",
    })
    void readsOneRange(String header, long first, long last) {
        assertThat(RangeHeader.parse(header, 10)).contains(List.of(new ByteRange(first, last)));
    }

    @Test
    void readsSeveralRangesInTheirOrder() {
        assertThat(RangeHeader.parse("bytes=8-9, 0-1,-1", 10))
                .contains(List.of(new ByteRange(8, 9), new ByteRange(0, 1), new ByteRange(9, 9)));
    }

    @Test
    void leavesOutRangesBeyondTheEnd() {
        assertThat(RangeHeader.parse("bytes=0-1,10-11", 10)).contains(List.of(new ByteRange(0, 1)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"bytes=10-", "bytes=10-20", "bytes=-0", "bytes=999999999999999999-"})
    void findsNothingBeyondTheEnd(String header) {
        assertThat(RangeHeader.parse(header, 10)).contains(List.of());
    }

    @Test
    void findsNothingInAnEmptyFile() {
        assertThat(RangeHeader.parse("bytes=0-", 0)).contains(List.of());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "bytes",
                "bytes=",
                "bytes=,",
                "bytes=-",
                "bytes=a-b",
                "bytes=1",
                "bytes=5-4",
                "bytes=0-1,x",
                "bytes=--1",
                "bytes=0-1000000000000000000000",
                "lines=0-1",
            })
    void ignoresWhatIsMalformedOrInAnotherUnit(String header) {
        assertThat(RangeHeader.parse(header, 10)).isEmpty();
    }

    @Test
    void ignoresRangesThatAreMoreThanTheFile() {
        assertThat(RangeHeader.parse("bytes=0-9,0-0", 10)).isEmpty();
        assertThat(RangeHeader.parse("bytes=" + "0-0,".repeat(101), 1000)).isEmpty();
    }
}
