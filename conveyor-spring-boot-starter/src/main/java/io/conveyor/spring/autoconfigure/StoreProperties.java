package io.conveyor.spring.autoconfigure;

import io.conveyor.ConveyorOptions;
import io.conveyor.JournalOptions;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.NestedConfigurationProperty;
import org.springframework.util.unit.DataSize;

/**
 * The properties of one store: those under {@code conveyor.} for the default one, under {@code conveyor.stores.} and its name for another.
 * Checked by {@link PropertyBounds} when they are bound. Not for several threads at once while they are bound; read-only afterwards.
 */
public class StoreProperties {

    /** Makes properties that all have their defaults. */
    public StoreProperties() {}

    /**
     * Name of the store: a ConveyorBackendFactory bean or a backend module on the class path. A backend module reads its own settings from the
     * properties below 'conveyor.' and its name.
     */
    private String backend = "posix";

    /**
     * Memory that all conveyors share for bytes on their way to storage and bytes fetched ahead. Unless set, 64MB or a quarter of the JVM's
     * limit of direct memory, whichever is less.
     */
    private @Nullable DataSize memoryBudget;

    /**
     * Number of background threads that carry bytes to and from storage, whatever the number of open conveyors. Unless set, the engine decides.
     */
    private @Nullable Integer workers;

    /**
     * Whether the application starts only if the store answers, within 'conveyor.health.timeout'. Otherwise nothing at start-up needs the network.
     */
    private boolean failFast;

    @NestedConfigurationProperty
    private final Posix posix = new Posix();

    @NestedConfigurationProperty
    private final S3Properties s3 = new S3Properties();

    @NestedConfigurationProperty
    private final HdfsProperties hdfs = new HdfsProperties();

    @NestedConfigurationProperty
    private final Write write = new Write();

    @NestedConfigurationProperty
    private final Read read = new Read();

    @NestedConfigurationProperty
    private final Flush flush = new Flush();

    @NestedConfigurationProperty
    private final Close close = new Close();

    @NestedConfigurationProperty
    private final Call call = new Call();

    @NestedConfigurationProperty
    private final Retry retry = new Retry();

    @NestedConfigurationProperty
    private final Journal journal = new Journal();

    /** What these properties say about every conveyor. */
    ConveyorOptions.Builder toOptions() {
        ConveyorOptions.Builder options = ConveyorOptions.builder()
                .writeTimeout(write.timeout)
                .writeDelay(write.delay)
                .allowSeveralWriters(write.allowSeveralWriters)
                .readTimeout(read.timeout)
                .readAhead(read.ahead)
                .readMaxWindowBytes(read.maxWindow.toBytes())
                .flushTimeout(flush.timeout)
                .closeTimeout(close.timeout)
                .callTimeout(call.timeout)
                .retryAttempts(retry.attempts)
                .retryBudget(retry.budget)
                .retryBaseDelay(retry.baseDelay)
                .retryMaxDelay(retry.maxDelay);
        if (write.maxPending != null) {
            options.maxPendingBytes(write.maxPending.toBytes());
        }
        return options;
    }

    public String getBackend() {
        return backend;
    }

    public void setBackend(String backend) {
        this.backend = backend;
    }

    public @Nullable DataSize getMemoryBudget() {
        return memoryBudget;
    }

    public void setMemoryBudget(@Nullable DataSize memoryBudget) {
        this.memoryBudget = memoryBudget;
    }

    public @Nullable Integer getWorkers() {
        return workers;
    }

    public void setWorkers(@Nullable Integer workers) {
        this.workers = workers;
    }

    public boolean isFailFast() {
        return failFast;
    }

    public void setFailFast(boolean failFast) {
        this.failFast = failFast;
    }

    public Posix getPosix() {
        return posix;
    }

    public S3Properties getS3() {
        return s3;
    }

    public HdfsProperties getHdfs() {
        return hdfs;
    }

    public Write getWrite() {
        return write;
    }

    public Read getRead() {
        return read;
    }

    public Flush getFlush() {
        return flush;
    }

    public Close getClose() {
        return close;
    }

    public Call getCall() {
        return call;
    }

    public Retry getRetry() {
        return retry;
    }

    public Journal getJournal() {
        return journal;
    }

    /** Storage in a directory. */
    public static class Posix {

        /** Makes properties that all have their defaults. */
        public Posix() {}

        /** Directory below which everything is stored. The path to it may have symbolic links; below it none is followed. */
        private String root = "./data";

        /** Whether to make the root when the application starts and it does not exist. */
        private boolean createRoot = true;

        /** Whether a writer locks its object against writers of other processes, as far as these ask for locks. */
        private boolean fileLock;

