package io.conveyor.backend.s3;

import io.conveyor.ConveyorOpenOption;
import io.conveyor.spi.ResumeToken;
import java.nio.file.OpenOption;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the options of {@code open} mean.
 *
 * @param readable whether the handle may be read
 * @param mode whether and how it is written
 * @param create whether the object may be missing
 * @param createNew whether it must be missing
 * @param empty whether the draft starts empty
 * @param settings what is stored along with the object
 * @param left what a process that has died was uploading to the key; null if nothing
 */
record S3OpenMode(
        boolean readable,
        S3Handle.Mode mode,
        boolean create,
        boolean createNew,
        boolean empty,
        S3ObjectSettings settings,
        @Nullable S3LeftUpload left) {

    /** Whether a handle could go on with what was left: it writes, and the upload is not completed. */
    boolean mayContinue() {
        return left != null && left.putId() != null && mode != S3Handle.Mode.READ;
    }

    static S3OpenMode of(Set<? extends OpenOption> options) {
        S3ObjectSettings settings = S3ObjectSettings.none();
        S3LeftUpload left = null;
        for (OpenOption option : options) {
            if (option instanceof S3ObjectSettings given) {
                settings = given.or(settings);
            } else if (option instanceof ResumeToken token) {
                left = S3LeftUpload.of(token);
            } else if (!isKnown(option)) {
                throw new UnsupportedOperationException("the option " + option + " is not known to the S3 backend");
            }
        }
        boolean replace = options.contains(ConveyorOpenOption.ATOMIC_REPLACE);
        boolean write = options.contains(StandardOpenOption.WRITE);
        if (!write && (replace || !options.contains(StandardOpenOption.READ))) {
            throw new IllegalArgumentException(
                    options + " has neither READ nor WRITE, or ATOMIC_REPLACE without WRITE");
        }
        boolean createNew = write && options.contains(StandardOpenOption.CREATE_NEW);
        return new S3OpenMode(
                options.contains(StandardOpenOption.READ),
                replace ? S3Handle.Mode.REPLACE : write ? S3Handle.Mode.WRITE : S3Handle.Mode.READ,
                createNew || (write && options.contains(StandardOpenOption.CREATE)),
                createNew,
                replace || (write && options.contains(StandardOpenOption.TRUNCATE_EXISTING)),
                settings,
                left);
    }

    private static boolean isKnown(OpenOption option) {
        if (option instanceof StandardOpenOption standard) {
            return switch (standard) {
                case READ, WRITE, CREATE, CREATE_NEW, TRUNCATE_EXISTING, SPARSE -> true;
                case APPEND, DELETE_ON_CLOSE, SYNC, DSYNC -> false;
            };
        }
        return option == ConveyorOpenOption.ATOMIC_REPLACE;
    }
}
