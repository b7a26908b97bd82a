package io.conveyor.core.write;

import static org.assertj.core.api.Assertions.assertThat;

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
}
