package io.conveyor.backend.hdfs;

import io.conveyor.Extent;
import io.conveyor.StorageException;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import io.conveyor.Whence;
import io.conveyor.spi.ResumeToken;
import io.conveyor.spi.StorageHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.hadoop.fs.Path;
import org.jspecify.annotations.Nullable;

/**
 * An open file. Reads go through {@link HdfsReader}, changes through {@link HdfsWriter}, if it was opened for writing; a whole-object
 * replace is a writer on a temporary file, and an {@link HdfsDraft} that puts it in its place.
 */
final class HdfsHandle implements StorageHandle {

    private final HdfsContext hdfs;
    private final String key;
    private final boolean readable;
    private final @Nullable HdfsWriter writer;
    private final @Nullable HdfsDraft draft;
    private final @Nullable String leaseHolder;
    private final Consumer<HdfsHandle> onClose;
    private final HdfsReader reader;

    /** Of the place that a draft takes. */
    private final @Nullable HdfsReader published;

    private volatile boolean closed;

    private HdfsHandle(
            HdfsContext hdfs,
            String key,
            Path path,
            boolean readable,
            HdfsReader reader,
            @Nullable HdfsWriter writer,
            @Nullable HdfsDraft draft,
            @Nullable String leaseHolder,
            Consumer<HdfsHandle> onClose) {
        this.hdfs = hdfs;
        this.key = key;
        this.readable = readable;
        this.reader = reader;
        this.writer = writer;
        this.draft = draft;
        this.leaseHolder = leaseHolder;
        this.onClose = onClose;
        published = draft == null ? null : new HdfsReader(hdfs.connection(), path);
    }

    static HdfsHandle forReading(HdfsContext hdfs, String key, Path path, Consumer<HdfsHandle> onClose) {
        return new HdfsHandle(
                hdfs, key, path, true, new HdfsReader(hdfs.connection(), path), null, null, null, onClose);
    }

    static HdfsHandle forWriting(
            HdfsContext hdfs,
            String key,
            Path path,
            boolean readable,
            HdfsReader reader,
            HdfsWriter writer,
            @Nullable HdfsDraft draft,
            @Nullable String leaseHolder,
            Consumer<HdfsHandle> onClose) {
        return new HdfsHandle(hdfs, key, path, readable, reader, writer, draft, leaseHolder, onClose);
    }

    String key() {
        return key;
    }

    /** Somebody in this process changed the file: what a reader knows of it is old. */
    void invalidate(@Nullable HdfsReader by) {
        if (reader != by && draft == null) {
            reader.invalidate();
        }
    }

    @Override
    public int pread(ByteBuffer dst, long offset) throws IOException {
        requireReadable();
        if (dst.isReadOnly()) {
            throw new IllegalArgumentException("the destination of a read is a read-only buffer");
        }
        if (!dst.hasRemaining()) {
            return 0;
        }
        return HdfsErrors.call("pread", key, extent(offset, dst.remaining()), () -> read(dst, offset));
    }

    private int read(ByteBuffer dst, long offset) throws IOException {
        HdfsWriter unpublished = unpublished();
        if (unpublished == null) {
            return reader().read(dst, offset);
        }
        try {
            return unpublished.read(dst, offset);
        } catch (IOException e) {
            if (draft != null && draft.isPublishedByNow()) {
                // it took its place under this read
                return reader().read(dst, offset);
            }
            throw e;
        }
    }

    /** Of where the bytes are: a draft that is published has left its place. */
    private HdfsReader reader() {
        HdfsReader other = published;
        return other != null && isPublished() ? other : reader;
    }

    private static Extent extent(long offset, long length) {
        return new Extent(offset, Math.min(length, Long.MAX_VALUE - offset));
    }

