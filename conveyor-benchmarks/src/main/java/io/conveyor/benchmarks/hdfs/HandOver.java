package io.conveyor.benchmarks.hdfs;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;

/** Bytes that one thread puts into a ring of buffers outside the heap, and another takes out: the least that writing behind can be. */
final class HandOver implements AutoCloseable {

    private static final int BUFFER = 1 << 20;

    /** Kept for ever, as the segments of a conveyor's pool are. */
    private static final List<ByteBuffer> BUFFERS = new ArrayList<>();

    /** Without room: no other is. */
    private static final ByteBuffer END = ByteBuffer.allocate(0);

    private final BlockingQueue<ByteBuffer> full;
    private final BlockingQueue<ByteBuffer> empty;
    private final Thread thread;
    private ByteBuffer filling;
    private volatile @Nullable Throwable failure;

    /** Where the bytes go. */
    interface Target {

        /** Takes a piece. */
        void write(byte[] piece) throws IOException;
    }

    HandOver(int capacity, Target target) throws InterruptedException {
        int count = capacity / BUFFER;
        while (BUFFERS.size() < count) {
            BUFFERS.add(ByteBuffer.allocateDirect(BUFFER));
        }
        full = new ArrayBlockingQueue<>(count + 1);
        empty = new ArrayBlockingQueue<>(count, false, BUFFERS.subList(0, count));
        filling = empty.take().clear();
        thread = new Thread(() -> drain(target), "hand-over");
        thread.start();
    }

    private void drain(Target target) {
        byte[] piece = new byte[64 << 10];
        try {
            for (ByteBuffer next = full.take(); next.capacity() > 0; next = full.take()) {
                empty.put(drained(next, piece, target));
            }
        } catch (InterruptedException e) {
            failure = e;
        }
    }

    private ByteBuffer drained(ByteBuffer next, byte[] piece, Target target) {
        try {
            for (next.flip(); next.hasRemaining() && failure == null; ) {
                next.get(piece);
                target.write(piece);
            }
        } catch (IOException e) {
            failure = e;
        }
        return next;
    }

    /** Takes 64 KiB. */
    void write(byte[] chunk) throws Exception {
        if (!filling.hasRemaining()) {
            full.put(filling);
            filling = empty.take().clear();
        }
        filling.put(chunk);
    }

    /** Returns when all has gone. */
    @Override
    public void close() throws IOException {
        try {
            full.put(filling);
            full.put(END);
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException();
        }
        if (failure != null) {
            throw new IOException(failure);
        }
    }
}
