package io.conveyor.spring.autoconfigure;

import io.conveyor.ConveyorOptions;
import io.conveyor.JournalOptions;
import io.conveyor.core.Conveyors;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.util.unit.DataSize;
import org.springframework.validation.Errors;

/**
 * The bounds of {@link ConveyorProperties}, in plain code: bean validation needs a provider that an application may not have. Each rejection
 * becomes a line of Boot's own analysis, with the property, its value and where it was set; for the latter Boot wants to see every group of
 * properties by itself.
 */
final class PropertyBounds {

    private static final Duration LEAST = Duration.ofNanos(1);

    private static final DataSize LEAST_BUDGET = DataSize.ofBytes(Conveyors.Builder.LEAST_BUDGET_BYTES);

    private static final DataSize LEAST_JOURNAL = DataSize.ofBytes(JournalOptions.LEAST_BYTES);

    /** What S3 takes as a part of an upload; the last one may be smaller. */
    private static final DataSize LEAST_PART = DataSize.ofMegabytes(5);

    private static final DataSize MOST_PART = DataSize.ofGigabytes(5);

    /** What is younger may be the upload of a process that lives. */
    private static final Duration LEAST_ORPHAN_AGE = Duration.ofHours(1);

    /** No matter how small the parts are, a staging area is planned for parts of this size. */
    private static final DataSize LEAST_STAGED_PART = DataSize.ofMegabytes(8);

    private static final int MOST_PREFIX_BYTES = 512;

    /** HDFS has a checksum for each of these. */
    private static final int CHECKSUM_CHUNK = 512;

    private static final DataSize MOST_PREFERRED = DataSize.ofGigabytes(1);

    private static final int MOST_CONCURRENT = 1024;

    private static final Pattern PERMISSIONS = Pattern.compile("([r-][w-][x-]){3}");

    private static final int MOST_THREADS = 1000;

    /** Buffers are arrays. */
    private static final DataSize MOST_BUFFER = DataSize.ofBytes(Integer.MAX_VALUE);

    private final Errors errors;

    private PropertyBounds(Errors errors) {
        this.errors = errors;
    }

    /** Whether objects of this type hold properties. */
    static boolean apply(Class<?> type) {
        return StoreProperties.class.isAssignableFrom(type)
                || type == S3Properties.class
                || type == HdfsProperties.class
                || type.getEnclosingClass() == StoreProperties.class
                || type.getEnclosingClass() == ConveyorProperties.class;
    }

    /** Rejects in {@code errors} every property of one group that is out of bounds. */
    static void check(Object group, Errors errors) {
        PropertyBounds bounds = new PropertyBounds(errors);
        if (group instanceof StoreProperties store) {
            bounds.store(store);
        } else if (group instanceof StoreProperties.Posix posix) {
            bounds.posix(posix);
        } else if (group instanceof StoreProperties.Write write) {
            bounds.write(write);
        } else if (group instanceof StoreProperties.Read read) {
            bounds.read(read);
        } else if (group instanceof StoreProperties.Retry retry) {
            bounds.retry(retry);
        } else if (group instanceof StoreProperties.Flush flush) {
            bounds.wait("timeout", flush.getTimeout());
        } else if (group instanceof StoreProperties.Close close) {
            bounds.wait("timeout", close.getTimeout());
        } else if (group instanceof StoreProperties.Call call) {
            bounds.wait("timeout", call.getTimeout());
        } else if (group instanceof StoreProperties.Journal journal) {
            bounds.journal(journal);
        } else if (group instanceof ConveyorProperties.Shutdown shutdown) {
            bounds.wait("flushTimeout", shutdown.getFlushTimeout());
        } else if (group instanceof ConveyorProperties.Health health) {
            bounds.health(health);
        } else if (group instanceof S3Properties s3) {
            bounds.s3(s3);
        } else if (group instanceof HdfsProperties hdfs) {
            bounds.hdfs(hdfs);
        }
    }

