package io.conveyor.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.ObjectAttributes;
import io.conveyor.Whence;
import io.conveyor.spi.StorageBackend;
import io.conveyor.spi.StorageCapabilities;
import io.conveyor.spi.StorageHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.OpenOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the cases of {@link StorageBackendContract} stand on: the backend of the test, and whole reads and writes. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
abstract class StorageContractBase {

    private static final int CHUNK_BYTES = 64 << 10;

    private final List<StorageHandle> handles = new CopyOnWriteArrayList<>();
    private @Nullable StorageBackend backend;

    /**
     * A backend over a store (or a part of one, such as a fresh prefix) that holds no object. Called once for each test; the contract closes
     * it.
     */
    protected abstract StorageBackend newBackend() throws Exception;

    /** How many bytes a large object has here: more than one request of the store carries. By default 3 MiB and a bit. */
    protected int largeBytes() {
        return (3 << 20) + 4321;
    }

    /** How many objects a long listing has here: more than one page of the store's answer, by default 120. */
    protected int longListing() {
        return 120;
    }

    /**
     * Whether a hole of some gigabytes takes no more time and space than the few bytes around it, as in a sparse file; by default true. False where
     * a hole is stored, or sent, as zeros: offsets of more than 32 bits are then not tried.
     */
    protected boolean holesAreFree() {
        return true;
    }

    /**
     * Whether two keys that look alike, differing in case or in the form of an accent, are two objects here; by default they are where {@link
     * StorageBackend#canonicalKey} tells them apart. A store whose names are somebody else's to compare, as on the file systems of macOS and Windows, says
     * what is true of the one that the test runs on.
     */
    protected boolean tellsApart(String key, String alike) {
        return !backend().canonicalKey(key).equals(backend().canonicalKey(alike));
    }

    /** The backend of this test. */
    protected final StorageBackend backend() {
        if (backend == null) {
            throw new IllegalStateException("the backend exists only while a test runs");
        }
        return backend;
    }

    @BeforeEach
    final void openTheBackend() throws Exception {
        backend = newBackend();
    }

    @AfterEach
    final void closeTheBackend() throws Exception {
        for (StorageHandle handle : handles) {
            handle.abort();
        }
        backend().close();
    }

    /** An implementation that overrides a case without {@code @Test}, or disables one without a reason, fails here. */
    @Test
    final void noCaseOfTheContractIsLost() {
        ContractCompleteness.check(getClass());
    }

    final StorageCapabilities capabilities() {
        return backend().capabilities();
    }

    /** Opens an object; what a test leaves open is aborted after it. */
    final StorageHandle open(String key, OpenOption... options) throws IOException {
        StorageHandle handle = backend().open(key, Set.of(options));
        handles.add(handle);
        return handle;
    }

    final StorageHandle create(String key) throws IOException {
        return open(key, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
    }

    /** Stores an object, visible to everybody. */
    final void store(String key, byte[] content) throws IOException {
        try (StorageHandle handle =
                open(key, StandardOpenOption.WRITE, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING)) {
            write(handle, content, 0);
            handle.flush();
        }
    }

    final void store(String key, String content) throws IOException {
        store(key, Bytes.of(content));
    }

    /** What everybody sees of an object. */
    final byte[] load(String key) throws IOException {
        try (StorageHandle handle = open(key, StandardOpenOption.READ)) {
            return readAll(handle);
        }
    }

    final String loadText(String key) throws IOException {
        return text(load(key));
    }

    static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    static void write(StorageHandle handle, byte[] bytes, long offset) throws IOException {
        write(handle, ByteBuffer.wrap(bytes), offset);
    }

    static void write(StorageHandle handle, String text, long offset) throws IOException {
        write(handle, Bytes.of(text), offset);
    }

    /** Writes all of {@code src}, in as many calls as the backend needs. */
    static void write(StorageHandle handle, ByteBuffer src, long offset) throws IOException {
        long at = offset;
        while (src.hasRemaining()) {
            int before = src.position();
            int count = handle.pwrite(src, at);
            assertThat(count).as("bytes that pwrite took").isPositive();
            assertThat(src.position()).as("position after pwrite").isEqualTo(before + count);
            at += count;
        }
    }

    /** Reads from {@code offset} until {@code length} bytes are there or the end comes, in as many calls as the backend needs. */
    static byte[] read(StorageHandle handle, long offset, int length) throws IOException {
        ByteBuffer dst = ByteBuffer.allocate(length);
        fill(handle, dst, offset);
        return Bytes.remaining(dst.flip());
    }

    static void fill(StorageHandle handle, ByteBuffer dst, long offset) throws IOException {
        long at = offset;
        while (dst.hasRemaining()) {
            int count = handle.pread(dst, at);
            if (count < 0) {
                return;
            }
            assertThat(count).as("bytes that pread gave").isPositive();
            at += count;
        }
    }

    static byte[] readAll(StorageHandle handle) throws IOException {
        int size = Math.toIntExact(handle.lseek(0, Whence.END));
        ByteBuffer all = ByteBuffer.allocate(size + 1); // one more, to see that the end comes where it was said to be
        while (all.position() < size) {
            int limit = Math.min(all.capacity(), all.position() + CHUNK_BYTES);
            int count = handle.pread(all.limit(limit), all.position());
            assertThat(count)
                    .as("bytes that pread gave at " + all.position() + " of " + size)
                    .isPositive();
        }
        assertThat(handle.pread(all.limit(size + 1), size))
                .as("pread at the end")
                .isEqualTo(-1);
        return Bytes.remaining(all.flip());
    }

    final List<String> keys(String prefix) throws IOException {
        try (Stream<ObjectAttributes> listing = backend().list(prefix)) {
            return new ArrayList<>(listing.map(ObjectAttributes::key).sorted().toList());
        }
    }
}
