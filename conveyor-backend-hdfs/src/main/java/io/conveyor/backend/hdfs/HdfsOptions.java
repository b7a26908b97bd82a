package io.conveyor.backend.hdfs;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.jspecify.annotations.Nullable;

/** Where the files lie, and how they are written. Immutable; made by {@link #builder(URI)}. Sizes are bytes. */
public final class HdfsOptions {

    /** The namenode's default for {@code dfs.namenode.fs-limits.max-blocks-per-file}. */
    private static final long BLOCKS_PER_FILE = 10_000;

    private final URI uri;
    private final String baseDirectory;
    private final @Nullable String user;
    private final @Nullable String principal;
    private final @Nullable String keytab;
    private final int replication;
    private final long blockSize;
    private final int bufferSize;
    private final int stagingBytes;
    private final long maxHoleBytes;
    private final int hedgedReadThreads;
    private final Duration hedgedReadThreshold;
    private final Duration leaseTimeout;
    private final Duration leaseWait;
    private final boolean takeOverLease;
    private final Duration truncateTimeout;
    private final boolean replaceDatanodeBestEffort;
    private final List<String> configurationResources;
    private final Map<String, String> properties;
    private final Consumer<Configuration> customizer;

    private HdfsOptions(Builder builder) {
        uri = builder.uri;
        baseDirectory = builder.baseDirectory;
        user = builder.user;
        principal = builder.principal;
        keytab = builder.keytab;
        replication = builder.replication;
        blockSize = builder.blockSize;
        bufferSize = builder.bufferSize;
        stagingBytes = builder.stagingBytes;
        maxHoleBytes = builder.maxHoleBytes;
        hedgedReadThreads = builder.hedgedReadThreads;
        hedgedReadThreshold = builder.hedgedReadThreshold;
        leaseTimeout = builder.leaseTimeout;
        leaseWait = builder.leaseWait;
        takeOverLease = builder.takeOverLease;
        truncateTimeout = builder.truncateTimeout;
        replaceDatanodeBestEffort = builder.replaceDatanodeBestEffort;
        configurationResources = List.copyOf(builder.configurationResources);
        properties = Map.copyOf(builder.properties);
        customizer = builder.customizer;
    }

    /**
     * A builder for the files of one name service.
     *
     * @param uri {@code hdfs://host:port}, or {@code hdfs://nameservice} with the Hadoop settings that explain it
     * @throws IllegalArgumentException if the scheme is not {@code hdfs}, there is no authority, or there is a path: that is for {@link
     *     Builder#baseDirectory}
     */
    public static Builder builder(URI uri) {
        return new Builder(uri);
    }

    /** The name service. */
    public URI uri() {
        return uri;
    }

    /** The absolute directory below which the keys lie. */
    public String baseDirectory() {
        return baseDirectory;
    }

    /** The user as whom files are used where Hadoop trusts its clients; empty: the process's own, or the principal's. */
    public Optional<String> user() {
        return Optional.ofNullable(user);
    }

    /** The Kerberos principal to log in with. */
    public Optional<String> principal() {
        return Optional.ofNullable(principal);
    }

    /** The path of the keytab that belongs to the principal. */
    public Optional<String> keytab() {
        return Optional.ofNullable(keytab);
    }

    /** Replicas of new files; 0: as Hadoop is configured. */
    public int replication() {
        return replication;
    }

    /** Block size of new files; 0: as Hadoop is configured. */
    public long blockSize() {
        return blockSize;
    }

    /** What the Hadoop client gathers before it makes packets. */
    public int bufferSize() {
        return bufferSize;
    }

    /** How many bytes changed in the middle of a file one handle keeps before it writes the file anew. */
    public int stagingBytes() {
        return stagingBytes;
    }

    /** The longest hole; HDFS has none, so they are written as zeros. */
    public long maxHoleBytes() {
        return maxHoleBytes;
    }

    /** Threads for hedged reads; 0: no hedged reads. */
    public int hedgedReadThreads() {
        return hedgedReadThreads;
    }

    /** How long a read waits for one datanode before it asks another one, too. */
    public Duration hedgedReadThreshold() {
        return hedgedReadThreshold;
    }

    /** How long the recovery of a lease may take, and how long who opens a file waits for others of the backend that open it. */
    public Duration leaseTimeout() {
        return leaseTimeout;
    }

