package io.conveyor.testkit;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.ConveyorOpenOption;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * As {@link KillScript}, but with all that happens to an object while a process lives: it is written, cut, flushed, synced, closed and opened again, opened
 * empty, and replaced as a whole by a draft that is published or aborted.
 *
 * <p>A replacement is there wholly once its close was acknowledged, wholly or not at all if its close was under way, and not at all before that.
 *
 * <p>One thread.
 */
public final class LifeScript {

    private static final int LARGEST_WRITE = 20_000;
    private static final int LARGEST_SIZE = 300_000;

    private enum Action {
        WRITE,
        CUT,
        FLUSH,
        SYNC,
        REOPEN,
        REOPEN_EMPTY,
        BEGIN_DRAFT,
        PUBLISH_DRAFT,
        ABORT_DRAFT
    }

    /** The bytes that an object, or a draft, holds. */
    private static final class Body {

        private byte[] bytes = {};

        void write(byte[] from, int length, int offset) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length, offset + length));
            System.arraycopy(from, 0, bytes, offset, length);
        }

        void cut(int size) {
            bytes = Arrays.copyOf(bytes, size);
        }

        /** Whether it becomes {@code found} by a part, from its start, of a write that is not empty. */
        boolean isFollowedBy(byte[] found, byte[] written, int offset) {
            for (int taken = written.length; taken > 0; taken--) {
                if (found.length == Math.max(bytes.length, offset + taken)) {
                    Body after = new Body();
                    after.bytes = bytes;
                    after.write(written, taken, offset);
                    if (Arrays.equals(found, after.bytes)) {
                        return true;
                    }
                }
            }
            return false;
        }
    }

    private final Random random;
    private final Body[] published;
    private final @Nullable Body[] drafts;

    private int object;
    private Action action = Action.FLUSH;
    private int offset;
    private byte[] bytes = {};

    /** A script over so many objects, which begin empty, and open for writing; see {@link #open}. */
    public LifeScript(long seed, int objects) {
        random = new Random(seed);
        published = new Body[objects];
        Arrays.setAll(published, i -> new Body());
        drafts = new Body[objects];
    }

    /** Opens the objects as they have to be before the first step, creating them. */
    public static Conveyor[] open(ConveyorFactory factory, int objects) throws IOException {
        Conveyor[] conveyors = new Conveyor[objects];
        for (int i = 0; i < objects; i++) {
            conveyors[i] = factory.open(KillScript.key(i), CREATE, WRITE);
        }
        return conveyors;
    }

    /** Decides on the next step, and what it leaves behind. */
    public void step() {
        decide();
        apply();
    }

    /**
     * Takes the next step.
     *
     * @param conveyors those that are open now, one for each object; a step may put another in the place of one
     */
    public void step(ConveyorFactory factory, Conveyor[] conveyors) throws IOException {
        decide();
        Conveyor conveyor = conveyors[object];
        String key = KillScript.key(object);
        switch (action) {
            case WRITE -> conveyor.write(ByteBuffer.wrap(bytes), offset);
            case CUT -> conveyor.truncate(offset);
            case FLUSH -> conveyor.flush();
            case SYNC -> conveyor.sync();
            case REOPEN, PUBLISH_DRAFT -> {
                conveyor.close();
                conveyors[object] = factory.open(key, WRITE);
            }
            case REOPEN_EMPTY -> {
                conveyor.close();
                conveyors[object] = factory.open(key, WRITE, TRUNCATE_EXISTING);
            }
            case BEGIN_DRAFT -> {
                conveyor.close();
                conveyors[object] = factory.open(key, WRITE, ConveyorOpenOption.ATOMIC_REPLACE);
            }
            case ABORT_DRAFT -> {
                conveyor.abort();
                conveyors[object] = factory.open(key, WRITE);
            }
        }
        apply();
    }

    private void decide() {
        object = random.nextInt(published.length);
        Body draft = drafts[object];
        int size = (draft == null ? published[object] : draft).bytes.length;
        action = draft == null ? inPlace(random.nextInt(100)) : inDraft(random.nextInt(100));
        if (size > LARGEST_SIZE && action == Action.WRITE) {
            action = Action.CUT;
        }
        offset = 0;
        bytes = new byte[0];
        if (action == Action.CUT) {
            offset = random.nextInt(size + 1);
        } else if (action == Action.WRITE) {
            offset = random.nextInt(3) > 0 ? size : random.nextInt(size + 1_000);
            bytes = new byte[1 + (random.nextInt(3) == 0 ? random.nextInt(LARGEST_WRITE) : random.nextInt(200))];
            random.nextBytes(bytes);
        }
    }

    private static Action inPlace(int percent) {
        if (percent < 70) {
            return Action.WRITE;
        } else if (percent < 78) {
            return Action.CUT;
        } else if (percent < 83) {
            return Action.FLUSH;
        } else if (percent < 86) {
            return Action.SYNC;
        } else if (percent < 91) {
            return Action.REOPEN;
        }
        return percent < 93 ? Action.REOPEN_EMPTY : Action.BEGIN_DRAFT;
    }

    private static Action inDraft(int percent) {
        if (percent < 60) {
            return Action.WRITE;
        } else if (percent < 68) {
            return Action.CUT;
        } else if (percent < 74) {
            return Action.FLUSH;
        }
        return percent < 92 ? Action.PUBLISH_DRAFT : Action.ABORT_DRAFT;
    }

    private void apply() {
        Body draft = drafts[object];
        Body changed = draft == null ? published[object] : draft;
        switch (action) {
            case WRITE -> changed.write(bytes, bytes.length, offset);
            case CUT -> changed.cut(offset);
            case REOPEN_EMPTY -> changed.cut(0);
            case BEGIN_DRAFT -> drafts[object] = new Body();
            case PUBLISH_DRAFT -> {
                published[object] = changed;
                drafts[object] = null;
            }
            case ABORT_DRAFT -> drafts[object] = null;
            case FLUSH, SYNC, REOPEN -> {}
        }
    }

    /**
     * Requires that every object holds what the steps so far have left, or that and the next step: whole, or, of a write, any part from its start.
     *
     * @param found what each object holds
     * @throws AssertionError says which object differs where
     */
    public void requireContents(byte[][] found) {
        decide();
        for (int i = 0; i < found.length; i++) {
            byte[] before = published[i].bytes;
            int wrong = Arrays.mismatch(before, found[i]);
            if (wrong >= 0 && !(i == object && mayBeUnderWay(found[i]))) {
                throw new AssertionError(KillScript.key(i) + " differs at " + wrong + ": " + found[i].length
                        + " bytes instead of " + before.length + (drafts[i] == null ? "" : "; a draft was open")
                        + (i == object ? "; under way was " + action + " at " + offset : ""));
            }
        }
    }

    private boolean mayBeUnderWay(byte[] found) {
        Body before = published[object];
        Body draft = drafts[object];
        if (draft != null) {
            return action == Action.PUBLISH_DRAFT && Arrays.equals(found, draft.bytes);
        }
        return switch (action) {
            case WRITE -> before.isFollowedBy(found, bytes, offset);
            case CUT -> Arrays.equals(found, Arrays.copyOf(before.bytes, offset));
            case REOPEN_EMPTY -> found.length == 0;
            default -> false;
        };
    }
}
