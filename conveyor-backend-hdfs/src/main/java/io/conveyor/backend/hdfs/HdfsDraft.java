package io.conveyor.backend.hdfs;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.conveyor.ConflictException;
import io.conveyor.backend.hdfs.StepProbe.Step;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Options.Rename;
import org.apache.hadoop.fs.Path;
import org.jspecify.annotations.Nullable;

/** A whole new content under a temporary name, beside the file that it is to replace. Any thread; one publishes it at a time. */
final class HdfsDraft {

    /** What the options of the open demand of the target when the draft is published. */
    enum Expectation {
        /** Nothing: the draft takes the place of whatever is there. */
        ANYTHING,
        /** There must be a file. */
        EXISTS,
        /** There must be none. */
        ABSENT
    }

    private final HdfsContext hdfs;
    private final HdfsTemporaries temporaries;
    private final Path temporary;
    private final Path target;
    private final String key;
    private final Expectation expectation;
    private final boolean replaces;
    private final Runnable onPublished;
    private volatile boolean published;

    @GuardedBy("this")
    private long attempted;

    /**
     * A draft.
     *
     * @param replaces whether it was made like a file that was there
     */
    HdfsDraft(
            HdfsContext hdfs,
            Path temporary,
            Path target,
            String key,
            Expectation expectation,
            boolean replaces,
            Runnable onPublished) {
        this.hdfs = hdfs;
        this.temporary = temporary;
        this.target = target;
        this.key = key;
        this.expectation = expectation;
        this.replaces = replaces;
        this.onPublished = onPublished;
        temporaries = new HdfsTemporaries(hdfs);
    }

    boolean isPublished() {
        return published;
    }

    /** The same; but if it is being published, what becomes of that. */
    synchronized boolean isPublishedByNow() {
        return published;
    }

    /**
     * Puts the draft in its place, durably and in one step; a file that was there gives it its attributes. After a failure the draft is as
     * before.
     *
     * @throws ConflictException if the target is not as the options of the open demand, or somebody is writing to it
     */
    synchronized void publish(HdfsWriter writer) throws IOException {
        if (published) {
            return;
        }
        if (attempted != 0 && temporaries.isAt(target, attempted)) {
            succeeded();
            return;
        }
        writer.sync();
        hdfs.probe().after(Step.SYNCED);
        long fileId = writer.complete();
        hdfs.probe().after(Step.COMPLETED);
        HdfsErrors.run("commit", key, () -> {
            prepare(target());
            hdfs.probe().after(Step.CHECKED);
        });
        attempted = fileId;
        HdfsErrors.run("commit", key, () -> rename(fileId));
        succeeded();
        hdfs.probe().after(Step.RENAMED);
    }

    private void succeeded() {
        published = true;
        onPublished.run();
    }

    private @Nullable FileStatus target() throws IOException {
        try {
            return hdfs.client().getFileStatus(target);
        } catch (IOException e) {
            if (HdfsErrors.saysNoSuchFile(e)) {
                return null;
            }
            throw e;
        }
    }

    private void prepare(@Nullable FileStatus old) throws IOException {
        if (old == null) {
            if (expectation == Expectation.EXISTS) {
                throw new ConflictException(key, "somebody deleted it");
            }
            if (replaces) {
                temporaries.openUp(temporary);
            }
            return;
        }
        if (old.isDirectory()) {
            throw new FileAlreadyExistsException(key, null, "it is a directory");
        }
        if (expectation == Expectation.ABSENT) {
            throw new ConflictException(key, "somebody created it");
        }
        temporaries.requireClosed(target, key);
        temporaries.keepAttributes(old, temporary);
    }

    private void rename(long fileId) throws IOException {
        try {
            temporaries.rename(
                    temporary, fileId, target, expectation == Expectation.ABSENT ? Rename.NONE : Rename.OVERWRITE);
        } catch (IOException e) {
            if (HdfsErrors.saysFileExists(e)) {
                throw new ConflictException(key, "somebody created it", false, e);
            }
            throw e;
        }
    }

    /** Deletes the draft if it was not published. */
    void discard() {
        if (!published) {
            temporaries.discard(temporary);
        }
    }
}
