package io.conveyor.core;

import static io.conveyor.testkit.StorageOperation.FLUSH;
import static io.conveyor.testkit.StorageOperation.PREAD;
import static io.conveyor.testkit.StorageOperation.PWRITE;
import static io.conveyor.testkit.StorageOperation.SYNC;
import static io.conveyor.testkit.StorageOperation.TRUNCATE;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.ConveyorOptions;
import io.conveyor.StorageException;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import io.conveyor.Whence;
import io.conveyor.WriteBehindException;
import io.conveyor.spi.StorageCapabilities;
import io.conveyor.spi.StorageCapabilities.FlushEffect;
import io.conveyor.spi.StorageCapabilities.ReleasePoint;
import io.conveyor.spi.StorageCapabilities.SyncEffect;
import io.conveyor.testkit.Bytes;
import io.conveyor.testkit.Concurrently;
import io.conveyor.testkit.Concurrently.Started;
import io.conveyor.testkit.FaultInjectingBackend;
import io.conveyor.testkit.FaultPlan;
import io.conveyor.testkit.LeakCheck;
import io.conveyor.testkit.MemoryBackend;
import io.conveyor.testkit.ReferenceFile;
import io.conveyor.testkit.Seed;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Writers, readers, flushes, failures and their clearing on one conveyor, all at once. {@code -Dconveyor.stress.seconds} says how long; {@code
 * -Dconveyor.seed} repeats what a run chose, as far as threads allow that.
 *
 * <p>The object's head is slots of {@value #SLOT} bytes; each belongs to one writer, who gives it a new tag with each write. A reader that looks at a slot
 * therefore knows the oldest tag it may find (the last whose write had returned before the read began) and the newest (the last whose write had begun when
 * the read ended). The object's tail belongs to one thread, which cuts and writes it, and compares it with a model.
 */
class StressTest {

    private static final Duration LENGTH = Duration.ofSeconds(Integer.getInteger("conveyor.stress.seconds", 10));
    private static final Duration ROUND = Duration.ofSeconds(2);
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String KEY = "object";
    private static final int SLOT = 512;
    private static final int SLOTS_PER_WRITER = 150;
    private static final int WRITERS = 3;
    private static final int SLOTS = SLOTS_PER_WRITER * WRITERS;
    private static final int HEAD = SLOTS * SLOT;
    private static final int TAIL = 64 << 10;
    private static final long MOST_PENDING = 2 << 20;

    @RegisterExtension
    final LeakCheck leaks = LeakCheck.create();

    private final Seed seed = Seed.current();

    @Test
    void readersWritersFlushesAndFailuresOnOneConveyorLoseAndMixNothing() throws Exception {
        System.out.println("stress for " + LENGTH + " with " + seed);
        long end = System.nanoTime() + LENGTH.toNanos();
        int round = 0;
        for (; round == 0 || System.nanoTime() - end < 0; round++) {
            new Round(round, Math.min(end, System.nanoTime() + ROUND.toNanos())).run();
        }
        System.out.println("stress ended after " + round + " rounds");
    }

    /** One conveyor, from open to close. */
    private final class Round {

        private final int number;
        private final long end;
        private final Random random;
        private final boolean narrow;
        private final MemoryBackend memory;
        private final FaultPlan plan = FaultPlan.create();
        private final FaultInjectingBackend backend;
        private final AtomicIntegerArray begun = new AtomicIntegerArray(SLOTS);
        private final AtomicIntegerArray returned = new AtomicIntegerArray(SLOTS);
        private final AtomicLong operations = new AtomicLong();
        private final ReferenceFile tail = ReferenceFile.empty();

        @SuppressWarnings("NullAway.Init") // by run()
        private Conveyor conveyor;

        @SuppressWarnings("NullAway.Init")
        Round(int number, long end) {
            this.number = number;
            this.end = end;
            this.random = seed.random(number * 100);
            this.narrow = random.nextInt(3) == 0;
            this.memory = MemoryBackend.withCapabilities(capabilities());
            this.backend = FaultInjectingBackend.lent(memory, plan);
        }

