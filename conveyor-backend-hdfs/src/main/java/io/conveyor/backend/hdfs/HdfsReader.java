package io.conveyor.backend.hdfs;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.hadoop.fs.ByteBufferPositionedReadable;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.hdfs.client.HdfsDataInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Positional reads of one path, by any number of threads, through one input stream of Hadoop's.
 *
 * <p>Such a stream knows the blocks and the length that the file had when it was opened. So it is opened anew when somebody asks beyond
 * that length, after {@link #invalidate()}, and once after a failure, since blocks move and files are replaced. A stream that is
 * replaced is closed when its last read has ended.
 */
final class HdfsReader implements Closeable {

    private final HdfsConnection connection;
    private final Path path;

    @GuardedBy("this")
    private @Nullable Stream current;

    @GuardedBy("this")
    private boolean closed;

    HdfsReader(HdfsConnection connection, Path path) {
        this.connection = connection;
        this.path = path;
    }

    /**
     * Reads what {@code dst} has room for, unless the end comes first; the position of {@code dst} moves by what was read.
     *
     * @return bytes read, or -1 at or past the end as the store shows it now
     */
    int read(ByteBuffer dst, long offset) throws IOException {
        IOException first;
        Stream stream = acquire(offset);
        try {
            return stream.read(dst, offset);
        } catch (IOException e) {
            retire(stream);
            first = e;
        } finally {
            release(stream);
        }
        return readAgain(dst, offset, first);
    }

    /** The second and last try: what fails on fresh locations fails. */
    private int readAgain(ByteBuffer dst, long offset, IOException first) throws IOException {
        try {
            Stream stream = acquire(offset);
            try {
                return stream.read(dst, offset);
            } finally {
                release(stream);
            }
        } catch (IOException e) {
            if (e != first) {
                e.addSuppressed(first);
            }
            throw e;
        }
    }

    /**
     * Fills {@code dst} from {@code offset}.
     *
     * @throws EOFException if the store shows fewer bytes than the caller knows to be there
     */
    void readFully(ByteBuffer dst, long offset) throws IOException {
        long at = offset;
        while (dst.hasRemaining()) {
            int count = read(dst, at);
            if (count < 0) {
                throw new EOFException(path + " ends at " + at + ", although more was acknowledged");
            }
            at += count;
        }
    }

    /** The length that the store shows now, bytes that were flushed into an open file included. */
    synchronized long length() throws IOException {
        invalidate();
        return open().length;
    }

    /** Forgets blocks and length: the file was changed by us, or may have been by others. */
    synchronized void invalidate() {
        if (current != null) {
            retire(current);
        }
    }

    private synchronized Stream acquire(long offset) throws IOException {
        Stream stream = open();
        if (offset >= stream.length) {
            retire(stream);
            stream = open();
        }
        stream.users++;
        return stream;
    }

    private synchronized void release(Stream stream) {
        stream.users--;
        stream.closeIfUnused();
    }

    private synchronized void retire(Stream stream) {
        stream.retired = true;
        if (current == stream) {
            current = null;
        }
        stream.closeIfUnused();
    }

    @GuardedBy("this")
    private Stream open() throws IOException {
        if (closed) {
            throw new IOException("the reader of " + path + " is closed");
        }
        if (current == null) {
            current = new Stream(connection.client().open(path));
        }
        return current;
    }

    @Override
    public synchronized void close() {
        closed = true;
        invalidate();
    }

    /** One input stream; its counters are guarded by the reader. */
    private static final class Stream {

        private final FSDataInputStream in;
        private final long length;
        private final boolean readsBuffers;
        private int users;
        private boolean retired;

        Stream(FSDataInputStream in) {
            this.in = in;
            length = ((HdfsDataInputStream) in).getVisibleLength();
            readsBuffers = in.getWrappedStream() instanceof ByteBufferPositionedReadable;
        }

        int read(ByteBuffer dst, long offset) throws IOException {
            if (offset >= length) {
                return -1;
            }
            ByteBuffer window = dst.duplicate();
            window.limit(dst.position() + (int) Math.min(dst.remaining(), length - offset));
            int count = readsBuffers ? in.read(offset, window) : readBytes(window, offset);
            if (count > 0) {
                dst.position(dst.position() + count);
            }
            return count;
        }

        private int readBytes(ByteBuffer window, long offset) throws IOException {
            byte[] bytes = new byte[Math.min(window.remaining(), 64 << 10)];
            int count = in.read(offset, bytes, 0, bytes.length);
            if (count > 0) {
                window.put(bytes, 0, count);
            }
            return count;
        }

        void closeIfUnused() {
            if (retired && users == 0) {
                try {
                    in.close();
                } catch (IOException ignored) {
                    // nothing was written through it
                }
            }
        }
    }
}
