package io.conveyor.core.extent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.conveyor.testkit.Seed;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExtentIndexTest {

    private record Found(long start, long end, long logPosition) {}

    private static List<Found> all(ExtentIndex index, long start, long end) {
        List<Found> found = new ArrayList<>();
        index.visit(start, end, (from, to, log) -> found.add(new Found(from, to, log)));
        return found;
    }

    private static List<Found> all(ExtentIndex index) {
        return all(index, 0, Long.MAX_VALUE);
    }

    @Test
    void anEmptyIndexHasOnlyGaps() {
        ExtentIndex index = new ExtentIndex();

        assertThat(index.isEmpty()).isTrue();
        assertThat(all(index)).isEmpty();
        assertThat(index.firstGap(5, 9)).isEqualTo(5);
        assertThat(index.lastGap(5, 9)).isEqualTo(9);
        index.remove(0, Long.MAX_VALUE);
        assertThat(index.size()).isZero();
    }

    @Test
    void whatIsReservedIsEnoughForWhateverIsPutNext() {
        assumeThat(ManagementFactory.getThreadMXBean())
                .as("a machine that counts allocated bytes")
                .isInstanceOf(com.sun.management.ThreadMXBean.class);
        com.sun.management.ThreadMXBean counting =
                (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long me = Thread.currentThread().getId();
        Seed seed = Seed.current();
        Random random = seed.random();
        ExtentIndex index = new ExtentIndex();
        long log = 0;
        long most = 0;
        counting.getThreadAllocatedBytes(me);
        for (int i = 0; i < 20_000; i++) {
            long start = random.nextInt(50_000);
            long length = random.nextInt(100) == 0 ? 60_000 : 1 + random.nextInt(4);
            index.reserve();
            long before = counting.getThreadAllocatedBytes(me);
            index.put(start, start + length, log);
            most = Math.max(most, counting.getThreadAllocatedBytes(me) - before);
            log += length;
        }
        // a page has three kilobytes; what is asked for costs less
        assertThat(most).as("%s", seed).isLessThan(1_000);
    }

    @Test
    void whatContinuesInFileAndLogIsOneExtent() {
        ExtentIndex index = new ExtentIndex();

        for (int i = 0; i < 10_000; i++) {
            index.put(i * 7L, i * 7L + 7, 1000 + i * 7L);
        }

        assertThat(all(index)).containsExactly(new Found(0, 70_000, 1000));
        assertThat(index.size()).isOne();
    }

    @Test
    void whatContinuesOnlyInTheFileIsAnotherExtent() {
        ExtentIndex index = new ExtentIndex();

        index.put(0, 10, 100);
        index.put(10, 20, 200);

        assertThat(all(index)).containsExactly(new Found(0, 10, 100), new Found(10, 20, 200));
        assertThat(index.firstGap(0, 30)).isEqualTo(20);
        assertThat(index.lastGap(0, 20)).isZero();
    }

    @Test
    void aNewerWriteInTheMiddleLeavesBothEndsOfTheOlder() {
        ExtentIndex index = new ExtentIndex();

        index.put(0, 100, 1000);
        index.put(40, 60, 2000);

        assertThat(all(index))
                .containsExactly(new Found(0, 40, 1000), new Found(40, 60, 2000), new Found(60, 100, 1060));
        assertThat(all(index, 50, 70)).containsExactly(new Found(50, 60, 2010), new Found(60, 70, 1060));
    }

    @Test
    void removingWithinLogBoundsSparesNewerBytes() {
        ExtentIndex index = new ExtentIndex();
        index.put(0, 100, 1000);
        index.put(40, 60, 1100);

        index.remove(0, 100, 1000, 1080);

        assertThat(all(index)).containsExactly(new Found(40, 60, 1100), new Found(80, 100, 1080));
    }

    @Test
    void extentsPutBackwardsComeOutInOrderThoughPagesSplit() {
        ExtentIndex index = new ExtentIndex();
        int count = ExtentPage.CAPACITY * 10 + 3;

        for (int i = count - 1; i >= 0; i--) {
            index.put(i * 3L, i * 3L + 2, (count - i) * 2L);
        }

        assertThat(index.size()).isEqualTo(count);
        List<Found> found = all(index);
        for (int i = 0; i < count; i++) {
            assertThat(found.get(i)).isEqualTo(new Found(i * 3L, i * 3L + 2, (count - i) * 2L));
        }
    }

    @Test
    void aHolePunchedIntoAFullPageSplitsIt() {
        for (int at = 0; at < ExtentPage.CAPACITY; at++) {
            ExtentIndex index = new ExtentIndex();
            for (int i = 0; i < ExtentPage.CAPACITY; i++) {
                index.put(i * 10L, i * 10L + 9, i * 1000L);
            }

            index.remove(at * 10L + 3, at * 10L + 5);

            assertThat(index.size()).isEqualTo(ExtentPage.CAPACITY + 1);
            assertThat(all(index, at * 10L, at * 10L + 10))
                    .containsExactly(
                            new Found(at * 10L, at * 10L + 3, at * 1000L),
                            new Found(at * 10L + 5, at * 10L + 9, at * 1000L + 5));
        }
    }

    @Test
    void gapsAreFoundAcrossPages() {
        ExtentIndex index = new ExtentIndex();
        int count = ExtentPage.CAPACITY * 4;
        for (int i = 0; i < count; i++) {
            index.put(i, i + 1, 10L * (count - i));
        }

        assertThat(index.firstGap(0, count + 5)).isEqualTo(count);
        assertThat(index.lastGap(0, count)).isZero();
        index.remove(200, 201);
        assertThat(index.firstGap(0, count)).isEqualTo(200);
        assertThat(index.lastGap(0, count)).isEqualTo(201);
        assertThat(index.lastGap(300, count)).isEqualTo(300);
    }

    @Test
    void extentsMayEndAtTheLargestOffset() {
        ExtentIndex index = new ExtentIndex();
        long end = Long.MAX_VALUE;

        index.put(end - 100, end, 7);
        index.put(end - 50, end - 40, 500);

        assertThat(index.firstGap(end - 100, end)).isEqualTo(end);
        assertThat(index.lastGap(0, end)).isEqualTo(end - 100);
        index.remove(end - 100, end, 7, 1_000_000);
        assertThat(index.isEmpty()).isTrue();
    }

    @Test
    void clearForgetsEverything() {
        ExtentIndex index = new ExtentIndex();
        for (int i = 0; i < 1000; i++) {
            index.put(i * 2L, i * 2L + 1, i);
        }

        index.clear();

        assertThat(index.isEmpty()).isTrue();
        assertThat(all(index)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1L << 40, Long.MAX_VALUE - ByteMap.BYTES})
    void randomOperationsAgreeWithATableOfBytes(long base) {
        Seed seed = Seed.current();
        for (int round = 0; round < 60; round++) {
            Random random = seed.random(round);
            ByteMap model = new ByteMap(base);
            ExtentIndex index = new ExtentIndex();
            int longest = 1 << random.nextInt(1, 9);
            long log = random.nextLong(1L << 40);
            for (int step = 0; step < 800; step++) {
                String where = "round " + round + ", step " + step + ", " + seed;
                log += mutate(index, model, random, longest, log);
                model.compareSome(index, random, where);
                if (step % 97 == 0) {
                    model.compareAll(index, where);
                }
            }
            model.compareAll(index, "end of round " + round + ", " + seed);
        }
    }

    /** One random change of both; returns how much of the log it used. */
    private static long mutate(ExtentIndex index, ByteMap model, Random random, int longest, long log) {
        int from = random.nextInt(ByteMap.BYTES);
        int length = 1 + random.nextInt(Math.min(longest, ByteMap.BYTES - from));
        switch (random.nextInt(8)) {
            case 0 -> {
                index.remove(model.base + from, model.base + from + length);
                model.remove(from, length, Long.MIN_VALUE, Long.MAX_VALUE);
                return 0;
            }
            case 1 -> {
                long low = log - random.nextInt(4 * longest + 1);
                long high = low + random.nextInt(2 * longest + 1);
                index.remove(model.base + from, model.base + from + length, low, high);
                model.remove(from, length, low, high);
                return 0;
            }
            default -> {
                if (random.nextInt(3) == 0 && model.lastEnd + length <= ByteMap.BYTES) {
                    from = model.lastEnd; // goes on where the last one ended
                }
                index.put(model.base + from, model.base + from + length, log);
                model.put(from, length, log);
                return (long) length + (random.nextInt(4) == 0 ? random.nextInt(3) : 0);
            }
        }
    }

    /** The log position of every byte, or -1. */
    private static final class ByteMap {

        static final int BYTES = 4000;

        final long base;
        final long[] logOf = new long[BYTES];
        int lastEnd;

        ByteMap(long base) {
            this.base = base;
            java.util.Arrays.fill(logOf, -1);
        }

        void put(int from, int length, long log) {
            for (int i = 0; i < length; i++) {
                logOf[from + i] = log + i;
            }
            lastEnd = from + length;
        }

        void remove(int from, int length, long low, long high) {
            for (int i = from; i < from + length; i++) {
                if (logOf[i] >= low && logOf[i] < high) {
                    logOf[i] = -1;
                }
            }
        }

        void compareSome(ExtentIndex index, Random random, String where) {
            int from = random.nextInt(BYTES);
            int to = Math.min(BYTES, from + 1 + random.nextInt(200));
            compare(index, from, to, where);
            assertThat(index.firstGap(base + from, base + to))
                    .as("first gap of [%d, %d), %s", from, to, where)
                    .isEqualTo(base + firstGap(from, to));
            assertThat(index.lastGap(base + from, base + to))
                    .as("last gap of [%d, %d), %s", from, to, where)
                    .isEqualTo(base + lastGap(from, to));
        }

        void compareAll(ExtentIndex index, String where) {
            int extents = compare(index, 0, BYTES, where);
            assertThat(index.size()).as(where).isEqualTo(extents);
            assertThat(index.isEmpty()).as(where).isEqualTo(extents == 0);
        }

        /** Compares a range; returns how many extents were shown. */
        private int compare(ExtentIndex index, int from, int to, String where) {
            long[] next = {base + from};
            int[] shown = {0};
            index.visit(base + from, base + to, (start, end, log) -> {
                shown[0]++;
                if (start < next[0] || end <= start || end > base + to) {
                    throw new AssertionError("extent [" + start + ", " + end + ") after " + next[0] + ", " + where);
                }
                expectGap(next[0], start, where);
                for (long at = start; at < end; at++) {
                    if (logOf[(int) (at - base)] != log + (at - start)) {
                        throw new AssertionError("byte " + (at - base) + " lies at " + logOf[(int) (at - base)]
                                + ", not at " + (log + (at - start)) + ", " + where);
                    }
                }
                next[0] = end;
            });
            expectGap(next[0], base + to, where);
            return shown[0];
        }

        private void expectGap(long from, long to, String where) {
            for (long at = from; at < to; at++) {
                if (logOf[(int) (at - base)] >= 0) {
                    throw new AssertionError("byte " + (at - base) + " is missing, " + where);
                }
            }
        }

        private int firstGap(int from, int to) {
            int at = from;
            while (at < to && logOf[at] >= 0) {
                at++;
            }
            return at;
        }

        private int lastGap(int from, int to) {
            int at = to;
            while (at > from && logOf[at - 1] >= 0) {
                at--;
            }
            return at;
        }
    }
}
