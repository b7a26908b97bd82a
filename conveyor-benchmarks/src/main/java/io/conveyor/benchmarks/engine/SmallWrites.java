package io.conveyor.benchmarks.engine;

import io.conveyor.benchmarks.contest.Contest;
import io.conveyor.benchmarks.contest.Result;
import io.conveyor.benchmarks.contest.Task;
import io.conveyor.benchmarks.store.ArrayStore;
import io.conveyor.benchmarks.store.HandedOver;
import io.conveyor.benchmarks.store.HeldStore;
import java.io.BufferedOutputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/** What a write costs its caller, beside the copy that it must make. */
public final class SmallWrites {

    private static final int MANY_BYTES = 64 << 20;
    private static final int FEW_BYTES = 1 << 20;
    private static final int BUFFER_BYTES = 64 << 10;

    /** Before some hundred thousand writes have been made the compilers have not done with them. */
    private static final int WARM_UPS = 20;

    /** A run makes 256 calls of a worker; before some thirty thousand have been made the compilers have not done with it. */
    private static final int STEADY_WARM_UPS = 300;

    private SmallWrites() {}

    /** Measures, each contender {@code rounds} times. */
    public static List<Result> run(int rounds) throws Exception {
        return List.of(absorbed(rounds), tiny(rounds), steady(rounds), handedOver(rounds), thereAndBack(rounds));
    }

    /** 64 MiB accepted while storage is still; only the writes are timed, not what storage does later. */
    private static Result absorbed(int rounds) throws Exception {
        int size = 4 << 10;
        ByteBuffer src = ByteBuffer.allocateDirect(size);
        ByteBuffer target = ByteBuffer.allocateDirect(MANY_BYTES);
        HeldStore held = new HeldStore(new ArrayStore(MANY_BYTES, 1));
        long count = MANY_BYTES / size;
        try (Opened opened = Opened.on(held, 4L * MANY_BYTES)) {
            return Contest.perOperation("4 KiB writes into 64 MiB of memory, ns per write", count, size)
                    .target("<= 1.3 x the copy into as much memory")
                    .contender("copy", () -> copy(src, target, count))
                    .contender(
                            "conveyor",
                            () -> held.nanosWhileHeld(opened.conveyor(), () -> opened.write(src, count)) / count)
                    .run(WARM_UPS, rounds);
        }
    }

    private static Result tiny(int rounds) throws Exception {
        int size = 64;
        long count = (MANY_BYTES / 4) / size;
        byte[] bytes = new byte[size];
        ByteBuffer src = ByteBuffer.wrap(bytes);
        ByteBuffer target = ByteBuffer.allocateDirect(MANY_BYTES / 4);
        HeldStore held = new HeldStore(new ArrayStore(MANY_BYTES, 1));
        try (Opened opened = Opened.on(held, 4L * MANY_BYTES);
                OutputStream buffered = new BufferedOutputStream(OutputStream.nullOutputStream(), BUFFER_BYTES)) {
            return Contest.perOperation("64 B writes, ns per write", count, size)
                    .target("<= 60 ns or <= 1.2 x BufferedOutputStream, whichever is larger; nothing allocated")
                    .contender("BufferedOutputStream into nothing", () -> {
                        for (long i = 0; i < count; i++) {
                            buffered.write(bytes);
                        }
                        return Task.ELAPSED;
                    })
                    .contender("a lock, the copy, and the lock given up", () -> lockedCopy(src, target, count))
                    .contender(
                            "conveyor",
                            () -> held.nanosWhileHeld(opened.conveyor(), () -> opened.write(src, count)) / count)
                    .run(WARM_UPS, rounds);
        }
    }

    /** The least that a write can do that other threads may interrupt at any time. */
    private static double lockedCopy(ByteBuffer src, ByteBuffer target, long count) {
        int size = src.capacity();
        int mask = target.capacity() - 1;
        ReentrantLock lock = new ReentrantLock();
        for (long i = 0; i < count; i++) {
            lock.lock();
            try {
                target.put((int) (i * size) & mask, src, 0, size);
            } finally {
                lock.unlock();
            }
        }
        return Task.ELAPSED;
    }

    /** Storage keeps up: what was released last is used next, and is still in the cache. */
    private static Result steady(int rounds) throws Exception {
        int size = 4 << 10;
        ByteBuffer src = ByteBuffer.allocateDirect(size);
        ByteBuffer target = ByteBuffer.allocateDirect(FEW_BYTES);
        ByteBuffer large = ByteBuffer.allocateDirect(MANY_BYTES);
        long count = MANY_BYTES / size;
        try (Opened opened = Opened.on(ArrayStore.forgetful(), 2L * FEW_BYTES)) {
            return Contest.perOperation(
                            "4 KiB writes through a log of 1 MiB, storage keeping up, ns per write", count, size)
                    .target("<= 2 x the copy within 1 MiB")
                    .contender("copy within 1 MiB", () -> copy(src, target, count))
                    .contender("copy into 64 MiB", () -> copy(src, large, count))
                    .contender("conveyor, flush included", () -> {
                        opened.write(src, count);
                        opened.conveyor().flush();
                        return Task.ELAPSED;
                    })
                    .run(STEADY_WARM_UPS, rounds);
        }
    }

    /**
     * The least that two threads can do. Not by turns with {@link #steady}: where one pair of threads after the other sleeps and is woken, the kernel is quicker to
     * run both of a pair on one processor, and slow to part them again.
     */
    private static Result handedOver(int rounds) throws Exception {
        int size = 4 << 10;
        ByteBuffer src = ByteBuffer.allocateDirect(size);
        long count = MANY_BYTES / size;
        try (HandedOver handed = new HandedOver(HandedOver.buffers(2, FEW_BYTES / 2), HandedOver.Target.NONE)) {
            return Contest.perOperation(
                            "The same copied into two halves of 1 MiB that another thread empties, ns per write",
                            count,
                            size)
                    .contender("two halves", () -> {
                        handed.write(src, count);
                        return Task.ELAPSED;
                    })
                    .run(STEADY_WARM_UPS, rounds);
        }
    }

    /** What the two before depend on beyond the copy. */
    private static Result thereAndBack(int rounds) throws Exception {
        ThereAndBack number = new ThereAndBack();
        return Contest.ofFigures("A number to another thread and back, both awake, ns", "ns")
                .contender("there and back", number::nanos)
                .run(WARM_UPS, rounds);
    }

    private static double copy(ByteBuffer src, ByteBuffer target, long count) {
        int size = src.capacity();
        int mask = target.capacity() - 1;
        for (long i = 0; i < count; i++) {
            target.put((int) (i * size) & mask, src, 0, size);
        }
        return Task.ELAPSED;
    }
}
