package io.conveyor.backend.posix;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/** How a file or a directory is made to survive a power cut. A seam: tests count the calls, and make them fail. */
@FunctionalInterface
interface Durability {

    /** {@code fsync(2)}, or {@code fdatasync(2)} without metadata. */
    Durability FSYNC = (channel, metadata, path) -> channel.force(metadata);

    /**
     * Returns when the channel's file is durable.
     *
     * @param metadata whether its times and permissions matter too; its size always does
     * @param path which file it is
     */
    void force(FileChannel channel, boolean metadata, Path path) throws IOException;

    /** As {@link #force}, although the thread may be interrupted: its flag waits until the call is over. */
    default void forceUninterruptibly(FileChannel channel, boolean metadata, Path path) throws IOException {
        boolean interrupted = Thread.interrupted();
        try {
            force(channel, metadata, path);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