    private void store(StoreProperties store) {
        text("backend", store.getBackend());
        atLeast("memoryBudget", store.getMemoryBudget(), LEAST_BUDGET);
        if (store.getWorkers() != null) {
            count("workers", store.getWorkers(), 1, Conveyors.Builder.MOST_WORKERS);
        }
    }

    private void posix(StoreProperties.Posix posix) {
        text("root", posix.getRoot());
        permissions("permissions", posix.getPermissions());
        permissions("directoryPermissions", posix.getDirectoryPermissions());
        within("preferredReadBytes", posix.getPreferredReadBytes(), DataSize.ofBytes(1), MOST_PREFERRED);
        within("preferredWriteBytes", posix.getPreferredWriteBytes(), DataSize.ofBytes(1), MOST_PREFERRED);
        count("maxConcurrentReads", posix.getMaxConcurrentReads(), 1, MOST_CONCURRENT);
        count("maxConcurrentWrites", posix.getMaxConcurrentWrites(), 1, MOST_CONCURRENT);
    }

    private void health(ConveyorProperties.Health health) {
        wait("timeout", health.getTimeout());
        if (health.getMaxPendingAge() != null) {
            wait("maxPendingAge", health.getMaxPendingAge());
        }
    }

    private void s3(S3Properties s3) {
        prefix(s3.getPrefix());
        within("partSize", s3.getPartSize(), LEAST_PART, MOST_PART);
        within("singlePutLimit", s3.getSinglePutLimit(), LEAST_PART, MOST_PART);
        count("readConcurrency", s3.getReadConcurrency(), 1, MOST_THREADS);
        count("writeConcurrency", s3.getWriteConcurrency(), 1, MOST_THREADS);
        count("commitConcurrency", s3.getCommitConcurrency(), 1, MOST_THREADS);
        atLeast("stagingMemory", s3.getStagingMemory(), DataSize.ofBytes(0));
        atLeast("stagingLimit", s3.getStagingLimit(), leastStaging(s3));
        count("attempts", s3.getAttempts(), 1, 100);
        count("throttledAttempts", s3.getThrottledAttempts(), 1, 100);
        wait("connectTimeout", s3.getConnectTimeout());
        wait("firstByteTimeout", s3.getFirstByteTimeout());
        wait("noProgressTimeout", s3.getNoProgressTimeout());
        wait("requestTimeout", s3.getRequestTimeout());
        wait("transferTimeout", s3.getTransferTimeout());
        if (s3.getAbortOrphansOlderThan() != null) {
            duration("abortOrphansOlderThan", s3.getAbortOrphansOlderThan(), LEAST_ORPHAN_AGE, ConveyorOptions.LONGEST);
        }
    }

    private void hdfs(HdfsProperties hdfs) {
        count("replication", hdfs.getReplication(), 0, 512);
        blockSize(hdfs.getBlockSize());
        within("bufferSize", hdfs.getBufferSize(), DataSize.ofBytes(512), MOST_BUFFER);
        within("stagingSize", hdfs.getStagingSize(), DataSize.ofKilobytes(64), MOST_BUFFER);
        atLeast("maxHoleSize", hdfs.getMaxHoleSize(), DataSize.ofBytes(0));
        count("hedgedReadThreads", hdfs.getHedgedReadThreads(), 0, 1024);
        duration("hedgedReadThreshold", hdfs.getHedgedReadThreshold(), Duration.ZERO, ConveyorOptions.LONGEST);
        duration("leaseTimeout", hdfs.getLeaseTimeout(), Duration.ofMillis(1), ConveyorOptions.LONGEST);
        duration("leaseWait", hdfs.getLeaseWait(), Duration.ZERO, ConveyorOptions.LONGEST);
        duration("truncateTimeout", hdfs.getTruncateTimeout(), Duration.ofMillis(1), ConveyorOptions.LONGEST);
    }

