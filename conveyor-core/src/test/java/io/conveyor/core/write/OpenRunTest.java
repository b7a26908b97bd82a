package io.conveyor.core.write;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.core.log.CountedSegments;
import io.conveyor.core.log.WriteLog;
import io.conveyor.core.overlay.ActiveRead;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A write that continues the open run is noted there alone; everybody who looks sees it, and everything else that happens closes the run. */
class OpenRunTest {

    private static final int GRANULE = 8;
    private static final int MOST_PENDING = 64;
    private static final int FAR = 1000;

    private final CountedSegments segments = new CountedSegments(16, 100);
    private WriteBehind writes = writes(false);

    private WriteBehind writes(boolean releaseAtVisible) {
        return writes(releaseAtVisible, MOST_PENDING, segments);
    }

    private static WriteBehind writes(boolean releaseAtVisible, long mostPending, CountedSegments segments) {
        WriteTraits traits = new WriteTraits(
                2, releaseAtVisible, false, false, false, releaseAtVisible, false, false, GRANULE, 32, mostPending, 10);
        return new WriteBehind(traits, new WriteLog(segments), 0, false, offset -> 0);
    }

    @BeforeEach
    void threeBytesAreAcceptedAndThreeContinueThem() {
        accept("abc", 0);
        writes.open(true, Long.MAX_VALUE);
        assertThat(extend("def", 3)).isTrue();
    }

    private void accept(String text, long offset) {
        assertThat(writes.accept(bytes(text), 0, text.length(), offset)).isTrue();
    }

