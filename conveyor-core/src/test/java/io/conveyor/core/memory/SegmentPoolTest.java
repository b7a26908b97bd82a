package io.conveyor.core.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.spi.TimeSource;
import io.conveyor.testkit.Seed;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.Condition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class SegmentPoolTest {

    private static final int SEGMENT = 4096;

    /** Waits for a signal and for nothing else; so whoever misses one waits for ever. */
    private static final class OnlySignals implements TimeSource {

        final AtomicInteger waits = new AtomicInteger();

        @Override
        public long nanoTime() {
            return 0;
        }

        @Override
        @SuppressWarnings("WaitNotInLoop") // the caller loops, as the interface demands
        public void await(Condition condition, long deadline) throws InterruptedException {
            waits.incrementAndGet();
            condition.await();
        }
    }

    private final OnlySignals time = new OnlySignals();
    private final SegmentPool pool = new SegmentPool(4 * SEGMENT + 100, SEGMENT, time);

    private ByteBuffer take() {
        return Objects.requireNonNull(pool.tryAcquire());
    }

    private List<ByteBuffer> takeAll() {
        List<ByteBuffer> taken = new ArrayList<>();
        for (ByteBuffer segment = pool.tryAcquire(); segment != null; segment = pool.tryAcquire()) {
            taken.add(segment);
        }
        return taken;
    }

    @Test
    void segmentsAreOffTheHeapAndOfOneSize() {
        ByteBuffer segment = take();

        assertThat(segment.isDirect()).isTrue();
        assertThat(segment.capacity()).isEqualTo(SEGMENT);
        assertThat(pool.usedBytes()).isEqualTo(SEGMENT);
    }

    @Test
    void theBudgetIsNeverExceeded() {
        assertThat(takeAll()).hasSize(4);

        assertThat(pool.usedBytes()).isEqualTo(4L * SEGMENT);
        assertThat(pool.tryCharge(101)).isFalse();
        assertThat(pool.tryCharge(100)).isTrue();
        assertThat(pool.tryCharge(1)).isFalse();
        assertThat(pool.usedBytes()).isEqualTo(pool.budgetBytes());
    }

    @Test
    void theSegmentReleasedLastIsUsedFirst() {
        List<ByteBuffer> taken = takeAll();

        taken.forEach(pool::release);

        assertThat(pool.tryAcquire()).isSameAs(taken.get(3));
        assertThat(pool.tryAcquire()).isSameAs(taken.get(2));
    }

    @Test
    void whatComesBackTogetherIsUsedFromTheLastOneOn() {
        List<ByteBuffer> taken = takeAll();
        ByteBuffer[] ring = {taken.get(2), taken.get(3), taken.get(0), taken.get(1)};
        taken.get(1).position(7).limit(9);

        pool.release(ring, 2, 3);

        assertThat(pool.usedBytes()).isEqualTo(SEGMENT);
        assertThat(pool.tryAcquire()).isSameAs(taken.get(2));
        assertThat(pool.tryAcquire()).isSameAs(taken.get(1));
        assertThat(taken.get(1).position()).isZero();
        assertThat(taken.get(1).limit()).isEqualTo(SEGMENT);
        assertThat(pool.tryAcquire()).isSameAs(taken.get(0));
        assertThat(pool.tryAcquire()).isNull();
    }

    @Test
    void whatComesBackTogetherWakesThoseWhoWait() throws Exception {
        List<ByteBuffer> taken = takeAll();
        long mark = pool.mark();

        pool.release(taken.toArray(ByteBuffer[]::new), 0, 4);

        pool.awaitChange(mark, Long.MAX_VALUE);
        assertThat(pool.usedBytes()).isZero();
    }

    @Test
    void aSegmentComesBackClean() {
        ByteBuffer segment = take();
        segment.position(7).limit(9);

        pool.release(segment);

        ByteBuffer again = take();
        assertThat(again.position()).isZero();
        assertThat(again.limit()).isEqualTo(SEGMENT);
    }

    @Test
    void idleSegmentsAreNotInUse() {
        takeAll().forEach(pool::release);

        assertThat(pool.usedBytes()).isZero();
    }

    @Test
    void aChargeTakesIdleSegmentsAwayOldestFirst() {
        List<ByteBuffer> taken = takeAll();
        taken.forEach(pool::release);

        assertThat(pool.tryCharge(2L * SEGMENT + 100)).isTrue();

        assertThat(pool.usedBytes()).isEqualTo(2L * SEGMENT + 100);
        assertThat(takeAll()).containsExactly(taken.get(3), taken.get(2));
    }

    @Test
    void aChargeThatDoesNotFitChargesNothing() {
        ByteBuffer segment = take();

        assertThat(pool.tryCharge(pool.budgetBytes())).isFalse();

        assertThat(pool.usedBytes()).isEqualTo(SEGMENT);
        pool.release(segment);
        assertThat(pool.tryCharge(pool.budgetBytes())).isTrue();
        pool.uncharge(pool.budgetBytes());
        assertThat(takeAll()).hasSize(4);
    }

    @Test
    void aPoolThatCannotHoldOneSegmentIsRefused() {
        assertThatThrownBy(() -> new SegmentPool(4095, 4096, time))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("4096")
                .hasMessageContaining("4095");
        assertThatThrownBy(() -> new SegmentPool(10_000, 5000, time)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void whatIsGivenBackAfterTheMarkEndsTheWaitAtOnce() throws Exception {
        List<ByteBuffer> taken = takeAll();

        long mark = pool.mark();
        pool.release(taken.get(0));
        pool.awaitChange(mark, Long.MAX_VALUE);
        mark = pool.mark();
        assertThat(pool.tryCharge(10)).isTrue();
        pool.uncharge(10);
        pool.awaitChange(mark, Long.MAX_VALUE);

        assertThat(time.waits).hasValue(0);
    }

    @Test
    void whoeverWaitsIsWokenWithoutAChange() throws Exception {
        CountDownLatch woken = new CountDownLatch(2);
        for (int i = 0; i < 2; i++) {
            started(() -> {
                pool.awaitChange(pool.mark(), Long.MAX_VALUE);
                woken.countDown();
            });
        }

        while (woken.getCount() > 0) {
            pool.wakeWaiters();
            Thread.onSpinWait();
        }

        assertThat(woken.await(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void anInterruptEndsTheWait() throws Exception {
        AtomicReference<Throwable> seen = new AtomicReference<>();
        CountDownLatch done = new CountDownLatch(1);
        Thread waiter = started(() -> {
            try {
                pool.awaitChange(pool.mark(), Long.MAX_VALUE);
            } catch (InterruptedException expected) {
                seen.set(expected);
            }
            done.countDown();
        });

        waiter.interrupt();

        assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(seen.get()).isInstanceOf(InterruptedException.class);
    }

    @Test
    void noThreadThatWantsASegmentWaitsForEver() throws Exception {
        int threads = 4;
        int rounds = 3000;
        SegmentPool tight = new SegmentPool(2 * SEGMENT, SEGMENT, time);
        CountDownLatch done = new CountDownLatch(threads);
        for (int i = 0; i < threads; i++) {
            started(() -> {
                for (int round = 0; round < rounds; round++) {
                    tight.release(acquire(tight));
                }
                done.countDown();
            });
        }

        assertThat(done.await(60, TimeUnit.SECONDS))
                .as("all %d threads came through", threads)
                .isTrue();
        assertThat(tight.usedBytes()).isZero();
    }

    private static ByteBuffer acquire(SegmentPool pool) throws InterruptedException {
        while (true) {
            long mark = pool.mark();
            ByteBuffer segment = pool.tryAcquire();
            if (segment != null) {
                return segment;
            }
            pool.awaitChange(mark, Long.MAX_VALUE);
        }
    }

    @Test
    void randomUseStaysWithinTheBudgetAndReturnsToNothing() {
        Seed seed = Seed.current();
        Random random = seed.random();
        SegmentPool some = new SegmentPool(20L * SEGMENT + 17, SEGMENT, time);
        ArrayDeque<ByteBuffer> taken = new ArrayDeque<>();
        long charged = 0;
        for (int step = 0; step < 20_000; step++) {
            switch (random.nextInt(4)) {
                case 0 -> {
                    ByteBuffer segment = some.tryAcquire();
                    boolean fits = charged + (taken.size() + 1L) * SEGMENT <= some.budgetBytes();
                    assertThat(segment != null).as("step %d, %s", step, seed).isEqualTo(fits);
                    keep(taken, segment);
                }
                case 1 -> {
                    if (!taken.isEmpty()) {
                        some.release(random.nextBoolean() ? taken.removeFirst() : taken.removeLast());
                    }
                }
                case 2 -> {
                    long bytes = random.nextInt(3 * SEGMENT);
                    boolean fits = charged + bytes + (long) taken.size() * SEGMENT <= some.budgetBytes();
                    assertThat(some.tryCharge(bytes))
                            .as("step %d, %s", step, seed)
                            .isEqualTo(fits);
                    charged += fits ? bytes : 0;
                }
                default -> {
                    long bytes = Math.min(charged, random.nextInt(3 * SEGMENT));
                    some.uncharge(bytes);
                    charged -= bytes;
                }
            }
            assertThat(some.usedBytes())
                    .as("step %d, %s", step, seed)
                    .isEqualTo(charged + (long) taken.size() * SEGMENT)
                    .isLessThanOrEqualTo(some.budgetBytes());
        }
        taken.forEach(some::release);
        some.uncharge(charged);
        assertThat(some.usedBytes()).isZero();
    }

    private static void keep(ArrayDeque<ByteBuffer> taken, @Nullable ByteBuffer segment) {
        if (segment != null) {
            taken.add(segment);
        }
    }

    private interface Body {
        void run() throws InterruptedException;
    }

    private static Thread started(Body body) {
        Thread thread = new Thread(() -> {
            try {
                body.run();
            } catch (InterruptedException end) {
                Thread.currentThread().interrupt();
            }
        });
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    @Test
    void noMemoryIsAnAnswerAndLeavesTheBudgetAsItWas() {
        AtomicInteger left = new AtomicInteger(2);
        SegmentPool poor = new SegmentPool(4 * SEGMENT, SEGMENT, time, bytes -> {
            if (left.getAndDecrement() <= 0) {
                throw new OutOfMemoryError("for the test");
            }
            return ByteBuffer.allocate(bytes);
        });
        assertThat(poor.tryAcquire()).isNotNull();
        assertThat(poor.tryAcquire()).isNotNull();
        long mark = poor.mark();

        assertThat(poor.tryAcquire()).isNull();

        assertThat(poor.usedBytes()).isEqualTo(2L * SEGMENT);
        assertThat(poor.mark()).as("what waits for a change").isEqualTo(mark);
        left.set(2);
        assertThat(poor.tryAcquire()).isNotNull();
        assertThat(poor.tryAcquire()).isNotNull();
    }
}
