package io.conveyor.spring.autoconfigure;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.util.unit.DataSize;

/** The properties of a store in the Hadoop Distributed File System. They can be bound without the module {@code conveyor-backend-hdfs}. */
public class HdfsProperties {

    /** Makes properties that all have their defaults. */
    public HdfsProperties() {}

    /**
     * Name service: 'hdfs://host:port', or 'hdfs://nameservice' with the Hadoop settings that explain it; needed with the backend
     * 'hdfs'.
     */
    private @Nullable String uri;

    /** Absolute directory below which everything is stored. */
    private String baseDirectory = "/";

    /** User as whom files are used where Hadoop trusts its clients. Unless set, the process's own, or the principal's. */
    private @Nullable String user;

    /** Kerberos principal to log in with; together with the keytab. */
    private @Nullable String principal;

    /** Path of the keytab that belongs to the principal. */
    private @Nullable String keytab;

    /** Replicas of new files. With 0, as Hadoop is configured. */
    private int replication = 0;

    /** Block size of new files, a multiple of 512 bytes. With 0, as Hadoop is configured. */
    private DataSize blockSize = DataSize.ofBytes(0);

    /** What the Hadoop client gathers before it makes packets. */
    private DataSize bufferSize = DataSize.ofKilobytes(64);

    /** How many bytes changed in the middle of a file are kept before it is written anew. */
    private DataSize stagingSize = DataSize.ofMegabytes(8);

    /** Longest hole; HDFS has none, so they are written as zeros. */
    private DataSize maxHoleSize = DataSize.ofGigabytes(1);

    /** Number of threads for hedged reads. With 0, there are no hedged reads. */
    private int hedgedReadThreads = 0;

    /** How long a read waits for one datanode before it asks another one, too. */
    private Duration hedgedReadThreshold = Duration.ofMillis(500);

    /** How long the recovery of a lease may take. */
    private Duration leaseTimeout = Duration.ofSeconds(60);

    /** How long an open waits for another writer's lease to end. */
    private Duration leaseWait = Duration.ofSeconds(0);

    /** Whether every open for writing takes over the lease of another writer. */
    private boolean takeOverLease;

    /** How long the recovery of the last block may take after a truncation. */
    private Duration truncateTimeout = Duration.ofSeconds(60);

    /** Whether a pipeline goes on with fewer datanodes when no spare one can be found. */
    private boolean replaceDatanodeBestEffort = true;

    /**
     * Comma-separated list of Hadoop configuration files, such as '/etc/hadoop/conf/hdfs-site.xml': a path, or a name on the class
     * path.
     */
    private final List<String> configurationResources = new ArrayList<>();

    /** Hadoop settings by name, which win over the configuration files. */
    private final Map<String, String> properties = new LinkedHashMap<>();

    public @Nullable String getUri() {
        return uri;
    }

    public void setUri(@Nullable String uri) {
        this.uri = uri;
    }

    public String getBaseDirectory() {
        return baseDirectory;
    }

    public void setBaseDirectory(String baseDirectory) {
        this.baseDirectory = baseDirectory;
    }

    public @Nullable String getUser() {
        return user;
    }

    public void setUser(@Nullable String user) {
        this.user = user;
    }

    public @Nullable String getPrincipal() {
        return principal;
    }

    public void setPrincipal(@Nullable String principal) {
        this.principal = principal;
    }

    public @Nullable String getKeytab() {
        return keytab;
    }

    public void setKeytab(@Nullable String keytab) {
        this.keytab = keytab;
    }

    public int getReplication() {
        return replication;
    }

    public void setReplication(int replication) {
        this.replication = replication;
    }

    public DataSize getBlockSize() {
        return blockSize;
    }

    public void setBlockSize(DataSize blockSize) {
        this.blockSize = blockSize;
    }

    public DataSize getBufferSize() {
        return bufferSize;
    }

    public void setBufferSize(DataSize bufferSize) {
        this.bufferSize = bufferSize;
    }

    public DataSize getStagingSize() {
        return stagingSize;
    }

    public void setStagingSize(DataSize stagingSize) {
        this.stagingSize = stagingSize;
    }

    public DataSize getMaxHoleSize() {
        return maxHoleSize;
    }

    public void setMaxHoleSize(DataSize maxHoleSize) {
        this.maxHoleSize = maxHoleSize;
    }

    public int getHedgedReadThreads() {
        return hedgedReadThreads;
    }

    public void setHedgedReadThreads(int hedgedReadThreads) {
        this.hedgedReadThreads = hedgedReadThreads;
    }

    public Duration getHedgedReadThreshold() {
        return hedgedReadThreshold;
    }

    public void setHedgedReadThreshold(Duration hedgedReadThreshold) {
        this.hedgedReadThreshold = hedgedReadThreshold;
    }

    public Duration getLeaseTimeout() {
        return leaseTimeout;
    }

    public void setLeaseTimeout(Duration leaseTimeout) {
        this.leaseTimeout = leaseTimeout;
    }

    public Duration getLeaseWait() {
        return leaseWait;
    }

    public void setLeaseWait(Duration leaseWait) {
        this.leaseWait = leaseWait;
    }

    public boolean isTakeOverLease() {
        return takeOverLease;
    }

    public void setTakeOverLease(boolean takeOverLease) {
        this.takeOverLease = takeOverLease;
    }

    public Duration getTruncateTimeout() {
        return truncateTimeout;
    }

    public void setTruncateTimeout(Duration truncateTimeout) {
        this.truncateTimeout = truncateTimeout;
    }

    public boolean isReplaceDatanodeBestEffort() {
        return replaceDatanodeBestEffort;
    }

    public void setReplaceDatanodeBestEffort(boolean replaceDatanodeBestEffort) {
        this.replaceDatanodeBestEffort = replaceDatanodeBestEffort;
    }

    public List<String> getConfigurationResources() {
        return configurationResources;
    }

    public Map<String, String> getProperties() {
        return properties;
    }
}
