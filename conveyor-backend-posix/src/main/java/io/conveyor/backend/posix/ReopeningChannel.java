package io.conveyor.backend.posix;

import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Positional calls on one file that outlive an interrupt. Java closes a {@link FileChannel} when a thread that is in it, or comes to it, is
 * interrupted; everybody else then meets a closed channel. Here they open the file anew and repeat their call, which is positional and
 * therefore has no further effect.
 *
 * <p>A read ends with {@link InterruptedIOException} for the thread that was interrupted, and for no other. Changing calls put the interrupt
 * off until they are done. <b>Threads.</b> Any number at once. <b>Buffers.</b> Only {@code position} moves, by the bytes transferred.
 * Those on the heap travel in slices of at most {@value #SLICE_BYTES} bytes, because the JDK keeps a direct copy per thread as large as the
 * largest it ever needed.
 */
final class ReopeningChannel implements Closeable {

    /** The largest piece of a heap buffer that goes to the JDK in one call. */
    static final int SLICE_BYTES = 1 << 20;

    /**
     * How often one call opens the file anew. Each time another thread was interrupted within the microseconds that this call took; so many in
     * a row are an error somewhere else.
     */
    static final int MAX_ATTEMPTS = 1_000;

    /** Opens the file again: the same file, or it throws. */
    @FunctionalInterface
    interface Opener {
        FileChannel open() throws IOException;
    }

    private final Opener opener;

    private volatile @Nullable FileChannel channel;

    private volatile boolean closed;

    private ReopeningChannel(Opener opener, @Nullable FileChannel first) {
        this.opener = opener;
        this.channel = first;
    }

    /** Begins with a channel that is already open. */
    static ReopeningChannel of(FileChannel first, Opener opener) {
        return new ReopeningChannel(opener, first);
    }

    /** Opens the file at the first call, and holds no descriptor until then. */
    static ReopeningChannel lazy(Opener opener) {
        return new ReopeningChannel(opener, null);
    }

    /**
     * Reads until the buffer is full, the file ends or the platform gives less than it was asked for.
     *
     * @return bytes read, or -1 at or past the end
     * @throws InterruptedIOException if this thread is interrupted; its flag stays
     */
    int read(ByteBuffer dst, long position) throws IOException {
        if (dst.isDirect() || dst.remaining() <= SLICE_BYTES) {
            return readOnce(dst, position);
        }
        return transfer(dst, position, this::readOnce);
    }

    /**
     * Writes until the buffer is empty or the platform takes less than it was given.
     *
     * @return bytes written
     */
    int write(ByteBuffer src, long position) throws IOException {
        return transfer(src, position, this::writeOnce);
    }

    private static int transfer(ByteBuffer buffer, long position, Transfer transfer) throws IOException {
        int limit = buffer.limit();
        int total = 0;
        try {
            while (buffer.position() < limit) {
                int wanted = limitToSlice(buffer, limit);
                int count = transfer.once(buffer, position + total);
                if (count < 0) {
                    return total == 0 ? count : total;
                }
                total += count;
                if (count < wanted) {
                    break;
                }
            }
            return total;
        } finally {
            buffer.limit(limit);
        }
    }

    private static int limitToSlice(ByteBuffer buffer, int limit) {
        int length = limit - buffer.position();
        int wanted = buffer.isDirect() ? length : Math.min(length, SLICE_BYTES);
        buffer.limit(buffer.position() + wanted);
        return wanted;
    }

    private int readOnce(ByteBuffer dst, long position) throws IOException {
        int start = dst.position();
        for (int attempt = 1; ; attempt++) {
            // Asked before the channel is, which it would cost.
            if (Thread.currentThread().isInterrupted()) {
                throw interrupted(null);
            }
            try {
                return current().read(dst, position);
            } catch (ClosedByInterruptException e) {
                dst.position(start);
                reopenAtOnce(e);
                throw interrupted(e);
            } catch (ClosedChannelException e) {
                dst.position(start);
                giveUpIfClosed(e, attempt);
            }
        }
    }

    /** The file may have no name by the next call, and without a descriptor its inode would become another file's. */
    private void reopenAtOnce(ClosedByInterruptException interrupt) {
        try {
            current();
        } catch (IOException laterPerhaps) {
            // the next call tries again, and is told
            interrupt.addSuppressed(laterPerhaps);
        }
    }

    private static InterruptedIOException interrupted(@Nullable ClosedByInterruptException cause) {
        InterruptedIOException interrupted = new InterruptedIOException("the reading thread was interrupted");
        if (cause != null) {
            interrupted.initCause(cause);
        }
        return interrupted;
    }

    private int writeOnce(ByteBuffer src, long position) throws IOException {
        int start = src.position();
        return uninterruptibly(current -> {
            // An interrupt may have come after the bytes were written and the position had moved.
            src.position(start);
            return current.write(src, position);
        });
    }

    /** The file's size. */
    long size() throws IOException {
        return uninterruptibly(FileChannel::size);
    }

    /** Cuts the file. */
    void truncate(long size) throws IOException {
        uninterruptibly(current -> current.truncate(size));
    }

    /**
     * Makes the file durable. Not repeated when it fails, in whatever way: a second success would prove nothing.
     *
     * @throws IOException also if an interrupt or {@link #close()} hid the outcome
     */
    void force(Durability durability, boolean metadata, Path path) throws IOException {
        try {
            durability.forceUninterruptibly(current(), metadata, path);
        } catch (ClosedChannelException e) {
            if (closed) {
                throw e;
            }
            throw new IOException("interrupted before the outcome was known", e);
        }
    }

    private <T> T uninterruptibly(Call<T> call) throws IOException {
        boolean interrupted = false;
        try {
            for (int attempt = 1; ; attempt++) {
                interrupted |= Thread.interrupted();
                try {
                    return call.on(current());
                } catch (ClosedChannelException e) {
                    giveUpIfClosed(e, attempt);
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void giveUpIfClosed(ClosedChannelException e, int attempt) throws IOException {
        if (closed) {
            throw e;
        }
        if (attempt == MAX_ATTEMPTS) {
            throw new IOException("interrupts closed the file " + attempt + " times in a row", e);
        }
    }

    private FileChannel current() throws IOException {
        FileChannel current = channel;
        return current != null && current.isOpen() ? current : reopened();
    }

    private synchronized FileChannel reopened() throws IOException {
        if (closed) {
            throw new ClosedChannelException();
        }
        FileChannel current = channel;
        if (current == null || !current.isOpen()) {
            current = opener.open();
            channel = current;
        }
        return current;
    }

    /** Releases the descriptor. Calls under way end with {@link ClosedChannelException}. */
    @Override
    public synchronized void close() throws IOException {
        closed = true;
        FileChannel current = channel;
        if (current != null) {
            current.close();
        }
    }

    private interface Transfer {
        int once(ByteBuffer buffer, long position) throws IOException;
    }

    private interface Call<T> {
        T on(FileChannel channel) throws IOException;
    }
}
