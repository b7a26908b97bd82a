package io.conveyor.core.journal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/** What the files of a journal ask of the disk that may be full, or lose what it was given. Any thread; both block for the disk. */
public interface JournalDisk {

    /** The disk that the files are on. */
    JournalDisk REAL = new JournalDisk() {
        @Override
        public void fill(FileChannel file, int bytes) throws IOException {
            ByteBuffer zeros = ByteBuffer.allocateDirect(bytes);
            while (zeros.hasRemaining()) {
                file.write(zeros);
            }
        }

        @Override
        public void force(Path file, MappedByteBuffer mapping) {
            try {
                mapping.force();
            } catch (UncheckedIOException failure) {
                throw new UncheckedIOException(file + " could not be forced to its disk", failure.getCause());
            }
        }
    };

    /**
     * Writes a new file full of zeros, so that its blocks exist.
     *
     * @throws IOException if there is no space for them, or the disk fails
     */
    void fill(FileChannel file, int bytes) throws IOException;

    /**
     * Returns when the disk has what was stored in a mapped file.
     *
     * @param file its name
     * @throws UncheckedIOException if it could not be written
     */
    void force(Path file, MappedByteBuffer mapping);
}
