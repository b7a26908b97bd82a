package io.conveyor.core.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.core.log.CountedSegments;
import io.conveyor.core.read.AccessPattern.Stream;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is planned for a store that goes on more cheaply than it begins elsewhere. */
class ReadAheadInLineTest {

    private static final int SEGMENT = 256 << 10;
    private static final int BLOCK = 4 << 20;
    private static final int IN_LINE = 1 << 20;
    private static final long END = 1L << 30;
    private static final int FETCHES = 4;
    private static final long SLOW = 1_000_000;

    private final CountedSegments segments = new CountedSegments(SEGMENT, 1000);
    private final ReadAhead ahead = new ReadAhead(segments, BLOCK, 16 * BLOCK, true, FETCHES, true);

    @AfterEach
    void givesBackAllMemory() {
        ahead.invalidateAll();
        assertThat(segments.out()).isZero();
    }

    /** Reads {@code count} pieces of the size that is fetched in line, waiting for each, which takes so long; answers the stream. */
    private Stream readAndWait(long from, int count, long nanos) {
        Stream stream = null;
        for (long at = from; at < from + (long) count * IN_LINE; at += IN_LINE) {
            stream = Objects.requireNonNull(ahead.observe(at, at + IN_LINE));
            ahead.countWait(stream);
            for (Block block : List.copyOf(ahead.plan(stream, null, END))) {
                ahead.wentOn(block.capacity(), nanos);
                ahead.fetched(block, block.capacity(), nanos);
            }
        }
        return Objects.requireNonNull(stream);
    }

    @Test
    void aStoreThatGoesOnIsAskedForAMebibyteAtATimeInLine() {
        Stream stream = readAndWait(0, 20, 400_000);

        assertThat(ahead.isInLine(stream)).isTrue();
        Stream on = Objects.requireNonNull(ahead.observe(stream.lastEnd(), stream.lastEnd() + IN_LINE));
        List<Block> planned = List.copyOf(ahead.plan(on, null, END));
        assertThat(planned).isNotEmpty().allSatisfy(block -> {
            assertThat(block.capacity()).isEqualTo(IN_LINE);
            assertThat(block.start() % IN_LINE).isZero();
        });
        planned.forEach(block -> ahead.fetched(block, IN_LINE, 400_000));
    }

    @Test
    void aSlowStoreIsSoonAskedForWholeBlocksAtATime() {
        Stream stream = readAndWait(0, 8, 15_000_000);

        assertThat(ahead.isInLine(stream)).isFalse();
        Stream on = Objects.requireNonNull(ahead.observe(END / 2, END / 2 + IN_LINE));
        on = Objects.requireNonNull(ahead.observe(on.lastEnd(), on.lastEnd() + IN_LINE));
        ahead.plan(on, null, END).forEach(block -> ahead.fetched(block, block.capacity(), 15_000_000));
        assertThat(ahead.isInLine(on)).as("a stream that begins tries again").isTrue();
    }

    @Test
    void aReaderThatNeverWaitsLeavesASlowStoreInLine() {
        Stream stream = Objects.requireNonNull(ahead.observe(0, IN_LINE));
        for (long at = IN_LINE; at < 40L * IN_LINE; at += IN_LINE) {
            stream = Objects.requireNonNull(ahead.observe(at, at + IN_LINE));
            for (Block block : List.copyOf(ahead.plan(stream, null, END))) {
                ahead.wentOn(block.capacity(), 15_000_000);
                ahead.fetched(block, block.capacity(), 15_000_000);
            }
        }

        assertThat(ahead.isInLine(stream)).isTrue();
    }

    @Test
    void oneStreamIsInLineUntilItHasNotBeenReadForLong() {
        Stream first = readAndWait(0, 8, 400_000);
        Stream second = readAndWait(END / 2, 4, 400_000);
        assertThat(ahead.isInLine(first)).isTrue();
        assertThat(ahead.isInLine(second)).as("storage can go on in one place").isFalse();

        second = readAndWait(second.lastEnd(), 20, 400_000);

        assertThat(ahead.isInLine(second)).isTrue();
        assertThat(ahead.isInLine(first)).isFalse();
    }

    @Test
    void aStreamThatBeginsDoesNotTakeAnotherOneBackIntoLine() {
        Stream slow = readAndWait(0, 8, 15_000_000);

        readAndWait(END / 2, 2, 15_000_000);

        assertThat(ahead.isInLine(slow)).isFalse();
    }

    @Test
    void whoReadsBackwardDoesNotReadInLine() {
        ahead.observe(20L * IN_LINE, 21L * IN_LINE);
        Stream stream = Objects.requireNonNull(ahead.observe(19L * IN_LINE, 20L * IN_LINE));
        List<Block> planned = List.copyOf(ahead.plan(stream, null, END));

        assertThat(ahead.isInLine(stream)).isFalse();
        planned.forEach(block -> ahead.fetched(block, block.capacity(), SLOW));
    }
}