        private StorageCapabilities capabilities() {
            boolean flushes = random.nextInt(3) == 0;
            return StorageCapabilities.builder()
                    .interruptSafeReads(random.nextBoolean())
                    .maxConcurrentWrites(1 + 3 * random.nextInt(2))
                    .preferredWriteBytes(1 << (6 + random.nextInt(11)))
                    .preferredReadBytes(4 << (10 + random.nextInt(5)))
                    .flushEffect(flushes ? FlushEffect.VISIBLE : FlushEffect.NONE)
                    .releaseAt(flushes && random.nextBoolean() ? ReleasePoint.FLUSH : ReleasePoint.WRITE)
                    .syncEffect(SyncEffect.REPEATABLE)
                    .build();
        }

        private ConveyorOptions options() {
            return ConveyorOptions.builder()
                    .writeDelay(random.nextBoolean() ? Duration.ZERO : Duration.ofMillis(1))
                    .retryAttempts(2 + random.nextInt(3))
                    .retryBaseDelay(Duration.ofNanos(100_000))
                    .retryMaxDelay(Duration.ofMillis(1))
                    .readAhead(random.nextInt(4) > 0)
                    .build();
        }

        void run() throws Exception {
            ConveyorFactory factory = Conveyors.builder(backend)
                    .memoryBudget(narrow ? 128 << 10 : 16 << 20)
                    .workers(1 + random.nextInt(6))
                    .options(options())
                    .build();
            leaks.watch(memory);
            leaks.watch(backend);
            leaks.watch(factory);
            memory.put(KEY, new byte[HEAD]);
            try (factory) {
                conveyor = factory.open(KEY, READ, WRITE, CREATE);
                allThreads();
                plan.clear();
                persist(() -> conveyor.flush());
                checkStored();
                conveyor.close();
            }
            checkStored();
        }

        private void allThreads() throws Exception {
            List<Started<Boolean>> threads = new ArrayList<>();
            for (int i = 0; i < WRITERS; i++) {
                int writer = i;
                threads.add(start(1 + i, own -> write(own, writer)));
            }
            for (int i = 0; i < 3; i++) {
                threads.add(start(10 + i, this::read));
            }
            threads.add(start(20, this::changeTail));
            threads.add(start(21, this::flush));
            threads.add(start(22, this::hurt));
            threads.add(start(23, this::readAlong));
            for (Started<Boolean> thread : threads) {
                await(thread);
            }
        }

        /** What a thread does, over and over. */
        @FunctionalInterface
        private interface Operation {
            void run(Random own) throws Exception;
        }

        private Started<Boolean> start(int index, Operation operation) {
            Random own = seed.random(number * 100 + index);
            return Concurrently.start(() -> {
                while (System.nanoTime() - end < 0) {
                    operation.run(own);
                    operations.incrementAndGet();
                }
                return true;
            });
        }

        private void await(Started<Boolean> thread) throws Exception {
            try {
                thread.result(PATIENCE);
            } catch (AssertionError | Exception failure) {
                throw new AssertionError(
                        seed + " round " + number + " after " + operations + " operations, "
                                + (narrow ? "narrow" : "wide") + " on " + memory.capabilities() + ": " + failure
                                + (thread.isDone() ? "" : dump()),
                        failure);
            }
        }

        // ------------------------------------------------------------ the head

        private void write(Random own, int writer) throws IOException {
            int first = writer * SLOTS_PER_WRITER + own.nextInt(SLOTS_PER_WRITER);
            int count =
                    1 + own.nextInt(Math.min(own.nextInt(10) == 0 ? 100 : 3, (writer + 1) * SLOTS_PER_WRITER - first));
            byte[] bytes = new byte[count * SLOT];
            for (int slot = first; slot < first + count; slot++) {
                int tag = begun.incrementAndGet(slot);
                System.arraycopy(Bytes.at((long) slot * SLOT, SLOT, tag), 0, bytes, (slot - first) * SLOT, SLOT);
            }
            accept(own, ByteBuffer.wrap(bytes), (long) first * SLOT);
            for (int slot = first; slot < first + count; slot++) {
                returned.set(slot, begun.get(slot));
            }
            if (!narrow && conveyor.stats().pendingBytes() > MOST_PENDING) {
                persist(() -> conveyor.flush());
            }
        }

        /** Has all of it accepted, whatever comes between. */
        private void accept(Random own, ByteBuffer src, long at) throws IOException {
            int start = src.position();
            maybeInterrupt(own);
            persist(() -> {
                if (src.hasRemaining()) {
                    conveyor.write(src, at + src.position() - start);
                }
            });
        }