    /** How long an open waits for another writer's lease to end before it reports the conflict. */
    public Duration leaseWait() {
        return leaseWait;
    }

    /** Whether every open for writing is as with {@link HdfsOpenOption#TAKE_OVER_LEASE}. */
    public boolean takeOverLease() {
        return takeOverLease;
    }

    /** How long the recovery of the last block may take after a truncation. */
    public Duration truncateTimeout() {
        return truncateTimeout;
    }

    /** Whether a pipeline goes on with fewer datanodes when no spare one can be found. */
    public boolean replaceDatanodeBestEffort() {
        return replaceDatanodeBestEffort;
    }

    /** Configuration files, in order: a path of the local file system, or a name on the class path. */
    public List<String> configurationResources() {
        return configurationResources;
    }

    /** Hadoop settings, which win over the configuration files. */
    public Map<String, String> properties() {
        return properties;
    }

    /** The last word on the configuration. */
    public Consumer<Configuration> customizer() {
        return customizer;
    }

    /** The largest file: as many blocks as a namenode allows by default. */
    long maxObjectBytes() {
        long size = blockSize > 0 ? blockSize : 128L << 20;
        return size > Long.MAX_VALUE / BLOCKS_PER_FILE ? Long.MAX_VALUE : size * BLOCKS_PER_FILE;
    }

    /** Names the place and the identity; no property values, as one of them may be a secret. */
    @Override
    public String toString() {
        return "HdfsOptions[" + uri + baseDirectory + (user == null ? "" : ", user " + user)
                + (principal == null ? "" : ", principal " + principal) + ", properties " + properties.keySet() + "]";
    }

    /** Collects options. Not for several threads at once. */
    public static final class Builder {

        private final URI uri;
        private String baseDirectory = "/";
        private @Nullable String user;
        private @Nullable String principal;
        private @Nullable String keytab;
        private int replication;
        private long blockSize;
        private int bufferSize = 64 << 10;
        private int stagingBytes = 8 << 20;
        private long maxHoleBytes = 1L << 30;
        private int hedgedReadThreads;
        private Duration hedgedReadThreshold = Duration.ofMillis(500);
        private Duration leaseTimeout = Duration.ofSeconds(60);
        private Duration leaseWait = Duration.ZERO;
        private boolean takeOverLease;
        private Duration truncateTimeout = Duration.ofSeconds(60);
        private boolean replaceDatanodeBestEffort = true;
        private final List<String> configurationResources = new ArrayList<>();
        private final Map<String, String> properties = new LinkedHashMap<>();
        private Consumer<Configuration> customizer = configuration -> {};

        private Builder(URI uri) {
            if (!"hdfs".equals(uri.getScheme()) || uri.getAuthority() == null) {
                throw new IllegalArgumentException(
                        "the URI '" + uri + "' is not of the form hdfs://host:port or hdfs://nameservice");
            }
            if (!Set.of("", "/").contains(uri.getPath())) {
                throw new IllegalArgumentException("the URI '" + uri
                        + "' is not of the form hdfs://host:port or hdfs://nameservice: it has a path; make '"
                        + uri.getPath() + "' the base directory");
            }
            this.uri = uri;
        }

        /** See {@link HdfsOptions#baseDirectory()}; the root by default. */
        public Builder baseDirectory(String directory) {
            baseDirectory = directory;
            return this;
        }

        /** See {@link HdfsOptions#user()}. */
        public Builder user(@Nullable String name) {
            user = name;
            return this;
        }

        /** See {@link HdfsOptions#principal()} and {@link HdfsOptions#keytab()}. Tickets are renewed from the keytab. */
        public Builder kerberos(@Nullable String principal, @Nullable String keytab) {
            this.principal = principal;
            this.keytab = keytab;
            return this;
        }

        /** See {@link HdfsOptions#replication()}. */
        public Builder replication(int count) {
            replication = count;
            return this;
        }

        /** See {@link HdfsOptions#blockSize()}; a multiple of 512, the checksum's chunk. */
        public Builder blockSize(long bytes) {
            blockSize = bytes;
            return this;
        }

        /** See {@link HdfsOptions#bufferSize()}; 64 KiB by default, which is one packet. */
        public Builder bufferSize(int bytes) {
            bufferSize = bytes;
            return this;
        }

