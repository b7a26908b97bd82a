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
        try (ConveyorFactory few = factory();
                ConveyorFactory many = factory()) {
            List<Conveyor> alone = open(few, 0, ACTIVE);
            List<Conveyor> among = open(many, 0, ACTIVE);
            List<Conveyor> idle = open(many, ACTIVE, MANY);
            Result result = Contest.perRun(
                            "100 conveyors written and flushed, 25 MiB in 4 KiB writes, ms", count, BLOCK)
                    .target("with 9,900 idle ones beside them <= 1.1 x")
                    .contender("100 open", () -> use(alone))
                    .contender("10,000 open", () -> use(among))
                    .run(3, rounds);
            idle.clear();
            return result;
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