        /** Whether the file system takes names that differ only in case for the same. */
        private boolean ignoreCase;

        /** Permissions of new files, such as 'rw-r-----'. Unless set, what the process's umask leaves. */
        private @Nullable String permissions;

        /** Permissions of new directories, such as 'rwxr-x---'. Unless set, what the process's umask leaves. */
        private @Nullable String directoryPermissions;

        /** How many bytes to ask the file system for at once. */
        private DataSize preferredReadBytes = DataSize.ofKilobytes(256);

        /** How many bytes to give the file system at once. */
        private DataSize preferredWriteBytes = DataSize.ofKilobytes(256);

        /** How many reads of one file may run at a time. */
        private int maxConcurrentReads = 4;

        /**
         * How many writes to one file may run at a time. With 1, a file always holds a prefix of what was written; more may help a slow
         * network file system.
         */
        private int maxConcurrentWrites = 1;

        public String getRoot() {
            return root;
        }

        public void setRoot(String root) {
            this.root = root;
        }

        public boolean isCreateRoot() {
            return createRoot;
        }

        public void setCreateRoot(boolean createRoot) {
            this.createRoot = createRoot;
        }

        public boolean isFileLock() {
            return fileLock;
        }

        public void setFileLock(boolean fileLock) {
            this.fileLock = fileLock;
        }

        public boolean isIgnoreCase() {
            return ignoreCase;
        }

        public void setIgnoreCase(boolean ignoreCase) {
            this.ignoreCase = ignoreCase;
        }

        public @Nullable String getPermissions() {
            return permissions;
        }

        public void setPermissions(@Nullable String permissions) {
            this.permissions = permissions;
        }

        public @Nullable String getDirectoryPermissions() {
            return directoryPermissions;
        }

        public void setDirectoryPermissions(@Nullable String directoryPermissions) {
            this.directoryPermissions = directoryPermissions;
        }

        public DataSize getPreferredReadBytes() {
            return preferredReadBytes;
        }

        public void setPreferredReadBytes(DataSize preferredReadBytes) {
            this.preferredReadBytes = preferredReadBytes;
        }

        public DataSize getPreferredWriteBytes() {
            return preferredWriteBytes;
        }

        public void setPreferredWriteBytes(DataSize preferredWriteBytes) {
            this.preferredWriteBytes = preferredWriteBytes;
        }

        public int getMaxConcurrentReads() {
            return maxConcurrentReads;
        }

        public void setMaxConcurrentReads(int maxConcurrentReads) {
            this.maxConcurrentReads = maxConcurrentReads;
        }

        public int getMaxConcurrentWrites() {
            return maxConcurrentWrites;
        }

        public void setMaxConcurrentWrites(int maxConcurrentWrites) {
            this.maxConcurrentWrites = maxConcurrentWrites;
        }
    }

    /** Writing. */
    public static class Write {

        /** Makes properties that all have their defaults. */
        public Write() {}

        /** How long a write waits for room before it fails. Zero does not wait at all. */
        private Duration timeout = Duration.ofSeconds(30);

        /**
         * How many bytes of one conveyor may be on their way to storage. Unless set, or with 0, a quarter of the memory budget.
         */
        private @Nullable DataSize maxPending;

        /**
         * How long a few bytes may wait for more to come, where the store prefers large writes. Flushing does not wait for it.
         */
        private Duration delay = Duration.ofMillis(10);

        /** Whether one object may have several writing conveyors at a time. */
        private boolean allowSeveralWriters;

        public Duration getTimeout() {
            return timeout;
        }

        public void setTimeout(Duration timeout) {
            this.timeout = timeout;
        }

        public @Nullable DataSize getMaxPending() {
            return maxPending;
        }

        public void setMaxPending(@Nullable DataSize maxPending) {
            this.maxPending = maxPending;
        }

        public Duration getDelay() {
            return delay;
        }

        public void setDelay(Duration delay) {
            this.delay = delay;
        }

        public boolean isAllowSeveralWriters() {
            return allowSeveralWriters;
        }

        public void setAllowSeveralWriters(boolean allowSeveralWriters) {
            this.allowSeveralWriters = allowSeveralWriters;
        }
    }

    /** Reading. */
    public static class Read {

        /** Makes properties that all have their defaults. */
        public Read() {}

        /** How long a read waits for storage, retries included. */
        private Duration timeout = Duration.ofSeconds(60);

        /** Whether sequential and strided reads are fetched ahead. */
        private boolean ahead = true;

        /** How far ahead of the reader fetching may run; a quarter of the memory budget bounds it, too. */
        private DataSize maxWindow = DataSize.ofMegabytes(64);

