package io.conveyor.testkit;

import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import io.conveyor.Whence;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Decides on the steps of a {@link ConveyorModel}. The sizes are such that overlaps, holes and a full log happen all the time. */
final class ModelSteps {

    private static final int FILE_BYTES = 150_000;
    private static final int SMALL = 300;
    private static final int LARGE = 40_000;

    private final Random random;
    private final boolean faults;
    private int tag;

    ModelSteps(Random random, boolean faults) {
        this.random = random;
        this.faults = faults;
    }

    List<ModelStep> generate(int count) {
        List<ModelStep> steps = new ArrayList<>(count);
        while (steps.size() < count) {
            steps.add(next());
        }
        return steps;
    }

    private ModelStep next() {
        int choice = random.nextInt(100);
        if (choice < 22) {
            return new ModelStep.Write(position(), length(), nextTag());
        } else if (choice < 36) {
            return new ModelStep.WriteAtCursor(length(), nextTag());
        } else if (choice < 56) {
            return new ModelStep.Read(position(), length());
        } else if (choice < 72) {
            return new ModelStep.ReadAtCursor(length());
        } else if (choice < 78) {
            return new ModelStep.Position(position());
        } else if (choice < 82) {
            return seek();
        } else if (choice < 86) {
            return new ModelStep.Truncate(position());
        } else if (choice < 89) {
            return new ModelStep.Size();
        } else if (choice < 92) {
            return new ModelStep.Flush();
        } else if (choice < 93) {
            return new ModelStep.Sync();
        } else if (choice < 94) {
            return new ModelStep.Reopen(random.nextInt(4) == 0);
        }
        return faults ? fault(choice) : new ModelStep.Size();
    }

    private ModelStep seek() {
        return switch (random.nextInt(3)) {
            case 0 -> new ModelStep.Seek(position(), Whence.SET);
            case 1 -> new ModelStep.Seek(random.nextInt(2_000) - 1_000, Whence.CUR);
            default -> new ModelStep.Seek(random.nextInt(2_000) - 1_000, Whence.END);
        };
    }

    private ModelStep fault(int choice) {
        if (choice < 97) {
            return new ModelStep.Heal();
        }
        if (random.nextInt(3) == 0) {
            StorageOperation moving = random.nextBoolean() ? StorageOperation.PREAD : StorageOperation.PWRITE;
            return new ModelStep.Shorten(moving, 1 + random.nextInt(3), 1 + random.nextInt(LARGE / 4));
        }
        StorageOperation[] operations = {
            StorageOperation.PWRITE,
            StorageOperation.PWRITE,
            StorageOperation.PREAD,
            StorageOperation.TRUNCATE,
            StorageOperation.FLUSH,
            StorageOperation.SYNC
        };
        StorageOperation operation = operations[random.nextInt(operations.length)];
        Kind[] kinds = {Kind.IO, Kind.NO_SPACE, Kind.UNAVAILABLE, Kind.THROTTLED};
        boolean lost = operation == StorageOperation.PWRITE && random.nextInt(4) == 0;
        return new ModelStep.Fail(
                operation,
                1 + random.nextInt(4),
                kinds[random.nextInt(kinds.length)],
                random.nextBoolean() ? Retry.NEVER : Retry.SAFE,
                lost);
    }

    private long position() {
        return random.nextInt(8) == 0 ? random.nextInt(2 * FILE_BYTES) : random.nextInt(FILE_BYTES);
    }

    private int length() {
        return switch (random.nextInt(10)) {
            case 0 -> 0;
            case 1, 2, 3 -> random.nextInt(LARGE);
            default -> random.nextInt(SMALL);
        };
    }

    private int nextTag() {
        tag = tag % Bytes.MAX_TAG + 1;
        return tag;
    }
}
