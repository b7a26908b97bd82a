package io.conveyor.testkit;

import io.conveyor.Conveyor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;

/**
 * What a process that is going to be killed does, step by step: the same steps for the same seed, so that whoever killed it knows from the number of
 * acknowledged steps what must be in storage, and what may be of the one step that was under way.
 *
 * <pre>{@code
 * // in the process                              // outside, after the kill
 * KillScript script = new KillScript(seed, 3);   KillScript script = new KillScript(seed, 3);
 * while (true) {                                 for (long i = 0; i < acknowledged; i++) {
 *     script.step(conveyors);                        script.step();
 *     say("ack");                                }
 * }                                              script.requireContent(k, content);
 * }</pre>
 *
 * <p>One thread.
 */
public final class KillScript {

    private static final int LARGEST_WRITE = 20_000;
    private static final int LARGEST_SIZE = 600_000;

    private final Random random;
    private final byte[][] expected;
    private final int[] sizes;
    private final boolean appendsOnly;

    private int object;
    private boolean cut;
    private int offset;
    private byte[] bytes = {};

    /** A script over so many objects, which begin empty. */
    public KillScript(long seed, int objects) {
        this(seed, objects, false);
    }

    /**
     * A script over so many objects, which begin empty.
     *
     * @param appendsOnly whether it writes at the end only, as some stores like it best
     */
    public KillScript(long seed, int objects, boolean appendsOnly) {
        this.random = new Random(seed);
        this.expected = new byte[objects][LARGEST_SIZE + LARGEST_WRITE];
        this.sizes = new int[objects];
        this.appendsOnly = appendsOnly;
    }

    /** The key of an object. */
    public static String key(int object) {
        return "killed/" + object;
    }

    /** Decides on the next step, and what it leaves behind. */
    public void step() {
        decide();
        apply();
    }

    /** Takes the next step. */
    public void step(Conveyor[] conveyors) throws IOException {
        decide();
        if (cut) {
            conveyors[object].truncate(offset);
        } else {
            conveyors[object].write(ByteBuffer.wrap(bytes), offset);
        }
        apply();
    }

    private void decide() {
        object = random.nextInt(sizes.length);
        int size = sizes[object];
        boolean full = size > LARGEST_SIZE;
        cut = size > 0 && (full || (!appendsOnly && random.nextInt(20) == 0));
        if (cut) {
            offset = full ? 0 : random.nextInt(size);
            return;
        }
        offset = appendsOnly || random.nextBoolean() ? size : random.nextInt(Math.min(LARGEST_SIZE, size + 5_000));
        bytes = new byte[1 + (random.nextInt(3) == 0 ? random.nextInt(LARGEST_WRITE) : random.nextInt(200))];
        random.nextBytes(bytes);
    }

    private void apply() {
        byte[] content = expected[object];
        if (cut) {
            Arrays.fill(content, offset, sizes[object], (byte) 0);
            sizes[object] = offset;
        } else {
            System.arraycopy(bytes, 0, content, offset, bytes.length);
            sizes[object] = Math.max(sizes[object], offset + bytes.length);
        }
    }

    /**
     * What an object must hold.
     */
    public byte[] content(int which) {
        return Arrays.copyOf(expected[which], sizes[which]);
    }

    /**
     * Requires that every object holds what the steps so far have left, or that and the next step: whole, or, of a write, any part from its start.
     *
     * @param found what each object holds
     * @throws AssertionError says which object differs where
     */
    public void requireContents(byte[][] found) {
        byte[][] before = new byte[found.length][];
        for (int i = 0; i < found.length; i++) {
            before[i] = content(i);
        }
        decide();
        for (int i = 0; i < found.length; i++) {
            int wrong = Arrays.mismatch(before[i], found[i]);
            if (wrong >= 0 && !(i == object && isPartly(before[i], found[i]))) {
                throw new AssertionError(key(i) + " differs at " + wrong + ": " + found[i].length + " bytes instead of "
                        + before[i].length + (i == object ? "; the step under way was " + describe() : ""));
            }
        }
    }

    private boolean isPartly(byte[] before, byte[] found) {
        if (cut) {
            return Arrays.equals(found, Arrays.copyOf(before, offset));
        }
        for (int taken = bytes.length; taken > 0; taken--) {
            byte[] after = Arrays.copyOf(before, Math.max(before.length, offset + taken));
            System.arraycopy(bytes, 0, after, offset, taken);
            if (Arrays.equals(found, after)) {
                return true;
            }
        }
        return false;
    }

    private String describe() {
        return cut ? "a cut to " + offset : bytes.length + " bytes at " + offset;
    }
}