        /** See {@link HdfsOptions#stagingBytes()}; 8 MiB by default. */
        public Builder stagingBytes(int bytes) {
            stagingBytes = bytes;
            return this;
        }

        /** See {@link HdfsOptions#maxHoleBytes()}; 1 GiB by default. */
        public Builder maxHoleBytes(long bytes) {
            maxHoleBytes = bytes;
            return this;
        }

        /** See {@link HdfsOptions#hedgedReadThreads()} and {@link HdfsOptions#hedgedReadThreshold()}; none by default. */
        public Builder hedgedReads(int threads, Duration threshold) {
            hedgedReadThreads = threads;
            hedgedReadThreshold = threshold;
            return this;
        }

        /** See {@link HdfsOptions#leaseTimeout()}; 60 s by default. */
        public Builder leaseTimeout(Duration timeout) {
            leaseTimeout = timeout;
            return this;
        }

        /** See {@link HdfsOptions#leaseWait()}; not at all by default. */
        public Builder leaseWait(Duration wait) {
            leaseWait = wait;
            return this;
        }

        /** See {@link HdfsOptions#takeOverLease()}; false by default. */
        public Builder takeOverLease(boolean take) {
            takeOverLease = take;
            return this;
        }

        /** See {@link HdfsOptions#truncateTimeout()}; 60 s by default. */
        public Builder truncateTimeout(Duration timeout) {
            truncateTimeout = timeout;
            return this;
        }

        /**
         * See {@link HdfsOptions#replaceDatanodeBestEffort()}; true by default, so that a cluster of three datanodes survives the loss of one
         * in the middle of a write. Hadoop's own default is false; a site file that sets it wins.
         */
        public Builder replaceDatanodeBestEffort(boolean bestEffort) {
            replaceDatanodeBestEffort = bestEffort;
            return this;
        }

        /** Adds a configuration file; see {@link HdfsOptions#configurationResources()}. */
        public Builder configurationResource(String resource) {
            configurationResources.add(Objects.requireNonNull(resource, "resource"));
            return this;
        }

        /** Adds a Hadoop setting; see {@link HdfsOptions#properties()}. */
        public Builder property(String name, String value) {
            properties.put(name, Objects.requireNonNull(value, name));
            return this;
        }

        /** Adds to what {@link HdfsOptions#customizer()} does. */
        public Builder customizer(Consumer<Configuration> next) {
            customizer = customizer.andThen(next);
            return this;
        }

        /**
         * Checks everything at once.
         *
         * @throws IllegalArgumentException names the option, its value and the bound
         */
        public HdfsOptions build() {
            requireAbsolute(baseDirectory);
            if ((principal == null) != (keytab == null)) {
                throw new IllegalArgumentException("principal and keytab belong together; set both or neither");
            }
            atLeast("replication", replication, 0);
            atLeast("blockSize", blockSize, 0);
            if (blockSize % 512 != 0) {
                throw new IllegalArgumentException("blockSize " + blockSize + " is not a multiple of 512");
            }
            atLeast("bufferSize", bufferSize, 512);
            atLeast("stagingBytes", stagingBytes, 64 << 10);
            atLeast("maxHoleBytes", maxHoleBytes, 0);
            atLeast("hedgedReadThreads", hedgedReadThreads, 0);
            atLeast("hedgedReadThreshold in ms", hedgedReadThreshold.toMillis(), 0);
            atLeast("leaseTimeout in ms", leaseTimeout.toMillis(), 1);
            atLeast("leaseWait in ms", leaseWait.toMillis(), 0);
            atLeast("truncateTimeout in ms", truncateTimeout.toMillis(), 1);
            return new HdfsOptions(this);
        }

        /** Hadoop would shorten other paths, and answer with the short ones. */
        private static void requireAbsolute(String directory) {
            List<String> segments = List.of(directory.split("/", -1));
            if (!directory.startsWith("/")
                    || directory.contains("//")
                    || directory.contains(":")
                    || segments.contains(".")
                    || segments.contains("..")) {
                throw new IllegalArgumentException(
                        "the base directory '" + directory
                                + "' is not an absolute HDFS path: it begins with '/', has no ':', and no segment is empty, '.' or '..'");
            }
        }

        private static void atLeast(String name, long value, long bound) {
            if (value < bound) {
                throw new IllegalArgumentException(name + " " + value + " is below " + bound);
            }
        }
    }
}
