package io.conveyor;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;

/**
 * How a factory keeps what it has accepted, so that it survives the end of its process. Immutable; made by {@link #builder(Path)}, which checks every
 * bound.
 */
public final class JournalOptions {

    /** The least {@link #maxBytes()}: 2 MiB, which is four of the largest segments and their tables, with room to spare. */
    public static final long LEAST_BYTES = 2L << 20;

    /** What else than the end of the process is survived. */
    public enum Sync {
        /** Nothing: a machine that loses power may lose what was accepted and not yet made durable by {@link Conveyor#sync()}. */
        NONE,
        /** Losing power, but for what was accepted in the last {@link JournalOptions#syncInterval()}. */
        INTERVAL,
        /** Losing power: a write returns when the journal's disk has it. As slow as that disk's {@code fsync}. */
        EVERY_WRITE
    }

    private final Path directory;
    private final long maxBytes;
    private final Sync sync;
    private final Duration syncInterval;

    private JournalOptions(Builder from) {
        directory = from.directory;
        maxBytes = from.maxBytes;
        sync = from.sync;
        syncInterval = from.syncInterval;
    }

    /** A builder with the defaults. */
    public static Builder builder(Path directory) {
        return new Builder(directory);
    }

    /**
     * Where the journal lies: a directory on a local disk that nobody else may read. Factories and processes may share it; each looks after what dead ones
     * have left for the same store. It is made if it is not there.
     */
    public Path directory() {
        return directory;
    }

    /** How much disk the journals of one factory may take, in bytes. Default 1 GiB. */
    public long maxBytes() {
        return maxBytes;
    }

    /** What else than the end of the process is survived. Default {@link Sync#NONE}. */
    public Sync sync() {
        return sync;
    }

    /** How often the journal is forced to its disk with {@link Sync#INTERVAL}. Default 1 s. */
    public Duration syncInterval() {
        return syncInterval;
    }

    @Override
    public String toString() {
        return "JournalOptions[directory=" + directory + ", maxBytes=" + maxBytes + ", sync=" + sync + ", syncInterval="
                + syncInterval + "]";
    }

    /** Collects options and checks them in {@link #build()}. Not for several threads at once. */
    public static final class Builder {

        private final Path directory;
        private long maxBytes = 1L << 30;
        private Sync sync = Sync.NONE;
        private Duration syncInterval = Duration.ofSeconds(1);

        private Builder(Path directory) {
            this.directory = Objects.requireNonNull(directory, "directory");
        }

        /** See {@link JournalOptions#maxBytes()}; at least {@link JournalOptions#LEAST_BYTES}. */
        public Builder maxBytes(long bytes) {
            maxBytes = bytes;
            return this;
        }

        /** See {@link JournalOptions#sync()}. */
        public Builder sync(Sync survived) {
            sync = Objects.requireNonNull(survived, "sync");
            return this;
        }

        /** See {@link JournalOptions#syncInterval()}; from 1 ms to an hour. */
        public Builder syncInterval(Duration interval) {
            syncInterval = Objects.requireNonNull(interval, "syncInterval");
            return this;
        }

        /**
         * Checks every bound and makes the options.
         *
         * @throws IllegalArgumentException names the option, its value and the bound
         */
        public JournalOptions build() {
            if (maxBytes < LEAST_BYTES) {
                throw new IllegalArgumentException("maxBytes " + maxBytes + " is below the least of " + LEAST_BYTES);
            }
            if (syncInterval.compareTo(Duration.ofMillis(1)) < 0 || syncInterval.compareTo(Duration.ofHours(1)) > 0) {
                throw new IllegalArgumentException("syncInterval " + syncInterval + " is not within PT0.001S and PT1H");
            }
            return new JournalOptions(this);
        }
    }
}
