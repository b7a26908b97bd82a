package io.conveyor.testkit;

import java.util.Random;

/**
 * Where the randomness of a test comes from: {@code -Dconveyor.seed=<number>} if that is set, else a fresh number. {@link #toString()} is the
 * option that repeats the run; put it into the message of whatever fails.
 */
public record Seed(long value) {

    /** The name of the system property. */
    public static final String PROPERTY = "conveyor.seed";

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
        return new Random(value * 0x9E3779B97F4A7C15L + index);
    }

    /** The option that repeats the run. */
    @Override
    public String toString() {
        return "-D" + PROPERTY + "=" + value;
    }
}
