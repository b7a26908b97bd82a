package io.conveyor.benchmarks.store;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The least that a writer and a thread behind it can do: buffers of which the one fills some while the other empties some. What this costs beyond the copy is
 * what it costs that another processor takes the bytes, and that threads are put to sleep and woken. One writer, or several that {@linkplain #put take turns}.
 */
public final class HandedOver implements AutoCloseable {

    private final int buffers;
    private final BlockingQueue<ByteBuffer> empty;
    private final BlockingQueue<ByteBuffer> full;
    private final Target target;
    private final Thread other = new Thread(this::emptyAll, "handed-over");
    private final ReentrantLock turns = new ReentrantLock();
    private @Nullable ByteBuffer shared;
    private volatile @Nullable IOException failure;

    /** Where the bytes go. */
    @FunctionalInterface
    public interface Target {

        /** Nowhere. */
        Target NONE = bytes -> {};

        /** Takes all that remains of a buffer. */
        void write(ByteBuffer bytes) throws IOException;
    }

    /** Where the bytes come from. */
    @FunctionalInterface
    public interface Source {

        /** Reads from the position of {@code dst} on, which stays; answers how many bytes, or -1 at the end. */
        int read(ByteBuffer dst) throws IOException;
    }

    /** Hands the bytes to {@code target} through {@code buffers}, of which there must be two at least; they are used by nobody else until it is closed. */
    public HandedOver(List<ByteBuffer> buffers, Target target) {
        this.buffers = buffers.size();
        this.empty = new ArrayBlockingQueue<>(buffers.size());
        this.full = new ArrayBlockingQueue<>(buffers.size());
        this.target = target;
        buffers.forEach(buffer -> empty.add(buffer.clear()));
        other.setDaemon(true);
        other.start();
    }

    /** So many buffers outside the heap. */
    public static List<ByteBuffer> buffers(int count, int bytes) {
        List<ByteBuffer> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(ByteBuffer.allocateDirect(bytes));
        }
        return all;
    }

    private void emptyAll() {
        try {
            while (true) {
                ByteBuffer next = full.take();
                if (failure == null) {
                    give(next);
                }
                empty.put(next.clear());
            }
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        }
    }

    private void give(ByteBuffer next) {
        try {
            target.write(next.flip());
        } catch (IOException e) {
            failure = e;
        }
    }

    /** Writes {@code src} {@code count} times, and waits until the other thread has had it all. */
    public void write(ByteBuffer src, long count) throws IOException {
        try {
            ByteBuffer filling = empty.take();
            for (long i = 0; i < count; i++) {
                filling = filledBy(src, filling);
            }
            full.put(filling);
            awaitEmpty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException();
        }
        IOException failed = failure;
        if (failed != null) {
            throw failed;
        }
    }

    /** Writes {@code src} once, when nobody else does; any thread may call it. {@link #finish} waits until the other thread has had it all. */
    public void put(ByteBuffer src) throws InterruptedException {
        turns.lock();
        try {
            ByteBuffer filling = shared == null ? empty.take() : shared;
            shared = null;
            shared = filledBy(src, filling);
        } finally {
            turns.unlock();
        }
    }

    /** Copies all of {@code src} into {@code filling}, or, if that is full and has to be handed over, into the next one; answers which. */
    private ByteBuffer filledBy(ByteBuffer src, ByteBuffer filling) throws InterruptedException {
        int size = src.capacity();
        ByteBuffer dst = filling;
        if (dst.remaining() < size) {
            full.put(dst);
            dst = empty.take();
        }
        return dst.put(dst.position(), src, 0, size).position(dst.position() + size);
    }

    /** Waits until the other thread has had all that was {@linkplain #put put}; nobody may put more meanwhile. */
    public void finish() throws InterruptedException {
        ByteBuffer filling = shared;
        if (filling != null) {
            shared = null;
            full.put(filling);
        }
        awaitEmpty();
    }

    /** Has buffers filled by {@code source} until it has no more, and waits until the other thread has had it all. */
    public void fill(Source source) throws IOException, InterruptedException {
        ByteBuffer filling = empty.take();
        for (int count = source.read(filling); count >= 0; count = source.read(filling)) {
            filling.position(filling.position() + count);
            if (!filling.hasRemaining()) {
                full.put(filling);
                filling = empty.take();
            }
        }
        full.put(filling);
        awaitEmpty();
    }

    private void awaitEmpty() throws InterruptedException {
        List<ByteBuffer> back = new ArrayList<>();
        while (back.size() < buffers) {
            back.add(empty.take());
        }
        empty.addAll(back);
    }

    @Override
    public void close() {
        other.interrupt();
    }
}
