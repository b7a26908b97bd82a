package io.conveyor.core.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.core.memory.SegmentSource;
import io.conveyor.testkit.Seed;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class WriteLogTest {

    private static final int SEGMENT = 16;

    private final CountedSegments segments = new CountedSegments(SEGMENT, 8);
    private final WriteLog log = new WriteLog(segments);

    /** What fits in the newest segment, which is taken if there is none. */
    private static int room(WriteLog log) {
        return log.makeRoom(1) ? (int) log.room() : 0;
    }

    private static byte byteAt(long position) {
        return (byte) (position * 31 + (position >> 8));
    }

    /** Appends {@code length} bytes that tell their position, if there is room; returns how many. */
    private static int append(WriteLog log, int length) {
        int total = 0;
        while (total < length) {
            int count = Math.min(length - total, room(log));
            if (count == 0) {
                break;
            }
            ByteBuffer bytes = ByteBuffer.allocate(count + 3);
            for (int i = 0; i < count; i++) {
                bytes.put(i + 3, byteAt(log.accepted() + i));
            }
            long before = log.accepted();
            assertThat(log.append(bytes, 3, count, 0)).isEqualTo(before);
            assertThat(bytes.position()).isZero();
            total += count;
        }
        return total;
    }

    private static void verify(WriteLog log, long from, int length) {
        ByteBuffer copy = ByteBuffer.allocate(length + 2);
        log.copy(from, length, copy, 1);
        assertThat(copy.position()).isZero();
        assertThat(copy.get(0)).isZero();
        assertThat(copy.get(length + 1)).isZero();
        int at = 0;
        for (ByteBuffer slice : log.slices(from, length)) {
            while (slice.hasRemaining()) {
                byte found = slice.get();
                if (found != byteAt(from + at) || copy.get(at + 1) != found) {
                    throw new AssertionError("byte " + (from + at) + " is " + found);
                }
                at++;
            }
        }
        assertThat(at).isEqualTo(length);
    }

    @Test
    void anEmptyLogHoldsNoSegment() {
        assertThat(log.segments()).isZero();
        assertThat(log.heldBytes()).isZero();
        assertThat(segments.out()).isZero();
    }

    @Test
    void roomIsWhatIsLeftOfTheNewestSegment() {
        assertThat(room(log)).isEqualTo(SEGMENT);
        append(log, 5);

        assertThat(room(log)).isEqualTo(SEGMENT - 5);
        assertThat(segments.out()).isOne();
        append(log, SEGMENT - 5);
        assertThat(segments.out()).isOne();
        assertThat(room(log)).isEqualTo(SEGMENT);
        assertThat(segments.out()).isEqualTo(2);
    }

    @Test
    void thereIsNoRoomWithoutASegment() {
        segments.allow(1);
        assertThat(append(log, 100)).isEqualTo(SEGMENT);

        assertThat(room(log)).isZero();
        assertThat(log.accepted()).isEqualTo(SEGMENT);
        segments.allow(2);
        assertThat(room(log)).isEqualTo(SEGMENT);
    }

    @Test
    void roomForMoreThanThereIsTakesNothing() {
        segments.allow(3);
        append(log, 5);

        assertThat(log.makeRoom(3 * SEGMENT)).isFalse();
        assertThat(segments.out()).isOne();
        assertThat(log.makeRoom(3 * SEGMENT - 5)).isTrue();
        assertThat(segments.out()).isEqualTo(3);
    }

    @Test
    void oneAppendMayFillSeveralSegments() {
        assertThat(log.makeRoom(3 * SEGMENT)).isTrue();
        ByteBuffer bytes = ByteBuffer.allocate(3 * SEGMENT);
        for (int i = 0; i < 3 * SEGMENT; i++) {
            bytes.put(i, byteAt(i));
        }

        log.append(bytes, 0, 3 * SEGMENT, 0);

        verify(log, 0, 3 * SEGMENT);
    }

    @Test
    void bytesThatSpanSegmentsComeBackAsTheyWere() {
        append(log, 5 * SEGMENT - 3);

        verify(log, 0, 5 * SEGMENT - 3);
        verify(log, SEGMENT - 1, 2);
        verify(log, 7, 3 * SEGMENT);
        assertThat(log.slices(7, 3 * SEGMENT)).hasSize(4);
        assertThat(log.slices(3, 0)).isEmpty();
    }

    @Test
    void segmentsGoBackAsSoonAsAllTheirBytesAreReleased() {
        append(log, 3 * SEGMENT + 4);

        log.release(SEGMENT - 1);
        assertThat(segments.out()).isEqualTo(4);
        log.release(SEGMENT);
        assertThat(segments.out()).isEqualTo(3);
        log.release(3 * SEGMENT + 3);
        assertThat(segments.out()).isOne();
        verify(log, 3 * SEGMENT + 3, 1);
        log.release(3 * SEGMENT + 4);
        assertThat(segments.out()).isZero();
        assertThat(log.heldBytes()).isZero();
    }

    @Test
    void positionsGoOnAfterTheLogRanEmpty() {
        append(log, 5);
        log.release(5);
        append(log, 2 * SEGMENT);

        assertThat(log.accepted()).isEqualTo(5 + 2 * SEGMENT);
        assertThat(log.segments()).isEqualTo(2);
        verify(log, 5, 2 * SEGMENT);
    }

    @Test
    void aMarkTakesAPositionAndNoByte() {
        append(log, SEGMENT - 1);
        assertThat(room(log)).isOne();

        assertThat(log.cut(0)).isEqualTo(SEGMENT - 1);
        append(log, 3);

        assertThat(log.accepted()).isEqualTo(SEGMENT + 3);
        verify(log, SEGMENT, 3);
    }

    @Test
    void aSegmentTakenForAMarkGoesBackWithIt() {
        assertThat(room(log)).isPositive();
        log.cut(0);

        log.release(1);

        assertThat(segments.out()).isZero();
    }

    @Test
    void aCopyThatThrowsAcceptsNothing() {
        append(log, 3);
        ByteBuffer tooShort = ByteBuffer.allocate(4);
        room(log);

        assertThatThrownBy(() -> log.append(tooShort, 2, 5, 0)).isInstanceOf(IndexOutOfBoundsException.class);

        assertThat(log.accepted()).isEqualTo(3);
        append(log, 20);
        verify(log, 0, 23);
    }

    @Test
    void aSegmentTakenForACopyThatThrewIsUsedByTheNextOne() {
        assertThat(room(log)).isEqualTo(SEGMENT);
        assertThatThrownBy(() -> log.append(ByteBuffer.allocate(1), 0, 2, 0))
                .isInstanceOf(IndexOutOfBoundsException.class);

        append(log, SEGMENT);
        assertThat(segments.out()).isOne();
        log.release(SEGMENT);
        assertThat(segments.out()).isZero();
    }

    @Test
    void releasingAllButARangeReturnsTheSegmentsItLiesIn() {
        append(log, 4 * SEGMENT);
        ByteBuffer kept = log.slices(SEGMENT + 2, 1)[0];

        List<ByteBuffer> quarantined = log.releaseAllBut(SEGMENT + 2, 2 * SEGMENT + 1);

        assertThat(quarantined).hasSize(2);
        assertThat(segments.out()).isEqualTo(2);
        assertThat(kept.get(0)).isEqualTo(byteAt(SEGMENT + 2));
        assertThat(log.heldBytes()).isZero();
        quarantined.forEach(segments::release);
        append(log, 3);
        verify(log, 4 * SEGMENT, 3);
    }

    @Test
    void releasingAllButNothingReturnsNothing() {
        append(log, 4 * SEGMENT);

        assertThat(log.releaseAllBut(Long.MAX_VALUE, Long.MIN_VALUE)).isEmpty();

        assertThat(segments.out()).isZero();
    }

    @Test
    void aRangeThatEndsAtASegmentsEdgeDoesNotKeepTheNextOne() {
        append(log, 4 * SEGMENT);

        assertThat(log.releaseAllBut(SEGMENT, 2 * SEGMENT)).hasSize(1);
    }

    @Test
    void positionsPassTheLargestInteger() {
        int large = 1 << 24;
        ByteBuffer only = ByteBuffer.allocate(large);
        WriteLog longLog = new WriteLog(new SegmentSource() {
            @Override
            public int segmentBytes() {
                return large;
            }

            @Override
            public @Nullable ByteBuffer tryAcquire() {
                return only.duplicate();
            }

            @Override
            public void release(ByteBuffer segment) {
                segment.put(0, (byte) 1);
            }
        });
        ByteBuffer zeros = ByteBuffer.allocate(large);
        while (longLog.accepted() <= 2L * Integer.MAX_VALUE) {
            int count = Math.min(room(longLog), large - 3);
            longLog.append(zeros, 0, count, 0);
            longLog.release(longLog.accepted() - 2);
        }
        long at = longLog.accepted();

        append(longLog, 1000);

        assertThat(at).isGreaterThan(2L * Integer.MAX_VALUE);
        assertThat(longLog.accepted()).isEqualTo(at + 1000);
        verify(longLog, at, 1000);
        assertThat(longLog.segments()).isLessThanOrEqualTo(2);
    }

    @Test
    void randomUseKeepsBytesAndReturnsSegments() {
        Seed seed = Seed.current();
        for (int round = 0; round < 50; round++) {
            Random random = seed.random(round);
            CountedSegments source = new CountedSegments(1 << random.nextInt(8), 1 + random.nextInt(40));
            WriteLog some = new WriteLog(source);
            for (int step = 0; step < 300; step++) {
                try {
                    step(some, source, random);
                } catch (Throwable failure) {
                    throw new AssertionError("round " + round + ", step " + step + ", " + seed, failure);
                }
            }
            some.release(some.accepted());
            assertThat(source.out()).as("round %d, %s", round, seed).isZero();
        }
    }

    private static void step(WriteLog log, CountedSegments source, Random random) {
        if (random.nextInt(3) == 0) {
            log.release(log.released() + random.nextInt((int) log.heldBytes() + 1));
        } else {
            append(log, random.nextInt(200));
        }
        assertThat(source.out()).isEqualTo(log.segments());
        assertThat(log.heldBytes()).isEqualTo(log.accepted() - log.released());
        assertThat((long) log.segments() * source.segmentBytes())
                .isLessThan(log.heldBytes() + 2L * source.segmentBytes() + 1);
        verify(log, log.released(), (int) log.heldBytes());
    }
}