        private void read(Random own) throws IOException {
            int at = own.nextInt(HEAD - 8) / 8 * 8;
            int length = 8 * (1 + own.nextInt(Math.min((HEAD - at) / 8, own.nextInt(5) == 0 ? 8000 : 200)));
            check(own, at, length);
        }

        /** One thread reads sequentially, so that there is something fetched ahead. */
        private void readAlong(Random own) throws IOException {
            for (int at = 0; at < HEAD && System.nanoTime() - end < 0; at += 1024) {
                check(own, at, Math.min(1024, HEAD - at));
            }
        }

        private void check(Random own, int at, int length) throws IOException {
            int first = at / SLOT;
            int slots = (at + length - 1) / SLOT - first + 1;
            int[] oldest = new int[slots];
            for (int i = 0; i < slots; i++) {
                oldest[i] = returned.get(first + i);
            }
            ByteBuffer dst = ByteBuffer.allocate(length);
            maybeInterrupt(own);
            try {
                assertThat(conveyor.read(dst, at)).isEqualTo(length);
            } catch (InterruptedIOException interrupted) {
                Thread.interrupted();
                return;
            } catch (StorageException planned) {
                assertThat(planned.kind()).isIn(Kind.IO, Kind.UNAVAILABLE);
                return;
            } finally {
                Thread.interrupted();
            }
            int[] seen = new int[slots];
            for (int i = 0; i < length; i += Bytes.WORD) {
                int slot = (at + i) / SLOT - first;
                seen[slot] = checkWord(dst.getLong(i), at + i, oldest[slot], begun.get(first + slot), seen[slot]);
            }
        }

        /** Answers the tag, plus one: 0 stands for "none seen yet in this slot". */
        private int checkWord(long word, long offset, int oldest, int newest, int seenBefore) {
            int tag = Bytes.tagOf(word);
            if (word == wordOf(offset, tag) && tag >= oldest && tag <= newest) {
                if (narrow || seenBefore == 0 || seenBefore == tag + 1) {
                    return tag + 1;
                }
            } else if (narrow && isCutWithin(word, offset, oldest, newest)) {
                return seenBefore;
            }
            throw new AssertionError("at " + offset + " there is tag " + tag + " of offset " + Bytes.offsetOf(word)
                    + "; tags from " + oldest + " to " + newest + " are possible, and the slot began with "
                    + (seenBefore - 1) + (narrow ? "; writes come in pieces" : "; writes are whole"));
        }

        private long wordOf(long offset, int tag) {
            return tag == 0 ? 0 : Bytes.word(offset, tag);
        }

        /** A writer that waits for room has accepted a part of its bytes, which may end within a word. */
        private boolean isCutWithin(long word, long offset, int oldest, int newest) {
            for (int bits = Byte.SIZE; bits < Long.SIZE; bits += Byte.SIZE) {
                long rest = -1L >>> bits;
                for (int older = oldest; older < newest; older++) {
                    for (int newer = older + 1; newer <= newest; newer++) {
                        if (word == ((wordOf(offset, newer) & ~rest) | (wordOf(offset, older) & rest))) {
                            return true;
                        }
                    }
                }
            }
            return false;
        }

        // ------------------------------------------------------------ the tail

        private void changeTail(Random own) throws IOException {
            int at = own.nextInt(TAIL);
            switch (own.nextInt(8)) {
                case 0 -> {
                    persist(() -> conveyor.truncate(HEAD + at));
                    tail.truncate(at);
                }
                case 1, 2, 3 -> {
                    byte[] bytes = Bytes.at(at, 1 + own.nextInt(2000), 1 + own.nextInt(Bytes.MAX_TAG));
                    accept(own, ByteBuffer.wrap(bytes), HEAD + at);
                    tail.pwrite(ByteBuffer.wrap(bytes), at);
                }
                case 4 -> assertThat(conveyor.size()).isEqualTo(HEAD + tail.size());
                default -> readTail(own, at);
            }
        }

        private void readTail(Random own, int at) throws IOException {
            ByteBuffer expected = ByteBuffer.allocate(1 + own.nextInt(4000));
            int count = tail.pread(expected, at);
            ByteBuffer seen = ByteBuffer.allocate(expected.capacity());
            try {
                assertThat(conveyor.read(seen, HEAD + at)).isEqualTo(count);
            } catch (StorageException planned) {
                assertThat(planned.kind()).isIn(Kind.IO, Kind.UNAVAILABLE);
                return;
            }
            assertThat(Bytes.difference(Bytes.remaining(expected.flip()), Bytes.remaining(seen.flip()), at))
                    .isEmpty();
        }