        public Duration getTimeout() {
            return timeout;
        }

        public void setTimeout(Duration timeout) {
            this.timeout = timeout;
        }

        public boolean isAhead() {
            return ahead;
        }

        public void setAhead(boolean ahead) {
            this.ahead = ahead;
        }

        public DataSize getMaxWindow() {
            return maxWindow;
        }

        public void setMaxWindow(DataSize maxWindow) {
            this.maxWindow = maxWindow;
        }
    }

    /** Flushing. */
    public static class Flush {

        /** Makes properties that all have their defaults. */
        public Flush() {}

        /** How long a flush, a sync or a seek waits for storage. */
        private Duration timeout = Duration.ofMinutes(5);

        public Duration getTimeout() {
            return timeout;
        }

        public void setTimeout(Duration timeout) {
            this.timeout = timeout;
        }
    }

    /** Closing. */
    public static class Close {

        /** Makes properties that all have their defaults. */
        public Close() {}

        /** How long closing a conveyor waits for storage before it gives up on what is not written. */
        private Duration timeout = Duration.ofMinutes(10);

        public Duration getTimeout() {
            return timeout;
        }

        public void setTimeout(Duration timeout) {
            this.timeout = timeout;
        }
    }

    /** Single calls to the store. */
    public static class Call {

        /** Makes properties that all have their defaults. */
        public Call() {}

        /** How long one call to the store may take before it is given up. */
        private Duration timeout = Duration.ofMinutes(5);

        public Duration getTimeout() {
            return timeout;
        }

        public void setTimeout(Duration timeout) {
            this.timeout = timeout;
        }
    }

    /** Repeating calls to the store that failed for the moment. */
    public static class Retry {

        /** Makes properties that all have their defaults. */
        public Retry() {}

        /** How many times a call is tried in all before its failure counts; with 1 it is not repeated. */
        private int attempts = 7;

        /** How long the repetitions of one call may take together. */
        private Duration budget = Duration.ofSeconds(60);

        /** Longest first pause before a repetition; it doubles from one to the next. */
        private Duration baseDelay = Duration.ofMillis(100);

        /** Longest pause before any repetition. */
        private Duration maxDelay = Duration.ofSeconds(20);

        public int getAttempts() {
            return attempts;
        }

        public void setAttempts(int attempts) {
            this.attempts = attempts;
        }

        public Duration getBudget() {
            return budget;
        }

        public void setBudget(Duration budget) {
            this.budget = budget;
        }

        public Duration getBaseDelay() {
            return baseDelay;
        }

        public void setBaseDelay(Duration baseDelay) {
            this.baseDelay = baseDelay;
        }

        public Duration getMaxDelay() {
            return maxDelay;
        }

        public void setMaxDelay(Duration maxDelay) {
            this.maxDelay = maxDelay;
        }
    }

    /** Keeping what was accepted beyond the end of the process. */
    public static class Journal {

        /** Makes properties that all have their defaults. */
        public Journal() {}

        /** Whether accepted bytes are kept in files until storage has them, so that they survive the end of the process. */
        private boolean enabled;

        /**
         * Directory on a local disk that nobody else may read. Stores and applications may share it; each looks after what dead processes have left for
         * the same store.
         */
        private String directory = "./conveyor-journal";

        /** How much disk the journals of one store may take. */
        private DataSize maxBytes = DataSize.ofGigabytes(1);

        /** What else than the end of the process is survived. */
        private JournalOptions.Sync sync = JournalOptions.Sync.NONE;

        /** How often the journal is forced to its disk, where 'sync' is 'interval'. */
        private Duration syncInterval = Duration.ofSeconds(1);

        /** What these properties say about the journal. */
        JournalOptions toOptions() {
            return JournalOptions.builder(Path.of(directory))
                    .maxBytes(maxBytes.toBytes())
                    .sync(sync)
                    .syncInterval(syncInterval)
                    .build();
        }

        public boolean isEnabled() {
            return enabled;
        }

        public void setEnabled(boolean enabled) {
            this.enabled = enabled;
        }

        public String getDirectory() {
            return directory;
        }

        public void setDirectory(String directory) {
            this.directory = directory;
        }

        public DataSize getMaxBytes() {
            return maxBytes;
        }

        public void setMaxBytes(DataSize maxBytes) {
            this.maxBytes = maxBytes;
        }

        public JournalOptions.Sync getSync() {
            return sync;
        }

        public void setSync(JournalOptions.Sync sync) {
            this.sync = sync;
        }

        public Duration getSyncInterval() {
            return syncInterval;
        }

        public void setSyncInterval(Duration syncInterval) {
            this.syncInterval = syncInterval;
        }
    }
}