    @Override
    public long pread(ByteBuffer[] dsts, long offset) throws IOException {
        requireReadable();
        if (isFilledByOne(dsts)) {
            return StorageHandle.super.pread(dsts, offset);
        }
        if (unpublished() != null) {
            return hdfs.scatter().read(dsts, whole -> pread(whole, offset));
        }
        return HdfsErrors.call(
                "pread",
                key,
                extent(offset, HdfsScatter.room(dsts)),
                () -> reader().read(dsts, offset, hdfs.scatter()));
    }

    @Override
    public void restReads() {
        reader().rest();
    }

    /** Who may have what is read, unless what was written is published, or nothing is. */
    private @Nullable HdfsWriter unpublished() {
        return isPublished() ? null : writer;
    }

    /** Whether one buffer at most has room. */
    private static boolean isFilledByOne(ByteBuffer[] dsts) {
        return Arrays.stream(dsts).filter(ByteBuffer::hasRemaining).count() <= 1;
    }

    @Override
    public int pwrite(ByteBuffer src, long offset) throws IOException {
        HdfsWriter writer = writer();
        if (isPublished()) {
            throw new StorageException(
                    Kind.UNSUPPORTED,
                    Retry.NEVER,
                    "pwrite",
                    key,
                    null,
                    "the draft is published; open the object anew",
                    null);
        }
        return src.hasRemaining() ? writer.write(src, offset) : 0;
    }

    @Override
    public long lseek(long offset, Whence whence) throws IOException {
        requireOpen();
        long size = size();
        return switch (whence) {
            case END -> size + offset;
            case DATA -> offset < size ? offset : -1;
            case HOLE -> offset < size ? size : -1;
            default -> throw new IllegalArgumentException("lseek from " + whence + " is the engine's to answer");
        };
    }

    private long size() throws IOException {
        HdfsWriter unpublished = unpublished();
        if (unpublished != null) {
            return unpublished.size();
        }
        return HdfsErrors.call("lseek", key, () -> reader().length());
    }

    @Override
    public long recoveries() {
        return writer == null ? 0 : hdfs.events().recoveries();
    }

    @Override
    public void truncate(long size) throws IOException {
        writer().truncate(size);
    }

    @Override
    public void flush() throws IOException {
        HdfsWriter writer = writer();
        if (!isPublished()) {
            writer.flush();
        }
    }

    @Override
    public void sync() throws IOException {
        HdfsWriter writer = writer();
        if (!isPublished()) {
            writer.sync();
        }
    }

    @Override
    public void commit() throws IOException {
        HdfsWriter writer = writer();
        if (draft == null) {
            writer.sync();
            return;
        }
        if (isPublished()) {
            return;
        }
        draft.publish(writer);
        reader.close();
    }

    private boolean isPublished() {
        return draft != null && draft.isPublished();
    }

    /** The file's id: it stays while the file is appended to, and is another one when the file was replaced. */
    @Override
    public @Nullable String version() {
        return writer == null || draft != null ? null : Long.toString(writer.fileId());
    }

    /** Who holds the lease, so that it can be taken away if this process is known to be dead. */
    @Override
    public Optional<ResumeToken> resumeToken() {
        return Optional.ofNullable(leaseHolder).map(holder -> ResumeToken.of(holder.getBytes(StandardCharsets.UTF_8)));
    }

    @Override
    public void abort() throws IOException {
        close();
    }

    @Override
    public void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        onClose.accept(this);
        try {
            if (writer != null) {
                writer.release();
            }
        } finally {
            reader.close();
            if (published != null) {
                published.close();
            }
            if (draft != null) {
                draft.discard();
            }
        }
    }

    private HdfsWriter writer() throws ClosedChannelException {
        requireOpen();
        if (writer == null) {
            throw new NonWritableChannelException();
        }
        return writer;
    }

    private void requireReadable() throws ClosedChannelException {
        requireOpen();
        if (!readable) {
            throw new NonReadableChannelException();
        }
    }

    private void requireOpen() throws ClosedChannelException {
        if (closed) {
            throw new ClosedChannelException();
        }
    }
}
