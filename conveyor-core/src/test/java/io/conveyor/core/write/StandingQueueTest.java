package io.conveyor.core.write;

import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.core.log.CountedSegments;
import io.conveyor.core.log.WriteLog;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** How much may be pending while the writer is faster than a quick store, and when it is all again. */
class StandingQueueTest {

    private static final long MIB = 1 << 20;
    private static final long MOST = 16 * MIB;
    private static final long MILLIS = 1_000_000;

    private final StandingQueue queue = new StandingQueue(MOST);

    private void letDown() {
        queue.full(0);
        for (int i = 0; i < 28; i++) {
            queue.taken(MIB, MILLIS / 2);
        }
        assertThat(queue.limit()).isEqualTo(2 * MIB);
    }

    @Test
    void aBurstMayHaveAllThatTheOptionsAllow() {
        queue.taken(MIB, MILLIS / 2);

        assertThat(queue.limit()).isEqualTo(MOST);
        assertThat(queue.isLetDown()).isFalse();
    }

    @Test
    void aQueueThatIsFullIsLetDownByHalfOfWhatStorageTakes() {
        queue.full(0);
        queue.taken(MIB, MILLIS / 2);

        assertThat(queue.limit()).isEqualTo(MOST - MIB / 2);
        assertThat(queue.isLetDown()).isTrue();
    }

    @Test
    void twoMebibytesMayAlwaysBePending() {
        letDown();
        queue.taken(MIB, MILLIS / 2);

        assertThat(queue.limit()).isEqualTo(2 * MIB);
    }

    @Test
    void aShorterQueueIsNeverLetDown() {
        StandingQueue small = new StandingQueue(MIB);
        small.full(0);
        small.taken(MIB / 2, MILLIS / 2);

        assertThat(small.limit()).isEqualTo(MIB);
        assertThat(small.isLetDown()).isFalse();
    }

    @Test
    void aStoreThatTakesItsTimeNeedsTheWholeQueue() {
        queue.full(0);
        queue.taken(MIB, MILLIS + 1);

        assertThat(queue.limit()).isEqualTo(MOST);
    }

    @Test
    void whatHasWaitedOrFailedHasTheWholeQueueAgainUntilThatIsFull() {
        letDown();
        queue.raise();
        queue.taken(MIB, MILLIS / 2);

        assertThat(queue.limit()).isEqualTo(MOST);
    }

    @Test
    void aWriterThatComesBackAfterARestHasTheWholeQueue() {
        letDown();
        queue.empty(100 * MILLIS);
        queue.full(110 * MILLIS);

        assertThat(queue.limit()).isEqualTo(MOST);
    }

    @Test
    void aWriterThatWasOnlySlowerForAMomentHasNot() {
        letDown();
        queue.empty(100 * MILLIS);
        queue.full(110 * MILLIS - 1);
        queue.full(120 * MILLIS);

        assertThat(queue.limit()).isEqualTo(2 * MIB);
    }

    @Test
    void aBurstThatFilledTheQueueOnceHasTheWholeOfItForTheNext() {
        queue.full(0);
        queue.empty(MILLIS);
        queue.taken(MIB, MILLIS / 2);

        assertThat(queue.limit()).isEqualTo(MOST);
    }

    @Test
    void aStoreThatLetsNothingGoBeforeAFlushNeedsTheRoomForWhatWaitsForIt() {
        assertThat(patienceOfAWriterThatIsFaster(false)).isPositive();
        assertThat(patienceOfAWriterThatIsFaster(true)).isZero();
    }

    private static long patienceOfAWriterThatIsFaster(boolean releaseAtVisible) {
        int piece = 256 << 10;
        WriteTraits traits = new WriteTraits(
                1, releaseAtVisible, false, false, false, releaseAtVisible, false, false, piece, piece, 4 * MIB, 100);
        WriteBehind writes =
                new WriteBehind(traits, new WriteLog(new CountedSegments(piece, 16)), 0, false, offset -> 0);
        for (long at = 0; at < 4 * MIB; at += piece) {
            assertThat(writes.accept(ByteBuffer.allocate(piece), 0, piece, at)).isTrue();
        }
        writes.foundFull(1, 0);
        writes.drive(writes.accepted());
        writes.succeeded(Objects.requireNonNull(writes.next()), 0, MILLIS / 2);
        return writes.patienceNanos();
    }
}