    /** Eight parts, and never less than goes to memory. A part size out of its own bounds is reported as that. */
    private static DataSize leastStaging(S3Properties s3) {
        long part = Math.min(
                MOST_PART.toBytes(),
                Math.max(LEAST_STAGED_PART.toBytes(), s3.getPartSize().toBytes()));
        return DataSize.ofBytes(Math.max(8 * part, s3.getStagingMemory().toBytes()));
    }

    /** As it will be, with a slash at its end. */
    private void prefix(String value) {
        int slash = value.isEmpty() || value.endsWith("/") ? 0 : 1;
        if (value.startsWith("/") || value.getBytes(StandardCharsets.UTF_8).length + slash > MOST_PREFIX_BYTES) {
            reject("prefix", "must not begin with '/', and have at most " + MOST_PREFIX_BYTES + " bytes");
        }
    }

    private void blockSize(DataSize value) {
        if (value.isNegative() || value.toBytes() % CHECKSUM_CHUNK != 0) {
            reject("blockSize", "must be a multiple of " + CHECKSUM_CHUNK + "B, or 0");
        }
    }

    private void permissions(String field, @Nullable String value) {
        if (value != null
                && !value.isEmpty()
                && !PERMISSIONS.matcher(value.trim()).matches()) {
            reject(field, "must be nine characters such as 'rw-r-----'");
        }
    }

    private void write(StoreProperties.Write write) {
        duration("timeout", write.getTimeout(), Duration.ZERO, ConveyorOptions.LONGEST);
        duration("delay", write.getDelay(), Duration.ZERO, Duration.ofMinutes(1));
        atLeast("maxPending", write.getMaxPending(), DataSize.ofBytes(0));
    }

    private void read(StoreProperties.Read read) {
        wait("timeout", read.getTimeout());
        atLeast("maxWindow", read.getMaxWindow(), DataSize.ofBytes(0));
    }

    private void retry(StoreProperties.Retry retry) {
        count("attempts", retry.getAttempts(), 1, 100);
        duration("budget", retry.getBudget(), Duration.ZERO, ConveyorOptions.LONGEST);
        duration("baseDelay", retry.getBaseDelay(), Duration.ZERO, ConveyorOptions.LONGEST);
        duration("maxDelay", retry.getMaxDelay(), Duration.ZERO, ConveyorOptions.LONGEST);
    }

    private void journal(StoreProperties.Journal journal) {
        text("directory", journal.getDirectory());
        atLeast("maxBytes", journal.getMaxBytes(), LEAST_JOURNAL);
        duration("syncInterval", journal.getSyncInterval(), Duration.ofMillis(1), Duration.ofHours(1));
    }

    private void wait(String field, Duration value) {
        duration(field, value, LEAST, ConveyorOptions.LONGEST);
    }

    private void text(String field, String value) {
        if (value.isBlank()) {
            reject(field, "must not be blank");
        }
    }

    private void duration(String field, Duration value, Duration least, Duration most) {
        if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
            reject(field, "must be from " + simple(least) + " to " + simple(most));
        }
    }

    private void atLeast(String field, @Nullable DataSize value, DataSize least) {
        if (value != null && value.compareTo(least) < 0) {
            reject(field, "must be at least " + least);
        }
    }

    private void within(String field, DataSize value, DataSize least, DataSize most) {
        if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
            reject(field, "must be from " + least + " to " + most);
        }
    }

    private void count(String field, int value, int least, int most) {
        if (value < least || value > most) {
            reject(field, "must be from " + least + " to " + most);
        }
    }

    private void reject(String field, String reason) {
        errors.rejectValue(field, "bound", reason);
    }

    private static String simple(Duration value) {
        if (value.equals(LEAST)) {
            return "1ns";
        }
        if (value.equals(Duration.ofMillis(1))) {
            return "1ms";
        }
        boolean days = value.compareTo(Duration.ofDays(1)) >= 0;
        return DurationStyle.SIMPLE.print(value, days ? ChronoUnit.DAYS : ChronoUnit.SECONDS);
    }
}
