package io.conveyor.benchmarks.engine;

import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * The least that a writer and a thread behind it can do with little memory: two buffers, one being filled and one being emptied, and nothing done with what
 * is in them. What this costs beyond the copy is what it costs to put threads to sleep and to wake them. One writer.
 */
final class HandedOver implements AutoCloseable {

    private final BlockingQueue<ByteBuffer> empty = new ArrayBlockingQueue<>(2);
    private final BlockingQueue<ByteBuffer> full = new ArrayBlockingQueue<>(2);
    private final Thread other = new Thread(this::emptyAll, "handed-over");

    HandedOver(int bufferBytes) {
        empty.add(ByteBuffer.allocateDirect(bufferBytes));
        empty.add(ByteBuffer.allocateDirect(bufferBytes));
        other.setDaemon(true);
        other.start();
    }

    private void emptyAll() {
        try {
            while (true) {
                empty.put(full.take().clear());
            }
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        }
    }

    /** Writes {@code src} {@code count} times, and waits until the other thread has had it all. */
    void write(ByteBuffer src, long count) throws InterruptedException {
        int size = src.capacity();
        ByteBuffer target = empty.take();
        for (long i = 0; i < count; i++) {
            if (target.remaining() < size) {
                full.put(target);
                target = empty.take();
            }
            int at = target.position();
            target.put(at, src, 0, size).position(at + size);
        }
        full.put(target);
        ByteBuffer one = empty.take();
        ByteBuffer two = empty.take();
        empty.put(one);
        empty.put(two);
    }

    @Override
    public void close() {
        other.interrupt();
    }
}
