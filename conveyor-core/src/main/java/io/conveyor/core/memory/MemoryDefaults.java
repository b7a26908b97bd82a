package io.conveyor.core.memory;

import java.lang.management.ManagementFactory;
import javax.management.JMException;
import javax.management.ObjectName;
import javax.management.openmbean.CompositeData;

/** How much memory a factory takes when nobody says it. */
public final class MemoryDefaults {

    private static final long MOST_BUDGET = 64L << 20;
    private static final int LARGEST_SEGMENT = 256 << 10;
    private static final int SMALLEST_SEGMENT = 4 << 10;

    /** At least so many segments share a budget, so that many conveyors can have something pending. */
    private static final int SEGMENTS = 256;

    private MemoryDefaults() {}

    /** 64 MiB, or a quarter of what the JVM allows direct buffers, whichever is less. */
    public static long budgetBytes() {
        return Math.max(SMALLEST_SEGMENT * 16L, Math.min(MOST_BUDGET, directLimit() / 4));
    }

    /** The segment size for a budget: a power of two from 4 KiB to 256 KiB, such that 256 fit where that is possible. */
    public static int segmentBytes(long budget) {
        long fitting = Long.highestOneBit(Math.max(1, budget / SEGMENTS));
        return (int) Math.max(SMALLEST_SEGMENT, Math.min(LARGEST_SEGMENT, fitting));
    }

    /** {@code -XX:MaxDirectMemorySize}, which is the heap's limit unless it is set. */
    private static long directLimit() {
        try {
            CompositeData option = (CompositeData) ManagementFactory.getPlatformMBeanServer()
                    .invoke(
                            new ObjectName("com.sun.management:type=HotSpotDiagnostic"),
                            "getVMOption",
                            new Object[] {"MaxDirectMemorySize"},
                            new String[] {String.class.getName()});
            long limit = Long.parseLong((String) option.get("value"));
            if (limit > 0) {
                return limit;
            }
        } catch (JMException | RuntimeException notThisJvm) {
            // another JVM than HotSpot: its limit is the heap's as far as we know
        }
        return Runtime.getRuntime().maxMemory();
    }
}
