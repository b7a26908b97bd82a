package io.conveyor.testkit;

import static io.conveyor.testkit.StorageOperation.PREAD;
import static io.conveyor.testkit.StorageOperation.PWRITE;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.StorageException;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import io.conveyor.Whence;
import io.conveyor.WriteBehindException;
import io.conveyor.spi.StorageBackend;
import io.conveyor.spi.StorageHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Several threads on one conveyor. The object is a row of blocks; each block belongs to one writer, which writes runs of them with a tag that grows. Before
 * a write its tag is noted as begun, after it as done; so whoever reads a block knows the range that the tag of each of its words must lie
 * in.
 */
final class ModelStress {

    private static final String KEY = "stress/object";
    private static final int BLOCK_BYTES = 512;
    private static final int BLOCKS_EACH = 256;
    private static final int WRITERS = 3;
    private static final int READERS = 2;
    private static final int MOST_BLOCKS_AT_ONCE = 40;
    private static final Duration GRACE = Duration.ofSeconds(60);

    private final StorageBackend store;
    private final FaultInjectingBackend backend;
    private final Conveyor conveyor;
    private final Seed seed;
    private final boolean faults;
    private final AtomicIntegerArray begun = new AtomicIntegerArray(WRITERS * BLOCKS_EACH);
    private final AtomicIntegerArray done = new AtomicIntegerArray(WRITERS * BLOCKS_EACH);
    private final AtomicLong writes = new AtomicLong();
    private final AtomicLong reads = new AtomicLong();
    private volatile boolean failed;

    ModelStress(StorageBackend store, FaultInjectingBackend backend, ConveyorFactory factory, Seed seed, boolean faults)
            throws IOException {
        this.store = store;
        this.backend = backend;
        this.conveyor = factory.open(KEY, READ, WRITE, CREATE);
        this.seed = seed;
        this.faults = faults;
    }

    void run(Duration duration) throws Exception {
        for (int block = 0; block < begun.length(); block++) {
            begun.set(block, 1);
            conveyor.write(Bytes.buffer((long) block * BLOCK_BYTES, BLOCK_BYTES, 1), (long) block * BLOCK_BYTES);
            done.set(block, 1);
        }
        long end = System.nanoTime() + duration.toNanos();
        Concurrently.run(WRITERS + READERS + 1, duration.plus(GRACE), index -> {
            try {
                Random random = seed.random(index);
                while (!failed && (System.nanoTime() - end < 0 || !isUnderWay())) {
                    turn(index, random);
                }
            } catch (Exception | AssertionError failure) {
                failed = true;
                throw new AssertionError(seed + ": " + failure.getMessage(), failure);
            }
        });
        finish();
    }

    /** On a busy machine a short time can be over before anything was written. */
    private boolean isUnderWay() {
        return writes.get() > 0 && reads.get() > 0;
    }

    private void turn(int index, Random random) throws IOException {
        if (index < WRITERS) {
            write(index, random);
        } else if (index < WRITERS + READERS) {
            read(random);
        } else {
            disturb(random);
        }
    }

    // ------------------------------------------------------------------ writers

    private void write(int writer, Random random) throws IOException {
        int first = random.nextInt(BLOCKS_EACH);
        int count = 1 + random.nextInt(Math.min(MOST_BLOCKS_AT_ONCE, BLOCKS_EACH - first));
        int start = writer * BLOCKS_EACH + first;
        int tag = 0;
        for (int block = start; block < start + count; block++) {
            tag = Math.max(tag, begun.get(block) + 1);
        }
        for (int block = start; block < start + count; block++) {
            begun.set(block, tag);
        }
        long position = (long) start * BLOCK_BYTES;
        writeAll(Bytes.buffer(position, count * BLOCK_BYTES, tag), position);
        for (int block = start; block < start + count; block++) {
            done.set(block, tag);
        }
        writes.incrementAndGet();
    }

