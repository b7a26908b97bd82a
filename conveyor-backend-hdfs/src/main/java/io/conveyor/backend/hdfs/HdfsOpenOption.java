package io.conveyor.backend.hdfs;

import java.nio.file.OpenOption;

/** Ways to open an object that only HDFS knows. */
public enum HdfsOpenOption implements OpenOption {
    /**
     * Takes the lease of the file away from whoever holds it, and waits until its last block is recovered, up to {@link
     * HdfsOptions#leaseTimeout()}. The writer that held it fails at its next call. For a successor who knows that its predecessor is dead and
     * does not want to wait until the namenode lets the lease expire (60 s after the last renewal).
     */
    TAKE_OVER_LEASE
}