    private boolean extend(String text, long offset) {
        return writes.extend(bytes(text), offset);
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(ISO_8859_1));
    }

    private Claim claimAll() {
        writes.drive(writes.accepted());
        return Objects.requireNonNull(writes.next());
    }

    // ---------------------------------------------------------------- who looks

    @Test
    void theSizeCountsIt() {
        assertThat(writes.size()).isEqualTo(6);
    }

    @Test
    void aReadIsServedFromIt() {
        ByteBuffer dst = ByteBuffer.allocate(6);

        assertThat(writes.overlay(0, 6, dst, 0)).isEqualTo(6);
        assertThat(new String(dst.array(), ISO_8859_1)).isEqualTo("abcdef");
    }

    @Test
    void aReadFindsNoGapBeforeItsEnd() {
        assertThat(writes.firstGap(0, 10)).isEqualTo(6);
    }

    @Test
    void aReadFindsTheGapBehindIt() {
        assertThat(writes.lastGap(0, 6)).isEqualTo(0);
    }

    @Test
    void aReadThatAsksStorageFindsNoGapBeforeItsEnd() {
        assertThat(writes.firstGapForStorage(0, 10)).isEqualTo(6);
    }

    @Test
    void aReadThatAsksStorageFindsTheGapBehindIt() {
        assertThat(writes.lastGapForStorage(0, 6)).isEqualTo(0);
    }

    @Test
    void itIsRetainedAndUnwritten() {
        assertThat(writes.shortfall(1).retainedBytes()).isEqualTo(6);
        assertThat(writes.shortfall(1).bytes()).isEqualTo(6);
        assertThat(writes.pendingBytes()).isEqualTo(6);
        assertThat(writes.watermarks().accepted()).isEqualTo(6);
    }

    @Test
    void thereIsWorkWhenItIsDriven() {
        Claim first = claimAll();
        writes.open(true, Long.MAX_VALUE);
        accept("ghi", 6);
        writes.open(true, Long.MAX_VALUE);
        extend("jkl", 9);
        writes.drive(writes.accepted());

        assertThat(writes.hasWork(false)).isTrue();
        assertThat(Objects.requireNonNull(writes.next()).length()).isEqualTo(6);
        assertThat(first.length()).isEqualTo(6);
    }

    @Test
    void aClaimTakesItWithTheRest() {
        Claim claim = claimAll();

        assertThat(claim.length()).isEqualTo(6);
        assertThat(claim.logEnd()).isEqualTo(6);
    }

    @Test
    void itIsCut() {
        assertThat(writes.acceptCut(4)).isTrue();

        assertThat(writes.size()).isEqualTo(4);
        assertThat(writes.firstGap(0, 10)).isEqualTo(4);
    }

    @Test
    void itLiesBeforeWhatIsAcceptedElsewhere() {
        accept("xyz", 20);

        assertThat(writes.firstGap(0, 10)).isEqualTo(6);
        assertThat(claimAll().length()).isEqualTo(6);
        assertThat(Objects.requireNonNull(writes.next()).offset()).isEqualTo(20);
    }

    @Test
    void itLeavesTheLogWhenItIsWritten() {
        Claim claim = claimAll();
        writes.open(true, Long.MAX_VALUE);
        accept("ghi", 6);
        writes.open(true, Long.MAX_VALUE);
        extend("jkl", 9);

        writes.succeeded(claim, 0, 0);

        assertThat(writes.firstGap(0, 12)).isEqualTo(0);
        assertThat(writes.firstGap(6, 20)).isEqualTo(12);
        assertThat(claimAll().length()).isEqualTo(6);
    }

    // ---------------------------------------------------------------- what closes it

    static Stream<Named<Consumer<OpenRunTest>>> events() {
        return Stream.of(
                Named.of("a write elsewhere", test -> test.accept("x", 20)),
                Named.of("a cut", test -> test.writes.acceptCut(2)),
                Named.of("a claim", test -> test.claimAll()),
                Named.of("a call that succeeds", test -> {
                    Claim claim = test.claimAll();
                    test.writes.open(true, Long.MAX_VALUE);
                    test.writes.succeeded(claim, 0, 0);
                }),
                Named.of("a call that fails", test -> {
                    Claim claim = test.claimAll();
                    test.writes.open(true, Long.MAX_VALUE);
                    test.writes.failed(claim, new IOException("no"));
                }),
                Named.of("a call that is given up", test -> {
                    Claim claim = test.claimAll();
                    test.writes.open(true, Long.MAX_VALUE);
                    test.writes.abandoned(claim, new IOException("late"));
                }),
                Named.of("a fault", test -> test.writes.poison(new IllegalStateException())),
                Named.of("the end of a read that held the last bytes", test -> {
                    ActiveRead read = new ActiveRead();
                    test.writes.beginRead(read, 0, 10);
                    test.writes.succeeded(test.claimAll(), 0, 0);
                    test.writes.open(true, Long.MAX_VALUE);
                    test.writes.endRead(read);
                }),
                Named.of("what is pending being forgotten", test -> test.writes.discard(6)),
                Named.of("the end", test -> test.writes.drop()));
    }

    @ParameterizedTest
    @MethodSource("events")
    void nothingContinuesItAfter(Consumer<OpenRunTest> event) {
        event.accept(this);

        assertThat(extend("g", 6)).isFalse();
        assertThat(extend("g", 2)).isFalse();
    }

    // ---------------------------------------------------------------- when it is open

    @Test
    void onlyWhatFollowsItsEndContinuesIt() {
        assertThat(extend("g", 5)).isFalse();
        assertThat(extend("g", 7)).isFalse();
        assertThat(extend("", 6)).isFalse();
        assertThat(extend("g", 6)).isTrue();
    }

    @Test
    void itGoesOnInTheNextSegment() {
        assertThat(extend("0123456789012345", 6)).isTrue();

        ByteBuffer dst = ByteBuffer.allocate(22);
        writes.overlay(0, 22, dst, 0);
        assertThat(new String(dst.array(), ISO_8859_1)).isEqualTo("abcdef0123456789012345");
    }

    @Test
    void itTakesNothingWithoutMemory() {
        segments.allow(1);

        assertThat(extend("0123456789012345", 6)).isFalse();
        assertThat(writes.size()).isEqualTo(6);
    }

    @Test
    void itTakesNoMoreThanMayBePending() {
        assertThat(extend("x".repeat(MOST_PENDING - 6), 6)).isTrue();
        assertThat(extend("x", MOST_PENDING)).isFalse();
    }

    @Test
    void itTakesNoMoreAtATimeThanIsCopiedWhileOthersWait() {
        int most = WriteBehind.LONGEST_COPY;
        writes = writes(false, 10L * most, new CountedSegments(most, 10));
        accept("abc", 0);
        writes.open(true, Long.MAX_VALUE);

        assertThat(extend("x".repeat(most + 1), 3)).isFalse();
        assertThat(extend("x".repeat(most), 3)).isTrue();
        assertThat(extend("x".repeat(most), 3 + most)).isTrue();
    }

    @Test
    void itTakesNoMoreThanTheObjectMayHave() {
        writes.open(true, 8);

        assertThat(extend("ghi", 6)).isFalse();
        assertThat(extend("gh", 6)).isTrue();
    }

    @Test
    void itTakesLessThanWouldBeWorthWakingAWorkerFor() {
        // a quarter of what may be pending
        int worthWaking = MOST_PENDING / 4;
        writes.open(false, Long.MAX_VALUE);

        assertThat(extend("x".repeat(worthWaking - 6), 6)).isFalse();
        assertThat(extend("x".repeat(worthWaking - 7), 6)).isTrue();
        assertThat(writes.hasWork(false)).isFalse();
    }

    @Test
    void aWorkerThatIsAwakeTakesAGranule() {
        accept("xx", 6);

        assertThat(writes.hasWork(false)).isFalse();
        assertThat(writes.hasWork(true)).isTrue();
    }

    @Test
    void aCutIsNotContinued() {
        writes.acceptCut(2);
        writes.open(true, Long.MAX_VALUE);

        assertThat(extend("x", 2)).isFalse();
    }

    @Test
    void nothingIsContinuedBehindAFailure() {
        writes.failed(claimAll(), new IOException("no"));
        writes.open(true, Long.MAX_VALUE);

        assertThat(extend("g", 6)).isFalse();
    }

    @Test
    void anEmptyLogHasNothingToContinue() {
        writes.succeeded(claimAll(), 0, 0);
        writes.open(true, Long.MAX_VALUE);

        assertThat(extend("g", 6)).isFalse();
    }

    @Test
    void bytesThatMustStayUntilTheFlushStay() {
        writes = writes(true);
        accept("abc", 0);
        writes.open(true, Long.MAX_VALUE);
        extend("def", 3);
        writes.succeeded(claimAll(), 0, 0);

        assertThat(writes.shortfall(1).retainedBytes()).isEqualTo(6);
        assertThat(writes.lastGapForStorage(0, FAR)).isEqualTo(FAR);
        assertThat(writes.firstGapForStorage(0, FAR)).isEqualTo(6);
    }

    @Test
    void whatIsWrittenAndKeptIsNotContinuedBecausePendingBeginsAnew() {
        writes = writes(true);
        accept("abc", 0);
        writes.succeeded(claimAll(), 0, 0);
        writes.open(true, Long.MAX_VALUE);

        assertThat(writes.runs()).isEqualTo(1);
        assertThat(extend("def", 3)).isFalse();
    }
}
