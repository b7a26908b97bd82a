package io.conveyor;

import java.util.Objects;

/**
 * What becomes of our bytes after somebody else changed the object; given to {@link Conveyor#resolve(ConflictResolution)}.
 *
 * <p>{@link #OVERWRITE} and {@link SaveAs} need the ranges that we did not touch from a version that may be gone; a backend that cannot
 * get them refuses with {@link java.nio.file.NoSuchFileException}.
 */
public sealed interface ConflictResolution {

    /** Our ranges are laid onto their version. */
    ConflictResolution REBASE = Fixed.REBASE;

    /** Our version, untouched ranges included, takes the place of theirs. */
    ConflictResolution OVERWRITE = Fixed.OVERWRITE;

    /** Our bytes are dropped, theirs stay. */
    ConflictResolution DISCARD = Fixed.DISCARD;

    /** Our version is stored under another key, theirs stays. */
    static ConflictResolution saveAs(String key) {
        return new SaveAs(key);
    }

    /** The resolutions that need no further word. */
    enum Fixed implements ConflictResolution {
        /** See {@link ConflictResolution#REBASE}. */
        REBASE,
        /** See {@link ConflictResolution#OVERWRITE}. */
        OVERWRITE,
        /** See {@link ConflictResolution#DISCARD}. */
        DISCARD
    }

    /**
     * See {@link ConflictResolution#saveAs(String)}.
     *
     * @param key where our version goes
     */
    record SaveAs(String key) implements ConflictResolution {

        /** Takes the key. */
        public SaveAs {
            Objects.requireNonNull(key, "key");
        }
    }
}
