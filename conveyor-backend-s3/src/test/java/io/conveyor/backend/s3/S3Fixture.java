package io.conveyor.backend.s3;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.Whence;
import io.conveyor.spi.StorageHandle;
import io.conveyor.testkit.Bytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.OpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the tests of drafts and commits share: a store in memory, a backend over it that does not wait between tries, and bytes. */
final class S3Fixture {

    static final int MIB = 1 << 20;
    static final String KEY = "object";

    final FakeS3 store = new FakeS3();
    final S3Backend backend;

    S3Fixture() throws IOException {
        this(S3Options.builder("bucket"));
    }

    S3Fixture(S3Options.Builder options) throws IOException {
        backend = S3Backend.create(quick(options.client(store)).build());
    }

    static S3Options.Builder options() {
        return S3Options.builder("bucket").partBytes(5 * MIB).singlePutBytes(5 * MIB);
    }

    private static S3Options.Builder quick(S3Options.Builder options) {
        return options.backoff(Duration.ZERO).throttledBackoff(Duration.ZERO);
    }

    StorageHandle open(OpenOption... options) throws IOException {
        return backend.open(KEY, Set.of(options));
    }

    StorageHandle update() throws IOException {
        return open(READ, WRITE);
    }

    StorageHandle create() throws IOException {
        return open(READ, WRITE, CREATE);
    }

    /** Bytes that are different for each seed, and at each offset. */
    static byte[] random(int seed, int length) {
        return Bytes.at(0, length, seed + 1);
    }

    /** Compares without saying megabytes, and quickly. */
    static void assertSame(byte @Nullable [] actual, byte @Nullable [] expected) {
        if (!Arrays.equals(actual, expected)) {
            assertThat(Bytes.difference(
                            expected == null ? new byte[0] : expected, actual == null ? new byte[0] : actual, 0))
                    .as("difference")
                    .isEmpty();
            assertThat(actual == null).as("there is no object").isEqualTo(expected == null);
        }
    }

    static void write(StorageHandle handle, byte[] bytes, long offset) throws IOException {
        ByteBuffer src = ByteBuffer.wrap(bytes);
        while (src.hasRemaining()) {
            handle.pwrite(src, offset + src.position());
        }
    }

    /** As {@link #write}, with the word that nothing comes behind it. */
    static void writeLast(StorageHandle handle, byte[] bytes, long offset) throws IOException {
        ByteBuffer src = ByteBuffer.wrap(bytes);
        while (src.hasRemaining()) {
            handle.pwriteLast(new ByteBuffer[] {src}, offset + src.position());
        }
    }

    static byte[] read(StorageHandle handle, long offset, int length) throws IOException {
        ByteBuffer dst = ByteBuffer.allocate(length);
        int count = 0;
        while (dst.hasRemaining() && count >= 0) {
            count = handle.pread(dst, offset + dst.position());
        }
        byte[] bytes = new byte[dst.position()];
        dst.flip().get(bytes);
        return bytes;
    }

    /** What a caller does to its buffers once a call has returned: all their bytes are other ones. */
    static void spoil(ByteBuffer[] buffers) {
        for (ByteBuffer each : buffers) {
            each.clear();
            while (each.hasRemaining()) {
                each.put((byte) 0x55);
            }
        }
    }

    static byte[] readAll(StorageHandle handle) throws IOException {
        return read(handle, 0, Math.toIntExact(handle.lseek(0, Whence.END)));
    }

    /** {@code base} with {@code patch} laid over it. */
    static byte[] patched(byte[] base, byte[] patch, int offset) {
        byte[] all = Arrays.copyOf(base, Math.max(base.length, offset + patch.length));
        System.arraycopy(patch, 0, all, offset, patch.length);
        return all;
    }
}
