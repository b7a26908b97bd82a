package io.conveyor.testkit;

import java.util.Random;

/**
 * Where the randomness of a test comes from: {@code -Dconveyor.seed=<number>} if that is set, else a fresh number. {@link #toString()} is the
 * option that repeats the run; put it into the message of whatever fails.
 */
public record Seed(long value) {

    /** The name of the system property. */
    public static final String PROPERTY = "conveyor.seed";

    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

    /** The seed that was asked for, or a fresh one. */
    public static Seed current() {
        Long asked = Long.getLong(PROPERTY);
        return new Seed(asked != null ? asked : System.nanoTime() ^ (System.currentTimeMillis() << 20));
    }

    /** A generator that depends on nothing but this seed. */
    public Random random() {
        return new Random(value);
    }

    /** Another generator, one for each {@code index}: for a thread, for a round. */
    public Random random(int index) {
        return new Random(mixed(value + (index + 1) * GOLDEN_GAMMA));
    }

    /** Spreads neighbours apart, as {@link java.util.SplittableRandom} does: generators with neighbouring seeds begin alike. */
    private static long mixed(long bits) {
        long mixed = (bits ^ (bits >>> 30)) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
        return mixed ^ (mixed >>> 31);
    }

    /** The option that repeats the run. */
    @Override
    public String toString() {
        return "-D" + PROPERTY + "=" + value;
    }
}
