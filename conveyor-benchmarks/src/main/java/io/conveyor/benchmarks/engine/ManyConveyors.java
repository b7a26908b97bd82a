package io.conveyor.benchmarks.engine;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.benchmarks.contest.Contest;
import io.conveyor.benchmarks.contest.Result;
import io.conveyor.benchmarks.contest.Task;
import io.conveyor.benchmarks.store.ArrayStore;
import io.conveyor.core.Conveyors;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Thousands of open conveyors of which few are used. */
public final class ManyConveyors {

    private static final int BLOCK = 4 << 10;
    private static final int OBJECT = 256 << 10;
    private static final int ACTIVE = 100;
    private static final int MANY = 10_000;

    private ManyConveyors() {}

    /** Measures, each contender {@code rounds} times. */
    public static List<Result> run(int rounds) throws Exception {
        return List.of(active(rounds), heap());
    }

    private static Result active(int rounds) throws Exception {
        long count = (long) ACTIVE * (OBJECT / BLOCK);
        Contest contest = Contest.perRun("100 conveyors written and flushed, 25 MiB in 4 KiB writes, ms", count, BLOCK)
                .along("open conveyors")
                .target("10,000 open <= 1.1 x 100 open");
        List<ConveyorFactory> factories = new ArrayList<>();
        try {
            for (int open : new int[] {ACTIVE, 1_000, MANY}) {
                ConveyorFactory factory = factory();
                factories.add(factory);
                List<Conveyor> used = open(factory, 0, ACTIVE);
                open(factory, ACTIVE, open);
                contest.point(open, () -> use(used));
            }
            return contest.run(3, rounds);
        } finally {
            for (ConveyorFactory factory : factories) {
                factory.close();
            }
        }
    }

    private static ConveyorFactory factory() {
        return Conveyors.builder(ArrayStore.forgetful()).memoryBudget(64L << 20).build();
    }

    private static List<Conveyor> open(ConveyorFactory factory, int from, int to) throws IOException {
        List<Conveyor> conveyors = new ArrayList<>();
        for (int i = from; i < to; i++) {
            conveyors.add(factory.open("object-" + i, Opened.READ_WRITE));
        }
        return conveyors;
    }

    private static double use(List<Conveyor> conveyors) throws IOException {
        ByteBuffer src = ByteBuffer.allocateDirect(BLOCK);
        for (long at = 0; at < OBJECT; at += BLOCK) {
            for (Conveyor conveyor : conveyors) {
                src.rewind();
                conveyor.write(src, at);
            }
        }
        for (Conveyor conveyor : conveyors) {
            conveyor.flush();
        }
        return Task.ELAPSED;
    }

    private static Result heap() throws Exception {
        return Contest.perRun("heap of an idle conveyor, bytes", 1, 0)
                .target("<= 2048 bytes")
                .contender("one of 10,000", () -> {
                    long before = heapUsed();
                    try (ConveyorFactory factory = factory()) {
                        List<Conveyor> conveyors = open(factory, 0, MANY);
                        double each = (heapUsed() - before) / (double) conveyors.size();
                        conveyors.clear();
                        return each;
                    }
                })
                .run(1, 3);
    }

    private static long heapUsed() {
        MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
        for (int i = 0; i < 3; i++) {
            memory.gc();
        }
        return memory.getHeapMemoryUsage().getUsed();
    }
}
