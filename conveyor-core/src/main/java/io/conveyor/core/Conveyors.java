package io.conveyor.core;

import io.conveyor.ConveyorFactory;
import io.conveyor.ConveyorOptions;
import io.conveyor.JournalOptions;
import io.conveyor.core.journal.JournalDisk;
import io.conveyor.core.memory.MemoryDefaults;
import io.conveyor.core.memory.SegmentPool;
import io.conveyor.core.worker.CallWatch;
import io.conveyor.core.worker.Timer;
import io.conveyor.core.worker.WorkerGroup;
import io.conveyor.core.worker.WorkerThreads;
import io.conveyor.spi.StorageBackend;
import io.conveyor.spi.StorageCapabilities;
import io.conveyor.spi.TimeSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The engine's only door: builds a factory of conveyors over one backend.
 *
 * <pre>{@code
 * ConveyorFactory factory = Conveyors.builder(backend).memoryBudget(128L << 20).build();
 * }</pre>
 */
public final class Conveyors {

    private Conveyors() {}

    /** A builder of a factory over {@code backend}, which the factory will close. */
    public static Builder builder(StorageBackend backend) {
        return new Builder(backend);
    }

    /**
     * Collects what all conveyors of a factory share. Not for several threads at once.
     */
    public static final class Builder {

        /** The least memory a factory can work with: sixteen of the smallest segments. */
        public static final long LEAST_BUDGET_BYTES = 64 << 10;

        /** The most workers that can be asked for. */
        public static final int MOST_WORKERS = 1024;

        /** A store without a limit of its own is no reason for threads without number. */
        private static final int MOST_WORKERS_BY_STORE = 64;

        private final StorageBackend backend;
        private ConveyorOptions options = ConveyorOptions.inherited();
        private long budgetBytes;
        private int workers;
        private String name;
        private @Nullable Executor executor;
        private TimeSource time = TimeSource.system();
        private ThreadFactory threads = Thread::new;
        private JournalDisk journalDisk = JournalDisk.REAL;
        private RandomGenerator random = new Random();
        private ConveyorListener listener = ConveyorListener.NONE;
        private @Nullable JournalOptions journal;

        private Builder(StorageBackend backend) {
            this.backend = Objects.requireNonNull(backend, "backend");
            this.name = backend.name();
        }

        /** What conveyors inherit where they set nothing themselves. */
        public Builder options(ConveyorOptions defaults) {
            this.options = Objects.requireNonNull(defaults, "options");
            return this;
        }

        /**
         * What pending and prefetched bytes may take together, off the heap. By default 64 MiB, or a quarter of the memory that the JVM allows direct
         * buffers, whichever is less.
         *
         * @throws IllegalArgumentException if it is below {@value #LEAST_BUDGET_BYTES}
         */
        public Builder memoryBudget(long bytes) {
            if (bytes < LEAST_BUDGET_BYTES) {
                throw new IllegalArgumentException(
                        "a memory budget of " + bytes + " bytes is below the least of " + LEAST_BUDGET_BYTES);
            }
            this.budgetBytes = bytes;
            return this;
        }

        /**
         * How many storage calls may run in the background at a time. By default four per processor, and at least eight: they mostly wait. A store that takes
         * more at a time gets twice what it takes, up to 64, since one conveyor has at most half of the workers.
         *
         * @throws IllegalArgumentException if it is not within 1 and {@value #MOST_WORKERS}
         */
        public Builder workers(int count) {
            if (count < 1 || count > MOST_WORKERS) {
                throw new IllegalArgumentException(count + " workers are not within 1 and " + MOST_WORKERS);
            }
            this.workers = count;
            return this;
        }

        /**
         * Runs the workers on threads of {@code shared}, virtual ones for instance, instead of platform threads of the factory's own. Nobody may interrupt those
         * threads, and the executor must not run a task on the thread that hands it over. The factory does not shut it down.
         */
        public Builder executor(Executor shared) {
            this.executor = Objects.requireNonNull(shared, "executor");
            return this;
        }

        /** The time, for tests. */
        public Builder timeSource(TimeSource source) {
            this.time = Objects.requireNonNull(source, "timeSource");
            return this;
        }

