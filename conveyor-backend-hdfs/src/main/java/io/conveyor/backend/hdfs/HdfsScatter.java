package io.conveyor.backend.hdfs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * Lets one request fill several buffers: Hadoop's client takes one buffer, and each request costs a round trip and the datanode's work of opening the
 * block. The price is a copy. Any thread.
 */
final class HdfsScatter {

    /**
     * What is asked for at once, and as much memory for each read under way. A request costs some 170 microseconds beside the bytes, on loopback, where a mebibyte takes
     * 400: with requests of one mebibyte a file was read in 917 ms, with four in 692 ({@code conveyor-benchmarks hdfs}).
     */
    static final int BYTES = 4 << 20;

    /** Buffers of reads that have ended, kept for the next ones. */
    private final BlockingQueue<ByteBuffer> idle;

    HdfsScatter(int mostIdle) {
        idle = new ArrayBlockingQueue<>(mostIdle);
    }

    /** A read into one buffer. */
    @FunctionalInterface
    interface Read {

        /** As {@link io.conveyor.spi.StorageHandle#pread(ByteBuffer, long)}. */
        int into(ByteBuffer dst) throws IOException;
    }

    /** As {@link io.conveyor.spi.StorageHandle#pread(ByteBuffer[], long)}, by one {@code read}. */
    long read(ByteBuffer[] dsts, Read read) throws IOException {
        ByteBuffer known = idle.poll();
        ByteBuffer whole = known == null ? ByteBuffer.allocate(BYTES) : known.clear();
        whole.limit((int) Math.min(BYTES, room(dsts)));
        int count = read.into(whole);
        if (count > 0) {
            share(whole.flip(), dsts);
        }
        // after a failure it is left to the collector: nobody knows who may still write into it
        idle.offer(whole);
        return count;
    }

    /** How much there is room for. */
    static long room(ByteBuffer[] dsts) {
        long room = 0;
        for (ByteBuffer dst : dsts) {
            if (dst.isReadOnly()) {
                throw new IllegalArgumentException("a destination of a read is a read-only buffer");
            }
            room += dst.remaining();
        }
        return room;
    }

    private static void share(ByteBuffer whole, ByteBuffer[] dsts) {
        int end = whole.limit();
        for (ByteBuffer dst : dsts) {
            dst.put(whole.limit(Math.min(end, whole.position() + dst.remaining())));
        }
    }
}
