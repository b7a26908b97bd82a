package io.conveyor.core.memory;

import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How much memory a factory takes when nobody says it. */
public final class MemoryDefaults {

    private static final long MOST_BUDGET = 64L << 20;
    private static final int LARGEST_SEGMENT = 256 << 10;
    private static final int SMALLEST_SEGMENT = 4 << 10;

    /** At least so many segments share a budget, so that many conveyors can have something pending. */
    private static final int SEGMENTS = 64;

    private static final Pattern DIRECT_LIMIT = Pattern.compile("-XX:MaxDirectMemorySize=(\\d+)([kmgtKMGT]?)");

    private MemoryDefaults() {}

    /** 64 MiB, or a quarter of what the JVM allows direct buffers, whichever is less. */
    public static long budgetBytes() {
        return Math.max(SMALLEST_SEGMENT * 16L, Math.min(MOST_BUDGET, directLimit() / 4));
    }

    /** The segment size for a budget: a power of two from 4 KiB to 256 KiB, such that 64 fit where that is possible. */
    public static int segmentBytes(long budget) {
        long fitting = Long.highestOneBit(Math.max(1, budget / SEGMENTS));
        return (int) Math.max(SMALLEST_SEGMENT, Math.min(LARGEST_SEGMENT, fitting));
    }

    /** {@code -XX:MaxDirectMemorySize}, which is the heap's limit unless it is set. */
    private static long directLimit() {
        return directLimit(ManagementFactory.getRuntimeMXBean().getInputArguments())
                .orElseGet(() -> Runtime.getRuntime().maxMemory());
    }

    /**
     * What the JVM's arguments say, the last of them. The diagnostic bean would know, too, but making the platform's MBean server is the slowest thing
     * that starting a factory would do.
     */
    static OptionalLong directLimit(List<String> arguments) {
        OptionalLong limit = OptionalLong.empty();
        for (String argument : arguments) {
            Matcher size = DIRECT_LIMIT.matcher(argument);
            if (size.matches()) {
                limit = bytes(size.group(1), size.group(2));
            }
        }
        return limit;
    }

    private static OptionalLong bytes(String number, String unit) {
        try {
            int shift = unit.isEmpty() ? 0 : 10 * (1 + "kmgt".indexOf(unit.toLowerCase(Locale.ROOT)));
            long bytes = Math.multiplyExact(Long.parseLong(number), 1L << shift);
            return bytes == 0 ? OptionalLong.empty() : OptionalLong.of(bytes);
        } catch (ArithmeticException | NumberFormatException tooLarge) {
            return OptionalLong.of(Long.MAX_VALUE);
        }
    }
}
