package io.conveyor.backend.hdfs;

import java.io.IOException;

/** Told when a step of a change that takes several is done; a test stops the process there. */
@FunctionalInterface
interface StepProbe {

    /** What a copy-on-write, or the publication of a draft, consists of. */
    enum Step {
        /** The temporary file is there, empty, with the attributes of the old one. */
        CREATED,
        /** It has all its bytes. */
        COPIED,
        /** They are durable, and the temporary file is closed. */
        SYNCED,
        /** The old file is closed, its lease given back. */
        COMPLETED,
        /** Nobody else has changed the old file. */
        CHECKED,
        /** The new file has taken the place of the old one. */
        RENAMED
    }

    /** Nobody listens. */
    StepProbe NONE = step -> {};

    void after(Step step) throws IOException;
}