        // ------------------------------------------------------------ barriers and failures

        private void flush(Random own) throws IOException {
            int[] oldest = new int[SLOTS];
            for (int slot = 0; slot < SLOTS; slot++) {
                oldest[slot] = returned.get(slot);
            }
            switch (own.nextInt(4)) {
                case 0 -> persist(() -> conveyor.sync());
                case 1 -> {
                    persist(() -> conveyor.seek(0, Whence.CUR));
                    return;
                }
                default -> persist(() -> conveyor.flush());
            }
            ByteBuffer stored = ByteBuffer.wrap(memory.snapshot(KEY));
            for (int slot = 0; slot < SLOTS; slot++) {
                int tag = Bytes.tagOf(stored.getLong(slot * SLOT));
                assertThat(tag).as("slot %d after a flush", slot).isGreaterThanOrEqualTo(oldest[slot]);
            }
        }

        private void hurt(Random own) throws IOException {
            long count = 1L + own.nextInt(4);
            switch (own.nextInt(8)) {
                case 0 -> plan.on(PWRITE, TRUNCATE).next().failWith(Kind.IO, Retry.NEVER);
                case 1 -> plan.on(PWRITE, TRUNCATE, PREAD).next(count).failWith(Kind.UNAVAILABLE, Retry.SAFE);
                case 2 -> plan.on(PWRITE, PREAD).next(20).moveRandomly(700, own);
                case 3 -> plan.on(PWRITE).next().failAfterBytes(own.nextInt(1000), Kind.IO, Retry.NEVER);
                case 4 -> plan.on(PWRITE).next().loseTheAnswer();
                case 5 -> plan.on(PREAD).next(count).failWith(Kind.IO, Retry.NEVER);
                case 6 -> plan.on(FLUSH, SYNC).next().failWith(Kind.IO, Retry.NEVER);
                default -> plan.on(PWRITE).next().moveNothing();
            }
            // the others meet it meanwhile; and the plan must not grow for ever
            for (int i = 0; i < 20; i++) {
                read(own);
            }
            plan.clear();
        }

        private void maybeInterrupt(Random own) {
            if (own.nextInt(100) == 0) {
                Thread.currentThread().interrupt();
            }
        }

        /** Something that a sticky failure or an interrupt may refuse. */
        @FunctionalInterface
        private interface Persistent {
            void run() throws IOException;
        }

        /** Repeats it until it succeeds; clears what is in the way. */
        private void persist(Persistent operation) throws IOException {
            while (true) {
                try {
                    operation.run();
                    Thread.interrupted();
                    return;
                } catch (WriteBehindException stuck) {
                    assertThat(stuck.retainedBytes()).isEqualTo(stuck.unwrittenBytes());
                    conveyor.clearError();
                } catch (InterruptedIOException interrupted) {
                    assertThat(Thread.interrupted())
                            .as("the interrupt flag is kept")
                            .isTrue();
                }
            }
        }

        // ------------------------------------------------------------ the end

        private void checkStored() {
            byte[] stored = memory.snapshot(KEY);
            assertThat(stored).hasSize((int) (HEAD + tail.size()));
            for (int slot = 0; slot < SLOTS; slot++) {
                long word = ByteBuffer.wrap(stored).getLong(slot * SLOT);
                assertThat(Bytes.tagOf(word)).as("slot %d in the end", slot).isEqualTo(begun.get(slot));
            }
            byte[] end = new byte[(int) tail.size()];
            System.arraycopy(stored, HEAD, end, 0, end.length);
            assertThat(Bytes.difference(tail.content(), end, 0)).isEmpty();
        }

        private String dump() {
            StringBuilder text = new StringBuilder("\nall threads:\n");
            for (Map.Entry<Thread, StackTraceElement[]> each :
                    Thread.getAllStackTraces().entrySet()) {
                text.append(each.getKey()).append('\n');
                for (StackTraceElement element : each.getValue()) {
                    text.append("    at ").append(element).append('\n');
                }
            }
            return text.toString();
        }
    }
}