        /** Where the jitter of retries comes from, for tests; used by several threads. */
        public Builder random(RandomGenerator generator) {
            this.random = Objects.requireNonNull(generator, "random");
            return this;
        }

        /** Who is told what happens. */
        public Builder listener(ConveyorListener told) {
            this.listener = Objects.requireNonNull(told, "listener");
            return this;
        }

        /**
         * Keeps what is accepted in a journal, so that it survives the end of the process. {@link #build()} then makes files, and takes over what dead
         * processes have left for the same store: it is replayed in the background, and who opens one of those keys waits for that.
         */
        public Builder journal(JournalOptions options) {
            this.journal = Objects.requireNonNull(options, "journal");
            return this;
        }

        /** What the factory's threads are called; by default as the backend. */
        public Builder name(String threadName) {
            this.name = Objects.requireNonNull(threadName, "name");
            return this;
        }

        /** For tests: a disk of the journal that is full, or fails. */
        Builder journalDisk(JournalDisk disk) {
            this.journalDisk = disk;
            return this;
        }

        /** For tests: where the factory's own threads come from, which may have none to give. */
        Builder threads(ThreadFactory source) {
            this.threads = source;
            return this;
        }

        private int defaultWorkers() {
            StorageCapabilities store = backend.capabilities();
            int byStore = 2 * Math.max(store.maxConcurrentReads(), store.maxConcurrentWrites());
            int byProcessors = Math.max(8, 4 * Runtime.getRuntime().availableProcessors());
            return Math.max(byProcessors, Math.min(MOST_WORKERS_BY_STORE, byStore));
        }

        /**
         * Makes the factory. Without a journal this starts no thread, allocates no buffer, and does no I/O.
         *
         * @throws UncheckedIOException if the journal's directory cannot be used
         */
        public ConveyorFactory build() {
            long budget = budgetBytes == 0 ? MemoryDefaults.budgetBytes() : budgetBytes;
            int most = workers == 0 ? defaultWorkers() : workers;
            // Twice as many threads as workers: one may take the place of each that is stuck.
            ThreadPoolExecutor own = executor == null ? WorkerThreads.create(name, threads) : null;
            Timer timer = new Timer(name, time, threads);
            TimeSource waiting = timer.waiting();
            SegmentPool pool = new SegmentPool(budget, MemoryDefaults.segmentBytes(budget), waiting);
            WorkerGroup group = own == null
                    ? new WorkerGroup(Objects.requireNonNull(executor), most, timer, threads)
                    : WorkerGroup.onOwnThreads(own, most, timer, threads);
            CallWatch watch = new CallWatch(timer, time, group);
            Engine engine = new Engine(pool, group, timer, watch, threads, waiting, random, listener);
            Runnable onClosed = () -> {
                timer.close();
                if (own != null) {
                    own.shutdown();
                }
            };
            FactoryJournal journals = journal(engine, onClosed);
            try {
                BufferedConveyorFactory factory =
                        new BufferedConveyorFactory(backend, options, engine, journals, onClosed);
                factory.start();
                return factory;
            } catch (RuntimeException | Error failure) {
                giveUp(journals, failure);
                onClosed.run();
                throw failure;
            }
        }

        /** What it has locked is for the next factory. */
        private void giveUp(@Nullable FactoryJournal journals, Throwable failure) {
            if (journals != null) {
                try {
                    journals.stop();
                    journals.close(time.nanoTime(), Duration.ZERO);
                } catch (IOException | RuntimeException stays) {
                    failure.addSuppressed(stays);
                }
            }
        }

        private @Nullable FactoryJournal journal(Engine engine, Runnable onFailed) {
            if (journal == null) {
                return null;
            }
            try {
                return new FactoryJournal(journal, journalDisk, backend, engine, name);
            } catch (RuntimeException | Error failure) {
                onFailed.run();
                throw failure;
            } catch (IOException unusable) {
                onFailed.run();
                throw new UncheckedIOException("the journal in " + journal.directory() + " cannot be used", unusable);
            }
        }
    }
}
