package io.conveyor.backend.hdfs;

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
     * @throws NoSuchFileException if there is none, or a directory
     */
    FileStatus file(Path path, String key) throws IOException {
        FileStatus status = client().getFileStatus(path);
        if (status.isDirectory()) {
            throw new NoSuchFileException(key, null, "it is a directory");
        }
        return status;
    }

    /** What names the file itself, whatever its path is. */
    static long fileId(FileStatus status) {
        return ((HdfsFileStatus) status).getFileId();
    }
}
