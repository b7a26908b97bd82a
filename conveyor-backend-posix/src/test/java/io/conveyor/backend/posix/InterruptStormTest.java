package io.conveyor.backend.posix;

import static io.conveyor.ConveyorOpenOption.ATOMIC_REPLACE;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.StorageException;
import io.conveyor.Whence;
import io.conveyor.core.Conveyors;
import io.conveyor.spi.StorageHandle;
import io.conveyor.testkit.Bytes;
import io.conveyor.testkit.Concurrently;
import io.conveyor.testkit.Concurrently.Started;
import io.conveyor.testkit.Seed;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Threads that are interrupted in the middle of their calls lose nothing and disturb nobody. */
class InterruptStormTest {

    private static final int ROUNDS = 100;
    private static final int SIZE = 1 << 20;
    private static final int OLD = 1;

    @TempDir
    private Path root;

    private final Seed seed = Seed.current();

    @Test
    void interruptedReadersAreToldAndOthersNoticeNothing() throws Exception {
        PosixBackend backend = PosixBackend.builder().root(root).build();
        try (StorageHandle handle = backend.open("key", Set.of(READ, WRITE, CREATE))) {
            storm(handle);
        }
        assertThat(root.resolve("key")).hasSize(2L * SIZE);
    }

    @Test
    void aDraftOutlivesTheStormToo() throws Exception {
        PosixBackend backend = PosixBackend.builder().root(root).build();
        try (StorageHandle handle = backend.open("key", Set.of(READ, WRITE, CREATE, ATOMIC_REPLACE))) {
            storm(handle);
            handle.commit();
            storm(handle);
        }
        assertThat(root.resolve("key")).hasSize(2L * SIZE);
    }

    @Test
    void aReaderKeepsItsFileThoughItWasInterruptedAndTheKeyMeansAnotherOneByNow() throws Exception {
        Path file = Files.write(root.resolve("key"), Bytes.at(0, SIZE, OLD));
        PosixBackend backend = PosixBackend.builder().root(root).build();
        try (StorageHandle handle = backend.open("key", Set.of(READ))) {
            while (!interruptsInTheMiddleOfARead(handle)) {
                // it was between two reads
            }
            Files.delete(file);
            Files.write(file, Bytes.at(0, SIZE, OLD + 1));

            assertThat(Bytes.difference(Bytes.at(0, SIZE, OLD), read(handle, 0, SIZE), 0))
                    .isEmpty();
        }
    }

