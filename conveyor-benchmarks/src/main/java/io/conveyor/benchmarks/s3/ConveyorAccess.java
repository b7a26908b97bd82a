package io.conveyor.benchmarks.s3;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.ConveyorOptions;
import io.conveyor.backend.s3.S3Backend;
import io.conveyor.backend.s3.S3Options;
import io.conveyor.core.Conveyors;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.StandardOpenOption;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;

/** A conveyor, its S3 backend and its workers as they come, but with more connections for writing, and with memory enough for all of them. */
class ConveyorAccess implements S3Access {

    /** What may be fetched ahead: as much as the bare requests have, 16 of 8 MiB. */
    static final long WINDOW = 128L << 20;

    /** What may be pending: 32 parts under way, and 8 that are filled meanwhile. */
    private static final long PENDING = 320L << 20;

    /** No more than a quarter of it is fetched ahead for one conveyor. */
    static final long BUDGET = 4 * WINDOW;

    static final int READERS = 16;

    /** Twice as many as by default, and still fewer than Transfer Manager may have: its client has 50 connections. */
    static final int WRITERS = 32;

    private final String name;
    private final ConveyorFactory factory;

    ConveyorAccess(S3Address address) throws IOException {
        this("conveyor", address, options -> options);
    }

    /**
     * A conveyor with something of its own.
     *
     * @param name says what
     */
    ConveyorAccess(String name, S3Address address, UnaryOperator<S3Options.Builder> own) throws IOException {
        this.name = name;
        S3Options.Builder options = S3Options.builder(address.bucket())
                .endpoint(address.endpoint())
                .credentials(address.credentials())
                .readConcurrency(READERS)
                .writeConcurrency(WRITERS);
        this.factory = Conveyors.builder(S3Backend.create(own.apply(options).build()))
                .memoryBudget(BUDGET)
                .options(ConveyorOptions.builder()
                        .maxPendingBytes(PENDING)
                        .readMaxWindowBytes(WINDOW)
                        .build())
                .build();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void read(String key, byte[] buffer, Sink sink) throws IOException {
        ByteBuffer dst = ByteBuffer.wrap(buffer);
        try (Conveyor conveyor = factory.open(key, StandardOpenOption.READ)) {
            for (int count = conveyor.read(dst); count >= 0; count = conveyor.read(dst.clear())) {
                sink.accept(buffer, count);
            }
        }
    }

    @Override
    public int firstByte(String key) throws IOException {
        ByteBuffer dst = ByteBuffer.allocate(1);
        try (Conveyor conveyor = factory.open(key, StandardOpenOption.READ)) {
            return conveyor.read(dst) < 0 ? -1 : dst.get(0) & 0xff;
        }
    }

    @Override
    public void write(String key, byte[] buffer, long count) throws IOException {
        ByteBuffer src = ByteBuffer.wrap(buffer);
        try (Conveyor conveyor = factory.open(
                key, StandardOpenOption.WRITE, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING)) {
            for (long i = 0; i < count; i++) {
                conveyor.write(src.rewind());
            }
        }
    }

    /**
     * How an application that writes is held up.
     *
     * @param slowestNanos how long the slowest call lasted, whatever held it up, ns
     * @param stalls how many calls waited for room
     */
    record HeldUp(long slowestNanos, long stalls) {}

    /** Writes as {@link #write} does. */
    HeldUp heldUp(String key, byte[] buffer, long count) throws IOException {
        ByteBuffer src = ByteBuffer.wrap(buffer);
        long slowest = 0;
        try (Conveyor conveyor = factory.open(
                key, StandardOpenOption.WRITE, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING)) {
            for (long i = 0; i < count; i++) {
                long began = System.nanoTime();
                conveyor.write(src.rewind());
                slowest = Math.max(slowest, System.nanoTime() - began);
            }
            return new HeldUp(slowest, conveyor.stats().writes().stalls());
        }
    }

    @Override
    public RandomReader open(String key) throws IOException {
        Conveyor conveyor = factory.open(key, StandardOpenOption.READ);
        return new RandomReader() {
            @Override
            public void read(byte[] dst, long offset) throws IOException {
                int count = conveyor.read(ByteBuffer.wrap(dst), offset);
                if (count < dst.length) {
                    throw new EOFException(count + " of " + dst.length + " bytes at " + offset + " of " + key);
                }
            }

            @Override
            public void close() throws IOException {
                conveyor.close();
            }
        };
    }

    @Override
    public void edit(String key, byte[] patch, long offset) throws IOException {
        edit(key, patch, new long[] {offset});
    }

    /** Puts {@code patch} over what the object has at several places, in one commit. */
    void edit(String key, byte[] patch, long[] offsets) throws IOException {
        try (Conveyor conveyor = factory.open(key, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            for (long offset : offsets) {
                conveyor.write(ByteBuffer.wrap(patch), offset);
            }
        }
    }

    /**
     * Reads 100 times at random and then {@code length} bytes in order, {@code turns} times, on one conveyor.
     *
     * @param turns with 0 nothing is read at random
     * @return how long the last stretch in order took, ms
     */
    double turns(String key, int turns, long length) throws IOException {
        SplittableRandom random = new SplittableRandom(7);
        ByteBuffer dst = ByteBuffer.allocate(64 << 10);
        double millis = 0;
        try (Conveyor conveyor = factory.open(key, StandardOpenOption.READ)) {
            long blocks = conveyor.size() / dst.capacity();
            for (int turn = 0; turn < Math.max(1, turns); turn++) {
                for (int i = 0; i < (turns == 0 ? 0 : 100); i++) {
                    conveyor.read(dst.clear(), random.nextLong(blocks) * dst.capacity());
                }
                long began = System.nanoTime();
                for (long at = turn * length; at < (turn + 1) * length; at += dst.capacity()) {
                    conveyor.read(dst.clear(), at);
                }
                millis = (System.nanoTime() - began) / 1e6;
            }
        }
        return millis;
    }

    /** How many bytes storage has given so far, asked for or not. */
    long fetchedBytes() {
        return factory.stats().total().preads().bytes();
    }

    @Override
    public void close() throws IOException {
        factory.close();
    }
}
