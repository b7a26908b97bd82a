package io.conveyor.backend.hdfs;

import io.conveyor.backend.hdfs.HdfsErrors.Call;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.hdfs.DistributedFileSystem;
import org.apache.hadoop.hdfs.protocol.HdfsFileStatus;

/**
 * What the parts of one backend share.
 *
 * @param probe told of each step of a change that takes several
 */
record HdfsContext(
        HdfsOptions options,
        HdfsConnection connection,
        HdfsEvents events,
        HdfsLease lease,
        HdfsScatter scatter,
        StepProbe probe) {

    /** The same for one handle, whose events are counted for it alone, too. */
    HdfsContext ofHandle() {
        return new HdfsContext(options, connection, events.ofHandle(), lease, scatter, probe);
    }

    DistributedFileSystem client() throws IOException {
        return connection.client();
    }

    /**
     * The status of a file.
     *
     * @throws NoSuchFileException if there is a directory, or no place for a file; what is thrown if there is none is Hadoop's own
     */
    FileStatus file(Path path, String key) throws IOException {
        FileStatus status = ask(path, key, () -> client().getFileStatus(path));
        if (status.isDirectory()) {
            throw new NoSuchFileException(key, null, "it is a directory");
        }
        return status;
    }

    /**
     * Asks something about a file.
     *
     * @throws NoSuchFileException if there cannot be one, since its path leads through another one
     */
    <T> T ask(Path path, String key, Call<T> question) throws IOException {
        try {
            return question.run();
        } catch (IOException e) {
            if (isBelowFile(path, e)) {
                throw (IOException) new NoSuchFileException(key, null, "it would lie below a file").initCause(e);
            }
            throw e;
        }
    }

    /**
     * Whether a path leads through a file, if that may be why something failed: of such a path the namenode says mostly that access is denied.
     */
    boolean isBelowFile(Path path, IOException failure) throws IOException {
        return isBelowFile(client(), path, failure);
    }

    /** The same, for who has no more than a client. */
    static boolean isBelowFile(DistributedFileSystem client, Path path, IOException failure) throws IOException {
        if (!HdfsErrors.saysNoWay(failure)) {
            return false;
        }
        for (Path parent = path.getParent(); parent != null; parent = parent.getParent()) {
            try {
                return client.getFileStatus(parent).isFile();
            } catch (IOException e) {
                if (!HdfsErrors.saysNoWay(e) && !HdfsErrors.saysNoSuchFile(e)) {
                    throw e;
                }
            }
        }
        return false;
    }

    /** What names the file itself, whatever its path is. */
    static long fileId(FileStatus status) {
        return ((HdfsFileStatus) status).getFileId();
    }
}
