package io.conveyor.backend.hdfs;

import io.conveyor.ConflictException;
import java.io.IOException;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.hdfs.DistributedFileSystem;
import org.jspecify.annotations.Nullable;

/**
 * One writer's hold on the lease of its file: whether it has it still, and why it can never have it again, if so.
 *
 * <p>Of a file that was completed or recovered the namenode says only that nobody has its lease. So what this writer has asked for is remembered, and
 * looked up when the answer did not come: else its own doing would be taken for somebody else's. One thread at a time, but for {@link #fileId()}.
 */
final class HdfsHold {

    private static final long NOT_ASKED_FOR = -1;

    private final HdfsContext hdfs;
    private final Path path;
    private final String key;
    private final HdfsHolders holders;

    private volatile long fileId;

    /** With which length the namenode was told to complete the file. */
    private long completing = NOT_ASKED_FOR;

    /** Whether the namenode was told to close what the broken stream has left. */
    private boolean recovering;

    private @Nullable String lost;

    HdfsHold(HdfsContext hdfs, Path path, String key, long fileId) {
        this.hdfs = hdfs;
        this.path = path;
        this.key = key;
        this.fileId = fileId;
        holders = hdfs.lease().holders();
    }

    /** The id of the file. Any thread. */
    long fileId() {
        return fileId;
    }

    /** Another file has taken the place of the one that was written, and is written from now on. */
    void follow(long otherFileId) {
        fileId = otherFileId;
    }

    /** The lease is this writer's, whoever had it before. */
    void took() {
        holders.took(fileId, this);
        completing = NOT_ASKED_FOR;
        recovering = false;
    }

    /** It is not, if it was still. */
    void gaveBack() {
        holders.gaveBack(fileId, this);
    }

    /** What this writer has may have to be given back still. */
    void owe() {
        holders.owe(path);
        holders.owe(fileId);
    }

    /** Whether it is this writer's, as far as this backend is concerned. */
    boolean isOurs() {
        return holders.holds(fileId, this);
    }

    boolean isLost() {
        return lost != null;
    }

    /** Says that it is lost for ever. */
    ConflictException lose(String why) {
        lost = why;
        return new ConflictException(key, why);
    }

    void requireNotLost() throws ConflictException {
        if (lost != null) {
            throw new ConflictException(key, lost);
        }
    }

    /** Fails for ever once another handle of this backend has taken the lease: to the namenode it is one client's. */
    void requireOurs(@Nullable IOException cause) throws ConflictException {
        if (!isOurs()) {
            lost = "another handle of this process took the lease away; what was not flushed is not in the file";
            throw new ConflictException(key, lost, false, cause);
        }
    }

    /**
     * The namenode is about to be asked to complete the file.
     *
     * @param length all of it acknowledged, so that a file of that length has all of it, whoever completed it
     */
    void completing(long length) {
        completing = length;
    }

    /**
     * Asks the namenode for the lease. Fails for ever once it has given the lease, or the path, to somebody else.
     *
     * @param cause what has failed, if anything; then it is no failure if the namenode cannot be asked
     * @return whether the lease is gone because the file was completed as this writer had asked for
     */
    boolean isCompleted(@Nullable IOException cause) throws IOException {
        requireOurs(cause);
        IOException refusal;
        boolean completed;
        try {
            refusal = refusal();
            completed = refusal != null && hasCompleteFile();
        } catch (IOException e) {
            if (cause == null) {
                throw e;
            }
            cause.addSuppressed(e);
            return false;
        }
        if (refusal != null && !completed) {
            lost = "the lease was taken away; what was not flushed is not in the file: " + HdfsErrors.text(refusal);
            throw new ConflictException(key, lost, false, cause == null ? refusal : cause);
        }
        return completed;
    }

    /**
     * Whether an earlier call, whose answer did not come or whose patience ended first, has led to what it was for. Until then the lease is ours:
     * the namenode gives it to who asked last for the recovery. If not, a recovery is what comes next.
     */
    boolean isGivenBack() throws IOException {
        if (!recovering) {
            boolean completed = isCompleted(null);
            recovering = !completed;
            return completed;
        }
        IOException refusal = refusal();
        if (refusal != null && !hdfs.client().isFileClosed(path)) {
            throw lose("somebody else took the lease when our stream had broken: " + HdfsErrors.text(refusal));
        }
        return refusal != null;
    }

    /** Why the namenode does not take this client for the holder; null if it does. */
    private @Nullable IOException refusal() throws IOException {
        try {
            hdfs.lease().requireHeld(path, fileId);
            return null;
        } catch (IOException e) {
            if (HdfsErrors.saysLeaseLost(e)) {
                return e;
            }
            throw e;
        }
    }

    private boolean hasCompleteFile() throws IOException {
        if (completing == NOT_ASKED_FOR) {
            return false;
        }
        DistributedFileSystem client = hdfs.client();
        try {
            return client.isFileClosed(path) && isWhole(client);
        } catch (IOException e) {
            if (HdfsErrors.saysNoSuchFile(e)) {
                return false;
            }
            throw e;
        }
    }

    private boolean isWhole(DistributedFileSystem client) throws IOException {
        var file = client.getFileStatus(path);
        return HdfsContext.fileId(file) == fileId && file.getLen() == completing;
    }
}
