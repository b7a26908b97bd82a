package io.conveyor.benchmarks.contest;

import java.lang.management.ManagementFactory;

/**
 * What something has cost: time on the clock, time of all processors, and memory allocated by the thread that asked.
 *
 * @param nanos wall-clock time, ns
 * @param cpuNanos processor time of the whole process, ns
 * @param allocated bytes allocated by the calling thread
 */
record Cost(long nanos, long cpuNanos, long allocated) {

    private static final com.sun.management.OperatingSystemMXBean SYSTEM =
            (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    private static final com.sun.management.ThreadMXBean THREADS =
            (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

    static Cost now() {
        long allocated = THREADS.getThreadAllocatedBytes(Thread.currentThread().getId());
        return new Cost(System.nanoTime(), SYSTEM.getProcessCpuTime(), allocated);
    }

    Cost since(Cost before) {
        return new Cost(nanos - before.nanos, cpuNanos - before.cpuNanos, allocated - before.allocated);
    }
}
