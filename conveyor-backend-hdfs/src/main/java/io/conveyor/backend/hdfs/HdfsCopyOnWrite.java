package io.conveyor.backend.hdfs;

import io.conveyor.backend.hdfs.StepProbe.Step;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Options.Rename;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.IOUtils;

/**
 * Changes the middle of a file by writing it anew. HDFS cannot overwrite, but it can rename one file over another in one step:
 *
 * <pre>
 *   1 create a temporary file beside the old one, with its attributes      lease of the old file held
 *   2 copy the old bytes, the staged ones laid over them                    lease held
 *   3 sync and close the temporary file                                     lease held
 *   4 complete the old file                                                 the lease is given back
 *   5 check that it is still the same file, of the same length, closed
 *   6 rename the temporary file over it
 * </pre>
 *
 * <p>A crash between any two of them leaves the old file as it was, up to 5, or the new one, after 6; in the first case the temporary file
 * is left, too. Since the lease is held while bytes are copied, only who appends between 4 and 6 can be overlooked, and the check sees
 * all but the last moment of that: <b>a writer that opens the file between 5 and 6 loses the file under its hands.</b>
 */
final class HdfsCopyOnWrite {

    /** Large enough that the time goes into moving bytes, small enough for a worker's heap. */
    private static final int COPY_BYTES = 1 << 20;

    private final HdfsContext hdfs;
    private final HdfsTemporaries temporaries;
    private final Path target;
    private final String key;

    HdfsCopyOnWrite(HdfsContext hdfs, Path target, String key) {
        this.hdfs = hdfs;
        this.target = target;
        this.key = key;
        temporaries = new HdfsTemporaries(hdfs);
    }

    /** A finished copy. */
    record Copy(Path path, long fileId) {}

    /** Steps 1 to 3. If it throws, the temporary file is gone again. */
    Copy prepare(HdfsReader base, long baseSize, StagedPatches patches, long size) throws IOException {
        FileStatus old = hdfs.file(target, key);
        Path path = HdfsPaths.temporary(target, "copy");
        FSDataOutputStream out = temporaries.createOrDiscard(path, old);
        try {
            HdfsStream copy = new HdfsStream(out, old.getBlockSize(), hdfs.events());
            try {
                temporaries.keepAttributes(old, path);
                hdfs.probe().after(Step.CREATED);
                merge(base, baseSize, patches, size, copy);
                hdfs.probe().after(Step.COPIED);
                copy.sync();
                copy.close();
            } catch (IOException e) {
                IOUtils.closeStream(copy);
                throw e;
            }
            hdfs.probe().after(Step.SYNCED);
            return new Copy(path, HdfsContext.fileId(hdfs.client().getFileStatus(path)));
        } catch (IOException e) {
            temporaries.discard(path);
            throw e;
        }
    }

    private void merge(HdfsReader base, long baseSize, StagedPatches patches, long size, HdfsStream copy)
            throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(COPY_BYTES, size));
        for (long offset = 0; offset < size; offset += buffer.limit()) {
            window(buffer, (int) Math.min(buffer.capacity(), size - offset), base, baseSize, offset);
            patches.overlay(buffer, offset);
            copy.append(buffer);
            hdfs.events().copied(buffer.limit());
        }
    }

    /** Fills the buffer with the old bytes, and with zeros behind their end. */
    private static void window(ByteBuffer buffer, int count, HdfsReader base, long baseSize, long offset)
            throws IOException {
        int stored = (int) Math.max(0, Math.min(count, baseSize - offset));
        buffer.clear().limit(stored);
        base.readFully(buffer, offset);
        buffer.limit(count);
        while (buffer.hasRemaining()) {
            buffer.put((byte) 0);
        }
        buffer.flip();
    }

    /** Steps 5 and 6; the caller did step 4. If it throws, the temporary file is gone, and the old one is in its place. */
    void publish(Copy copy, long fileId, long length) throws IOException {
        try {
            hdfs.probe().after(Step.COMPLETED);
            temporaries.requireUnchanged(target, key, fileId, length);
            hdfs.probe().after(Step.CHECKED);
            temporaries.rename(copy.path(), copy.fileId(), target, Rename.OVERWRITE);
        } catch (IOException e) {
            temporaries.discard(copy.path());
            throw e;
        }
        hdfs.events().copiedOnWrite();
        hdfs.probe().after(Step.RENAMED);
    }

    /** Drops a copy that will not be published. */
    void discard(Copy copy) {
        temporaries.discard(copy.path());
    }
}
