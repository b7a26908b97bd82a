package io.conveyor.benchmarks.contest;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.lang.management.ManagementFactory;

/**
 * What something has cost: time on the clock, time of all processors, memory allocated by the thread that asked, and how busy the machine was.
 *
 * @param nanos wall-clock time, ns
 * @param cpuNanos processor time of the whole process, ns
 * @param allocated bytes allocated by the calling thread
 * @param busy which part of the machine's processors had something to do since somebody last asked for the cost, whoever gave it them: 0 to 1
 */
record Cost(long nanos, long cpuNanos, long allocated, double busy) {

    private static final com.sun.management.OperatingSystemMXBean SYSTEM =
            (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    private static final com.sun.management.ThreadMXBean THREADS =
            (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

    /** Where a run begins. The machine is asked first: the question takes time and memory of its own. */
    static Cost before() {
        double sinceTheLastRun = SYSTEM.getCpuLoad();
        return now(sinceTheLastRun);
    }

    /** What a run has cost that began at {@code before}. */
    static Cost since(Cost before) {
        Cost now = now(0);
        return new Cost(
                now.nanos - before.nanos,
                now.cpuNanos - before.cpuNanos,
                now.allocated - before.allocated,
                SYSTEM.getCpuLoad());
    }

    void writeTo(DataOutput out) throws IOException {
        out.writeLong(nanos);
        out.writeLong(cpuNanos);
        out.writeLong(allocated);
        out.writeDouble(busy);
    }

    static Cost readFrom(DataInput in) throws IOException {
        return new Cost(in.readLong(), in.readLong(), in.readLong(), in.readDouble());
    }

    private static Cost now(double busy) {
        long allocated = THREADS.getThreadAllocatedBytes(Thread.currentThread().getId());
        return new Cost(System.nanoTime(), SYSTEM.getProcessCpuTime(), allocated, busy);
    }
}