    /** Writes all of it, clearing failures as often as they come: what was accepted stays accepted. */
    private void writeAll(ByteBuffer src, long position) throws IOException {
        while (src.hasRemaining() && !failed) {
            try {
                conveyor.write(src, position + src.position());
            } catch (WriteBehindException failure) {
                expectPlanned(failure);
                conveyor.clearError();
            }
        }
    }

    // ------------------------------------------------------------------ readers

    private void read(Random random) throws IOException {
        int start = random.nextInt(begun.length());
        int count = 1 + random.nextInt(Math.min(MOST_BLOCKS_AT_ONCE, begun.length() - start));
        int[] least = new int[count];
        for (int i = 0; i < count; i++) {
            least[i] = done.get(start + i);
        }
        long position = (long) start * BLOCK_BYTES;
        ByteBuffer dst = ByteBuffer.allocate(count * BLOCK_BYTES);
        try {
            if (conveyor.read(dst, position) != count * BLOCK_BYTES) {
                throw new AssertionError("a read of " + count * BLOCK_BYTES + " bytes gave " + dst.position());
            }
        } catch (StorageException failure) {
            expectPlanned(failure);
            return;
        }
        dst.flip();
        for (int i = 0; i < count; i++) {
            check(dst, start + i, least[i], begun.get(start + i));
        }
        reads.incrementAndGet();
    }

    private static void check(ByteBuffer dst, int block, int least, int most) {
        for (int at = 0; at < BLOCK_BYTES; at += Bytes.WORD) {
            long offset = (long) block * BLOCK_BYTES + at;
            long word = dst.getLong();
            int tag = Bytes.tagOf(word);
            if (Bytes.offsetOf(word) != offset || tag < least || tag > most) {
                throw new AssertionError("at " + offset + " there is the word of offset " + Bytes.offsetOf(word)
                        + " with tag " + tag + "; expected a tag from " + least + " (returned before the read) to "
                        + most + " (begun before its end)");
            }
        }
    }

    // ------------------------------------------------------------------ barriers and faults

    private void disturb(Random random) throws IOException {
        try {
            switch (random.nextInt(faults ? 8 : 4)) {
                case 0 -> conveyor.flush();
                case 1 -> conveyor.sync();
                case 2 -> conveyor.seek(0, Whence.END);
                case 3 -> {
                    long size = (long) begun.length() * BLOCK_BYTES;
                    if (conveyor.size() != size) {
                        throw new AssertionError("the size is " + conveyor.size() + ", expected " + size);
                    }
                }
                case 4 -> backend.plan().on(PWRITE).next().failWith(Kind.NO_SPACE, Retry.NEVER);
                case 5 -> backend.plan().on(PREAD).next().failWith(Kind.UNAVAILABLE, Retry.SAFE);
                case 6 -> backend.plan().on(PWRITE).next(2).moveAtMost(1 + random.nextInt(3_000));
                default -> backend.plan().clear();
            }
        } catch (WriteBehindException failure) {
            expectPlanned(failure);
            conveyor.clearError();
        }
    }

    private void expectPlanned(IOException failure) {
        if (!faults) {
            throw new AssertionError("a failure that nobody planned", failure);
        }
    }

    // ------------------------------------------------------------------ the end

    private void finish() throws IOException {
        backend.plan().clear();
        ReferenceFile expected = ReferenceFile.empty();
        for (int block = 0; block < done.length(); block++) {
            expected.append(Bytes.buffer((long) block * BLOCK_BYTES, BLOCK_BYTES, done.get(block)));
        }
        while (conveyor.failure().isPresent()) {
            conveyor.clearError();
            try {
                conveyor.flush();
            } catch (WriteBehindException underWay) {
                expectPlanned(underWay);
            }
        }
        conveyor.flush();
        String difference = "";
        try (StorageHandle handle = store.open(KEY, Set.of(READ))) {
            difference = Bytes.difference(expected.content(), StorageContractBase.readAll(handle), 0);
        }
        conveyor.close();
        if (!difference.isEmpty() || !isUnderWay() || !backend.violations().isEmpty()) {
            throw new AssertionError(seed + ": after " + writes + " writes and " + reads + " reads storage "
                    + difference + ", rules broken: " + backend.violations());
        }
    }
}
