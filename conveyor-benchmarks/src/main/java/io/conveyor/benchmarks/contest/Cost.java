package io.conveyor.benchmarks.contest;

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

    static Cost now() {
        long allocated = THREADS.getThreadAllocatedBytes(Thread.currentThread().getId());
        return new Cost(System.nanoTime(), SYSTEM.getProcessCpuTime(), allocated, SYSTEM.getCpuLoad());
    }

    Cost since(Cost before) {
        return new Cost(nanos - before.nanos, cpuNanos - before.cpuNanos, allocated - before.allocated, busy);
    }
}
