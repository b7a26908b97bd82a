package io.conveyor;

import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How a conveyor behaves. Immutable; made by {@link #builder()}, which checks every bound.
 *
 * <p>What is not set is inherited: a conveyor's options from its factory's, the factory's from the defaults named here. The accessors
 * answer what was set or else the default.
 *
 * <p>The numbers follow what long-lived peers settled on: 64 MiB of window (Hadoop S3A), 7 attempts with full jitter from 100 ms to 20 s
 * (S3A, the AWS SDK), 5 minutes for a flush and 10 for a close (JuiceFS, S3A).
 */
public final class ConveyorOptions {

    /** The longest timeout that can be set: 100 years, so that deadlines do not overflow. */
    public static final Duration LONGEST = Duration.ofDays(36_500);

    private static final ConveyorOptions INHERITED = new ConveyorOptions(new Builder());

    private static final Duration DEFAULT_WRITE_TIMEOUT = Duration.ofSeconds(30);
    private static final Duration DEFAULT_READ_TIMEOUT = Duration.ofSeconds(60);
    private static final Duration DEFAULT_FLUSH_TIMEOUT = Duration.ofMinutes(5);
    private static final Duration DEFAULT_CLOSE_TIMEOUT = Duration.ofMinutes(10);
    private static final Duration DEFAULT_CALL_TIMEOUT = Duration.ofMinutes(5);
    private static final Duration DEFAULT_WRITE_DELAY = Duration.ofMillis(10);
    private static final Duration DEFAULT_RETRY_BUDGET = Duration.ofSeconds(60);
    private static final Duration DEFAULT_RETRY_BASE_DELAY = Duration.ofMillis(100);
    private static final Duration DEFAULT_RETRY_MAX_DELAY = Duration.ofSeconds(20);

    private final @Nullable Duration writeTimeout;
    private final @Nullable Duration readTimeout;
    private final @Nullable Duration flushTimeout;
    private final @Nullable Duration closeTimeout;
    private final @Nullable Duration callTimeout;
    private final @Nullable Long maxPendingBytes;
    private final @Nullable Duration writeDelay;
    private final @Nullable Boolean readAhead;
    private final @Nullable Long readMaxWindowBytes;
    private final @Nullable Integer retryAttempts;
    private final @Nullable Duration retryBudget;
    private final @Nullable Duration retryBaseDelay;
    private final @Nullable Duration retryMaxDelay;
    private final @Nullable Boolean severalWriters;
    private final @Nullable Boolean journal;

    private ConveyorOptions(Builder from) {
        writeTimeout = from.writeTimeout;
        readTimeout = from.readTimeout;
        flushTimeout = from.flushTimeout;
        closeTimeout = from.closeTimeout;
        callTimeout = from.callTimeout;
        maxPendingBytes = from.maxPendingBytes;
        writeDelay = from.writeDelay;
        readAhead = from.readAhead;
        readMaxWindowBytes = from.readMaxWindowBytes;
        retryAttempts = from.retryAttempts;
        retryBudget = from.retryBudget;
        retryBaseDelay = from.retryBaseDelay;
        retryMaxDelay = from.retryMaxDelay;
        severalWriters = from.severalWriters;
        journal = from.journal;
    }

    /** Nothing set: everything is inherited. */
    public static ConveyorOptions inherited() {
        return INHERITED;
    }

    /** A builder with nothing set. */
    public static Builder builder() {
        return new Builder();
    }

    /** How long a write waits for room before {@link BackPressureTimeoutException}. Default 30 s. */
    public Duration writeTimeout() {
        return or(writeTimeout, DEFAULT_WRITE_TIMEOUT);
    }

    /** How long a read waits for storage, retries included. Default 60 s. */
    public Duration readTimeout() {
        return or(readTimeout, DEFAULT_READ_TIMEOUT);
    }

    /** How long {@code flush}, {@code sync} and {@code seek} wait. Default 5 min. */
    public Duration flushTimeout() {
        return or(flushTimeout, DEFAULT_FLUSH_TIMEOUT);
    }

    /** How long {@code close} and {@code abort} wait. Default 10 min. */
    public Duration closeTimeout() {
        return or(closeTimeout, DEFAULT_CLOSE_TIMEOUT);
    }

    /**
     * How long one storage call of a worker may take before it is given up and the worker replaced. Default 5 min.
     */
    public Duration callTimeout() {
        return or(callTimeout, DEFAULT_CALL_TIMEOUT);
    }

    /**
     * How many bytes of one conveyor may be on their way to storage; 0 stands for a quarter of the factory's budget. A writer that stays faster than a
     * quick store may have less, as long as that costs it at most 2 ms at a time. Default 0.
     */
    public long maxPendingBytes() {
        return or(maxPendingBytes, 0L);
    }

    /**
     * How long a worker may leave a few bytes alone in the hope of more, where the store prefers large writes. A barrier and a full log do not
     * wait. Zero wakes a worker at the first byte. Default 10 ms.
     */
    public Duration writeDelay() {
        return or(writeDelay, DEFAULT_WRITE_DELAY);
    }

    /** Whether sequential and strided reads are fetched ahead. Default true. */
    public boolean readAhead() {
        return or(readAhead, true);
    }

    /**
     * How far ahead of the reader fetching may run, in bytes; never more than a quarter of the factory's budget. Default 64 MiB.
     */
    public long readMaxWindowBytes() {
        return or(readMaxWindowBytes, 64L << 20);
    }

    /** How many times a storage call is tried in all before its failure counts. Default 7. */
    public int retryAttempts() {
        return or(retryAttempts, 7);
    }

    /** How long the retries of one call may take together. Default 60 s. */
    public Duration retryBudget() {
        return or(retryBudget, DEFAULT_RETRY_BUDGET);
    }

    /** The upper bound of the first pause before a retry; it doubles from one to the next. Default 100 ms. */
    public Duration retryBaseDelay() {
        return or(retryBaseDelay, DEFAULT_RETRY_BASE_DELAY);
    }

    /** The upper bound of any pause before a retry. Default 20 s. */
    public Duration retryMaxDelay() {
        return or(retryMaxDelay, DEFAULT_RETRY_MAX_DELAY);
    }

    /** Whether one factory may have several writing conveyors on one key. Default false. */
    public boolean severalWriters() {
        return or(severalWriters, false);
    }

    /** Whether accepted bytes are journalled, where the factory has a journal. Default true. */
    public boolean journal() {
        return or(journal, true);
    }

    /** These options, and {@code parent}'s where nothing is set here. */
    public ConveyorOptions orElse(ConveyorOptions parent) {
        if (this == INHERITED) {
            return parent;
        }
        Builder merged = new Builder();
        merged.writeTimeout = orNull(writeTimeout, parent.writeTimeout);
        merged.readTimeout = orNull(readTimeout, parent.readTimeout);
        merged.flushTimeout = orNull(flushTimeout, parent.flushTimeout);
        merged.closeTimeout = orNull(closeTimeout, parent.closeTimeout);
        merged.callTimeout = orNull(callTimeout, parent.callTimeout);
        merged.maxPendingBytes = orNull(maxPendingBytes, parent.maxPendingBytes);
        merged.writeDelay = orNull(writeDelay, parent.writeDelay);
        merged.readAhead = orNull(readAhead, parent.readAhead);
        merged.readMaxWindowBytes = orNull(readMaxWindowBytes, parent.readMaxWindowBytes);
        merged.retryAttempts = orNull(retryAttempts, parent.retryAttempts);
        merged.retryBudget = orNull(retryBudget, parent.retryBudget);
        merged.retryBaseDelay = orNull(retryBaseDelay, parent.retryBaseDelay);
        merged.retryMaxDelay = orNull(retryMaxDelay, parent.retryMaxDelay);
        merged.severalWriters = orNull(severalWriters, parent.severalWriters);
        merged.journal = orNull(journal, parent.journal);
        return merged.build();
    }

    private static <T> T or(@Nullable T value, T fallback) {
        return value != null ? value : fallback;
    }

    private static <T> @Nullable T orNull(@Nullable T value, @Nullable T fallback) {
        return value != null ? value : fallback;
    }

    /** All values in effect. */
    @Override
    public String toString() {
        return "ConveyorOptions[writeTimeout=" + writeTimeout() + ", readTimeout=" + readTimeout() + ", flushTimeout="
                + flushTimeout() + ", closeTimeout=" + closeTimeout() + ", callTimeout=" + callTimeout()
                + ", maxPendingBytes=" + maxPendingBytes() + ", writeDelay=" + writeDelay() + ", readAhead="
                + readAhead() + ", readMaxWindowBytes=" + readMaxWindowBytes() + ", retryAttempts=" + retryAttempts()
                + ", retryBudget=" + retryBudget() + ", retryBaseDelay=" + retryBaseDelay() + ", retryMaxDelay="
                + retryMaxDelay() + ", severalWriters=" + severalWriters() + ", journal=" + journal() + "]";
    }

    /** Collects options and checks them in {@link #build()}. Not for several threads at once. */
    public static final class Builder {

        private @Nullable Duration writeTimeout;
        private @Nullable Duration readTimeout;
        private @Nullable Duration flushTimeout;
        private @Nullable Duration closeTimeout;
        private @Nullable Duration callTimeout;
        private @Nullable Long maxPendingBytes;
        private @Nullable Duration writeDelay;
        private @Nullable Boolean readAhead;
        private @Nullable Long readMaxWindowBytes;
        private @Nullable Integer retryAttempts;
        private @Nullable Duration retryBudget;
        private @Nullable Duration retryBaseDelay;
        private @Nullable Duration retryMaxDelay;
        private @Nullable Boolean severalWriters;
        private @Nullable Boolean journal;

        private Builder() {}

        /** See {@link ConveyorOptions#writeTimeout()}; zero does not wait at all. */
        public Builder writeTimeout(Duration timeout) {
            writeTimeout = Objects.requireNonNull(timeout, "writeTimeout");
            return this;
        }

        /** See {@link ConveyorOptions#readTimeout()}; more than zero. */
        public Builder readTimeout(Duration timeout) {
            readTimeout = Objects.requireNonNull(timeout, "readTimeout");
            return this;
        }

        /** See {@link ConveyorOptions#flushTimeout()}; more than zero. */
        public Builder flushTimeout(Duration timeout) {
            flushTimeout = Objects.requireNonNull(timeout, "flushTimeout");
            return this;
        }

        /** See {@link ConveyorOptions#closeTimeout()}; more than zero. */
        public Builder closeTimeout(Duration timeout) {
            closeTimeout = Objects.requireNonNull(timeout, "closeTimeout");
            return this;
        }

        /** See {@link ConveyorOptions#callTimeout()}; more than zero. */
        public Builder callTimeout(Duration timeout) {
            callTimeout = Objects.requireNonNull(timeout, "callTimeout");
            return this;
        }

        /** See {@link ConveyorOptions#maxPendingBytes()}; at least 0. */
        public Builder maxPendingBytes(long bytes) {
            maxPendingBytes = bytes;
            return this;
        }

        /** See {@link ConveyorOptions#writeDelay()}; at least zero, at most a minute. */
        public Builder writeDelay(Duration delay) {
            writeDelay = Objects.requireNonNull(delay, "writeDelay");
            return this;
        }

        /** See {@link ConveyorOptions#readAhead()}. */
        public Builder readAhead(boolean enabled) {
            readAhead = enabled;
            return this;
        }

        /** See {@link ConveyorOptions#readMaxWindowBytes()}; at least 0. */
        public Builder readMaxWindowBytes(long bytes) {
            readMaxWindowBytes = bytes;
            return this;
        }

        /** See {@link ConveyorOptions#retryAttempts()}; 1 to 100, where 1 means no retry. */
        public Builder retryAttempts(int attempts) {
            retryAttempts = attempts;
            return this;
        }

        /** See {@link ConveyorOptions#retryBudget()}; at least zero. */
        public Builder retryBudget(Duration budget) {
            retryBudget = Objects.requireNonNull(budget, "retryBudget");
            return this;
        }

        /** See {@link ConveyorOptions#retryBaseDelay()}; at least zero. */
        public Builder retryBaseDelay(Duration delay) {
            retryBaseDelay = Objects.requireNonNull(delay, "retryBaseDelay");
            return this;
        }

        /** See {@link ConveyorOptions#retryMaxDelay()}; at least zero. */
        public Builder retryMaxDelay(Duration delay) {
            retryMaxDelay = Objects.requireNonNull(delay, "retryMaxDelay");
            return this;
        }

        /** See {@link ConveyorOptions#severalWriters()}. */
        public Builder allowSeveralWriters(boolean allowed) {
            severalWriters = allowed;
            return this;
        }

        /** See {@link ConveyorOptions#journal()}. */
        public Builder journal(boolean enabled) {
            journal = enabled;
            return this;
        }

        /**
         * Checks every bound and makes the options.
         *
         * @throws IllegalArgumentException names the option, its value and the bound
         */
        public ConveyorOptions build() {
            checkDuration("writeTimeout", writeTimeout, Duration.ZERO, LONGEST);
            checkDuration("readTimeout", readTimeout, Duration.ofNanos(1), LONGEST);
            checkDuration("flushTimeout", flushTimeout, Duration.ofNanos(1), LONGEST);
            checkDuration("closeTimeout", closeTimeout, Duration.ofNanos(1), LONGEST);
            checkDuration("callTimeout", callTimeout, Duration.ofNanos(1), LONGEST);
            checkAtLeastZero("maxPendingBytes", maxPendingBytes);
            checkDuration("writeDelay", writeDelay, Duration.ZERO, Duration.ofMinutes(1));
            checkAtLeastZero("readMaxWindowBytes", readMaxWindowBytes);
            if (retryAttempts != null && (retryAttempts < 1 || retryAttempts > 100)) {
                throw new IllegalArgumentException("retryAttempts " + retryAttempts + " is not within 1 and 100");
            }
            checkDuration("retryBudget", retryBudget, Duration.ZERO, LONGEST);
            checkDuration("retryBaseDelay", retryBaseDelay, Duration.ZERO, LONGEST);
            checkDuration("retryMaxDelay", retryMaxDelay, Duration.ZERO, LONGEST);
            return new ConveyorOptions(this);
        }

        private static void checkDuration(String name, @Nullable Duration value, Duration least, Duration most) {
            if (value != null && (value.compareTo(least) < 0 || value.compareTo(most) > 0)) {
                throw new IllegalArgumentException(name + " " + value + " is not within " + least + " and " + most);
            }
        }

        private static void checkAtLeastZero(String name, @Nullable Long value) {
            if (value != null && value < 0) {
                throw new IllegalArgumentException(name + " " + value + " is negative; 0 is the least");
            }
        }
    }
}
