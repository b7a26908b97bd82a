package io.conveyor.backend.hdfs;

import static java.nio.file.StandardOpenOption.READ;

import io.conveyor.Whence;
import io.conveyor.spi.StorageBackend;
import io.conveyor.spi.StorageHandle;
import io.conveyor.testkit.Bytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.OpenOption;
import java.util.Set;

/** Whole reads and writes through handles. */
final class Handles {

    private Handles() {}

    static StorageHandle open(StorageBackend backend, String key, OpenOption... options) throws IOException {
        return backend.open(key, Set.of(options));
    }

    static void write(StorageHandle handle, byte[] bytes, long offset) throws IOException {
        ByteBuffer src = ByteBuffer.wrap(bytes);
        long at = offset;
        while (src.hasRemaining()) {
            at += handle.pwrite(src, at);
        }
    }

    static void write(StorageHandle handle, String text, long offset) throws IOException {
        write(handle, Bytes.of(text), offset);
    }

    /** The whole object, as somebody sees it who opens it now. */
    static byte[] load(StorageBackend backend, String key) throws IOException {
        try (StorageHandle handle = open(backend, key, READ)) {
            return load(handle);
        }
    }

    static byte[] load(StorageHandle handle) throws IOException {
        ByteBuffer all = ByteBuffer.allocate(Math.toIntExact(handle.lseek(0, Whence.END)));
        while (all.hasRemaining() && handle.pread(all, all.position()) > 0) {
            // goes on until it is full or the end comes
        }
        return Bytes.remaining(all.flip());
    }

    static String text(StorageBackend backend, String key) throws IOException {
        return new String(load(backend, key), StandardCharsets.UTF_8);
    }
}