    private static boolean interruptsInTheMiddleOfARead(StorageHandle handle) throws Exception {
        CountDownLatch reading = new CountDownLatch(1);
        Started<Boolean> victim = Concurrently.start(() -> {
            ByteBuffer buffer = ByteBuffer.allocateDirect(SIZE);
            while (true) {
                try {
                    handle.pread(buffer.clear(), 0);
                    reading.countDown();
                } catch (InterruptedIOException told) {
                    return told.getCause() instanceof ClosedByInterruptException;
                }
            }
        });
        reading.await();
        victim.thread().interrupt();
        return victim.result();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whoAsksForTheEndIsInterruptedAndNoSyncFails(boolean reads) throws Exception {
        Interrupted victim = new Interrupted();
        try (ConveyorFactory factory = Conveyors.builder(backend(victim)).build()) {
            Conveyor conveyor = reads ? factory.open("key", READ, WRITE, CREATE) : factory.open("key", WRITE, CREATE);
            conveyor.write(Bytes.buffer("hello"));
            conveyor.flush();

            victim.keepAt(() -> {
                conveyor.seek(0, Whence.HOLE);
                if (reads) {
                    conveyor.read(ByteBuffer.allocate(1), 5);
                }
            });
            try {
                conveyor.sync();
            } finally {
                victim.letGo();
            }
            assertThat(conveyor.size()).isEqualTo(5);
        }
    }

    @Test
    void aWriterGoesOnInAFileThatWasMovedWhoeverIsInterruptedWhileItIsRead() throws Exception {
        Interrupted victim = new Interrupted();
        try (StorageHandle handle = backend(victim).open("key", Set.of(READ, WRITE, CREATE))) {
            handle.pwrite(Bytes.buffer("hello"), 0);
            Files.move(root.resolve("key"), root.resolve("key.1"));

            victim.keepAt(() -> {
                handle.lseek(0, Whence.END);
                handle.pread(ByteBuffer.allocate(5), 0);
            });
            try {
                handle.sync();
            } finally {
                victim.letGo();
            }

            handle.pwrite(Bytes.buffer("again"), 0);
            assertThat(root.resolve("key.1")).hasContent("again");
        }
    }

    private PosixBackend backend(Interrupted victim) throws IOException {
        return PosixBackend.builder()
                .root(root)
                .durability((channel, metadata, path) -> {
                    victim.interruptOften();
                    channel.force(metadata);
                })
                .build();
    }

    /** A thread that does the same again and again, and is interrupted while others wait for storage. */
    private static final class Interrupted {

        private final Semaphore noticed = new Semaphore(0);
        private final AtomicBoolean over = new AtomicBoolean();
        private volatile @Nullable Started<Integer> started;

        private interface Action {
            void run() throws IOException;
        }

        void keepAt(Action action) {
            started = Concurrently.start(() -> {
                int times = 0;
                while (!over.get()) {
                    try {
                        action.run();
                        times++;
                    } catch (InterruptedIOException told) {
                        assertThat(Thread.currentThread().isInterrupted())
                                .as("the flag is kept")
                                .isTrue();
                    }
                    if (Thread.interrupted()) {
                        noticed.release();
                    }
                }
                return times;
            });
        }

        /** Does not begin before there is somebody, for the factory syncs the directory, too. */
        void interruptOften() {
            Started<Integer> victim = started;
            for (int round = 0; victim != null && round < ROUNDS; round++) {
                victim.thread().interrupt();
                awaitNotice(victim);
            }
        }

        private void awaitNotice(Started<Integer> victim) {
            try {
                Concurrently.await("the interrupt is noticed", () -> noticed.tryAcquire() || victim.isDone());
            } catch (InterruptedException unexpected) {
                throw new AssertionError(unexpected);
            }
        }

        void letGo() throws Exception {
            Started<Integer> victim = Objects.requireNonNull(started);
            started = null;
            over.set(true);
            assertThat(victim.result()).isPositive();
        }
    }

    /** The lower half is read and never changes; the upper half is written, synced and read back by one writer. */
    private void storm(StorageHandle handle) throws Exception {
        handle.pwrite(Bytes.buffer(0, SIZE, OLD), 0);
        AtomicBoolean over = new AtomicBoolean();
        Started<Integer> reader = Concurrently.start(() -> readOn(handle, over, 1));
        Started<Integer> other = Concurrently.start(() -> readOn(handle, over, 2));
        Started<Integer> writer = Concurrently.start(() -> writeOn(handle, over));
        for (int round = 0; round < ROUNDS; round++) {
            int index = round;
            CountDownLatch reading = new CountDownLatch(1);
            Started<Boolean> victim = Concurrently.start(() -> readUntilInterrupted(handle, reading, index));
            reading.await();
            victim.thread().interrupt();
            writer.thread().interrupt();
            assertThat(victim.result()).as("the flag is kept").isTrue();
        }
        over.set(true);
        assertThat(reader.result()).isPositive();
        assertThat(other.result()).isPositive();
        int version = writer.result();
        assertThat(Bytes.difference(Bytes.at(SIZE, SIZE, version), read(handle, SIZE, SIZE), SIZE))
                .as("what was written last, %s", seed)
                .isEmpty();
    }

    private boolean readUntilInterrupted(StorageHandle handle, CountDownLatch reading, int index) throws IOException {
        Random random = seed.random(1_000 + index);
        ByteBuffer buffer = ByteBuffer.allocateDirect(64 << 10);
        while (true) {
            int offset = random.nextInt(SIZE - buffer.capacity());
            try {
                assertThat(handle.pread(buffer.clear(), offset)).isEqualTo(buffer.capacity());
                reading.countDown();
            } catch (InterruptedIOException told) {
                return Thread.currentThread().isInterrupted();
            }
        }
    }

    private int readOn(StorageHandle handle, AtomicBoolean over, int index) throws IOException {
        Random random = seed.random(index);
        int count = 0;
        while (!over.get()) {
            int length = 1 + random.nextInt(64 << 10);
            int offset = random.nextInt(SIZE - length);
            assertThat(Bytes.difference(Bytes.at(offset, length, OLD), read(handle, offset, length), offset))
                    .as("%d bytes at %d, %s", length, offset, seed)
                    .isEmpty();
            count++;
        }
        return count;
    }

    /** Writes on a thread that is interrupted before and during its calls, and keeps the flag until it looks. */
    private int writeOn(StorageHandle handle, AtomicBoolean over) throws IOException {
        int version = OLD;
        do {
            version++;
            Thread.currentThread().interrupt();
            ByteBuffer all = Bytes.buffer(SIZE, SIZE, version);
            while (all.hasRemaining()) {
                int before = all.position();
                int count = handle.pwrite(all, SIZE + before);
                assertThat(all.position()).as("position after pwrite").isEqualTo(before + count);
            }
            assertThat(handle.lseek(0, Whence.END)).isEqualTo(2 * SIZE);
            sync(handle);
            assertThat(Thread.interrupted()).as("the flag is kept").isTrue();
            assertThat(Bytes.difference(Bytes.at(SIZE, SIZE, version), readInTheEnd(handle), SIZE))
                    .as("version %d, %s", version, seed)
                    .isEmpty();
        } while (!over.get());
        return version;
    }

    private static void sync(StorageHandle handle) throws IOException {
        try {
            handle.sync();
        } catch (StorageException interrupted) {
            assertThat(interrupted).hasMessageContaining("interrupted before the outcome was known");
            assertThat(interrupted.retry()).isEqualTo(StorageException.Retry.NEVER);
        }
    }

    private static byte[] readInTheEnd(StorageHandle handle) throws IOException {
        while (true) {
            try {
                return read(handle, SIZE, SIZE);
            } catch (InterruptedIOException told) {
                assertThat(Thread.interrupted()).as("the flag is kept").isTrue();
            }
        }
    }

    private static byte[] read(StorageHandle handle, int offset, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length);
        assertThat(handle.pread(buffer, offset)).isEqualTo(length);
        return Bytes.remaining(buffer.flip());
    }
}
