package io.conveyor.spring.autoconfigure;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.NestedConfigurationProperty;
import org.springframework.util.unit.DataSize;

/**
 * The properties of a store on S3. They have types of their own, so that they can be bound without the module {@code conveyor-backend-s3}.
 */
public class S3Properties {

    /** Makes properties that all have their defaults. */
    public S3Properties() {}

    /** Name of the bucket; needed with the backend 's3'. */
    private @Nullable String bucket;

    /** What stands before each key. A '/' is added at its end where there is none. */
    private String prefix = "";

    /**
     * Region of the bucket. Unless set, what the application's AwsRegionProvider, the environment or the profile says, or
     * 'us-east-1' with an endpoint of one's own.
     */
    private @Nullable String region;

    /**
     * Where a store other than Amazon's is, such as 'http://localhost:9000', without credentials in it. Unless set, what the SDK's own settings
     * say, such as the environment variable AWS_ENDPOINT_URL_S3.
     */
    private @Nullable String endpoint;

    /** Whether the bucket goes into the path rather than the host name. Unless set, only with an endpoint of one's own. */
    private @Nullable Boolean pathStyle;

    /** Access key. Unless set, the application's AwsCredentialsProvider or the default chain of the SDK is asked. */
    private @Nullable String accessKeyId;

    /** Secret that belongs to the access key. */
    private @Nullable String secretAccessKey;

    /** Session token of temporary credentials. */
    private @Nullable String sessionToken;

    /** Whether to use the S3Client of the application, if there is one and nothing here says how to connect. */
    private boolean useApplicationClient = true;

    /** Size of the first parts of a stream; later parts grow. */
    private DataSize partSize = DataSize.ofMegabytes(8);

    /** Size up to which an object is stored by one request. */
    private DataSize singlePutLimit = DataSize.ofMegabytes(16);

    /** How many reads one object may be asked for at a time. */
    private int readConcurrency = 16;

    /** How many parts one object uploads at a time while it is written. */
    private int writeConcurrency = 16;

    /** How many parts all commits together copy or upload at a time, besides one each, and writes that complete several parts. */
    private int commitConcurrency = 8;

    /** Checksum that goes along with bodies. Unless set, 'crc32c' to Amazon; to an endpoint of one's own 'md5', and 'crc32c' for parts of large objects if the store is seen to compare it. */
    private @Nullable Checksum checksum;

    /** Whether the signature of a request over plain HTTP covers its body, too, and not just the headers with the body's checksum. */
    private boolean signBodies;

    /** Whether each commit makes sure of the stored size, by the store's answer or by one more request. Unless set, only with an endpoint of one's own. */
    private @Nullable Boolean verifyStoredSize;

    /** What happens when somebody else has changed the object since it was opened. */
    private CommitPolicy commitPolicy = CommitPolicy.CONDITIONAL;

    /** Whether requests to a requester-pays bucket are paid by us. */
    private boolean requesterPays;

    /** Directory of staging files. Unless set, the system's temporary directory. */
    private @Nullable Path stagingDirectory;

    /** How much of its uncommitted bytes one object keeps in memory before it uses a file. */
    private DataSize stagingMemory = DataSize.ofMegabytes(4);

    /** How much of its uncommitted bytes one object keeps on this machine at most: eight parts or more, and 64MB or more. */
    private DataSize stagingLimit = DataSize.ofGigabytes(4);

    /** Whether a local copy of uploaded parts is kept until commit. */
    private boolean keepUploadedParts = true;

    /** Content type of new objects. Unless set, the store decides. */
    private @Nullable String contentType;

    /** Storage class of new objects, such as 'STANDARD_IA'. Unless set, the store decides. */
    private @Nullable String storageClass;

    /** Canned access control list of new objects, such as 'bucket-owner-full-control'. Unless set, the store decides. */
    private @Nullable String acl;

    /** How objects are encrypted at rest. */
    private Encryption encryption = Encryption.BUCKET_DEFAULT;

    /** Key of the key management service, for the encryption 'kms' alone. Unless set, the account's default key. */
    private @Nullable String kmsKeyId;

    /** Key of 32 bytes in Base64 that goes along with each request; needed with the encryption 'customer-key', and refused with others. */
    private @Nullable String customerKey;

    /** How many times a request is tried in all. */
    private int attempts = 4;

    /** How many times a request is tried in all when the store asks for fewer requests. */
    private int throttledAttempts = 10;

    /** How long making a connection may take. */
    private Duration connectTimeout = Duration.ofSeconds(5);

    /** How long a read may wait for the answer to begin. */
    private Duration firstByteTimeout = Duration.ofSeconds(5);

    /** How long a connection may be silent in the middle of a body. */
    private Duration noProgressTimeout = Duration.ofSeconds(30);

    /** How long one try of a request without a body may take. */
    private Duration requestTimeout = Duration.ofSeconds(30);

    /** How long one try of a part, a PUT or a commit may take. */
    private Duration transferTimeout = Duration.ofMinutes(5);

    /**
     * Age of unfinished uploads and hidden objects below the prefix that are removed when the application starts, which needs
     * the network. At least an hour. Unless set, none are. Give the store a prefix of its own first: S3 does not say whose an upload is.
     */
    private @Nullable Duration abortOrphansOlderThan;

    /** TLS. */
    @NestedConfigurationProperty
    private final Ssl ssl = new Ssl();

    public @Nullable String getBucket() {
        return bucket;
    }

    public void setBucket(@Nullable String bucket) {
        this.bucket = bucket;
    }

    public String getPrefix() {
        return prefix;
    }

    public void setPrefix(String prefix) {
        this.prefix = prefix;
    }

    public @Nullable String getRegion() {
        return region;
    }

    public void setRegion(@Nullable String region) {
        this.region = region;
    }

    public @Nullable String getEndpoint() {
        return endpoint;
    }

    public void setEndpoint(@Nullable String endpoint) {
        this.endpoint = endpoint;
    }

    public @Nullable Boolean getPathStyle() {
        return pathStyle;
    }

    public void setPathStyle(@Nullable Boolean pathStyle) {
        this.pathStyle = pathStyle;
    }

    public @Nullable String getAccessKeyId() {
        return accessKeyId;
    }

    public void setAccessKeyId(@Nullable String accessKeyId) {
        this.accessKeyId = accessKeyId;
    }

    public @Nullable String getSecretAccessKey() {
        return secretAccessKey;
    }

    public void setSecretAccessKey(@Nullable String secretAccessKey) {
        this.secretAccessKey = secretAccessKey;
    }

    public @Nullable String getSessionToken() {
        return sessionToken;
    }

    public void setSessionToken(@Nullable String sessionToken) {
        this.sessionToken = sessionToken;
    }

    public boolean isUseApplicationClient() {
        return useApplicationClient;
    }

    public void setUseApplicationClient(boolean useApplicationClient) {
        this.useApplicationClient = useApplicationClient;
    }

    public DataSize getPartSize() {
        return partSize;
    }

    public void setPartSize(DataSize partSize) {
        this.partSize = partSize;
    }

    public DataSize getSinglePutLimit() {
        return singlePutLimit;
    }

    public void setSinglePutLimit(DataSize singlePutLimit) {
        this.singlePutLimit = singlePutLimit;
    }

    public int getReadConcurrency() {
        return readConcurrency;
    }

    public void setReadConcurrency(int readConcurrency) {
        this.readConcurrency = readConcurrency;
    }

    public int getWriteConcurrency() {
        return writeConcurrency;
    }

    public void setWriteConcurrency(int writeConcurrency) {
        this.writeConcurrency = writeConcurrency;
    }

    public int getCommitConcurrency() {
        return commitConcurrency;
    }

    public void setCommitConcurrency(int commitConcurrency) {
        this.commitConcurrency = commitConcurrency;
    }

    public @Nullable Checksum getChecksum() {
        return checksum;
    }

    public void setChecksum(@Nullable Checksum checksum) {
        this.checksum = checksum;
    }

    public boolean isSignBodies() {
        return signBodies;
    }

    public void setSignBodies(boolean signBodies) {
        this.signBodies = signBodies;
    }

    public @Nullable Boolean getVerifyStoredSize() {
        return verifyStoredSize;
    }

    public void setVerifyStoredSize(@Nullable Boolean verifyStoredSize) {
        this.verifyStoredSize = verifyStoredSize;
    }

    public CommitPolicy getCommitPolicy() {
        return commitPolicy;
    }

    public void setCommitPolicy(CommitPolicy commitPolicy) {
        this.commitPolicy = commitPolicy;
    }

    public boolean isRequesterPays() {
        return requesterPays;
    }

    public void setRequesterPays(boolean requesterPays) {
        this.requesterPays = requesterPays;
    }

    public @Nullable Path getStagingDirectory() {
        return stagingDirectory;
    }

    public void setStagingDirectory(@Nullable Path stagingDirectory) {
        this.stagingDirectory = stagingDirectory;
    }

    public DataSize getStagingMemory() {
        return stagingMemory;
    }

    public void setStagingMemory(DataSize stagingMemory) {
        this.stagingMemory = stagingMemory;
    }

    public DataSize getStagingLimit() {
        return stagingLimit;
    }

    public void setStagingLimit(DataSize stagingLimit) {
        this.stagingLimit = stagingLimit;
    }

    public boolean isKeepUploadedParts() {
        return keepUploadedParts;
    }

    public void setKeepUploadedParts(boolean keepUploadedParts) {
        this.keepUploadedParts = keepUploadedParts;
    }

    public @Nullable String getContentType() {
        return contentType;
    }

    public void setContentType(@Nullable String contentType) {
        this.contentType = contentType;
    }

    public @Nullable String getStorageClass() {
        return storageClass;
    }

    public void setStorageClass(@Nullable String storageClass) {
        this.storageClass = storageClass;
    }

    public @Nullable String getAcl() {
        return acl;
    }

    public void setAcl(@Nullable String acl) {
        this.acl = acl;
    }

    public Encryption getEncryption() {
        return encryption;
    }

    public void setEncryption(Encryption encryption) {
        this.encryption = encryption;
    }

    public @Nullable String getKmsKeyId() {
        return kmsKeyId;
    }

    public void setKmsKeyId(@Nullable String kmsKeyId) {
        this.kmsKeyId = kmsKeyId;
    }

    public @Nullable String getCustomerKey() {
        return customerKey;
    }

    public void setCustomerKey(@Nullable String customerKey) {
        this.customerKey = customerKey;
    }

    public int getAttempts() {
        return attempts;
    }

    public void setAttempts(int attempts) {
        this.attempts = attempts;
    }

    public int getThrottledAttempts() {
        return throttledAttempts;
    }

    public void setThrottledAttempts(int throttledAttempts) {
        this.throttledAttempts = throttledAttempts;
    }

    public Duration getConnectTimeout() {
        return connectTimeout;
    }

    public void setConnectTimeout(Duration connectTimeout) {
        this.connectTimeout = connectTimeout;
    }

    public Duration getFirstByteTimeout() {
        return firstByteTimeout;
    }

    public void setFirstByteTimeout(Duration firstByteTimeout) {
        this.firstByteTimeout = firstByteTimeout;
    }

    public Duration getNoProgressTimeout() {
        return noProgressTimeout;
    }

    public void setNoProgressTimeout(Duration noProgressTimeout) {
        this.noProgressTimeout = noProgressTimeout;
    }

    public Duration getRequestTimeout() {
        return requestTimeout;
    }

    public void setRequestTimeout(Duration requestTimeout) {
        this.requestTimeout = requestTimeout;
    }

    public Duration getTransferTimeout() {
        return transferTimeout;
    }

    public void setTransferTimeout(Duration transferTimeout) {
        this.transferTimeout = transferTimeout;
    }

    public @Nullable Duration getAbortOrphansOlderThan() {
        return abortOrphansOlderThan;
    }

    public void setAbortOrphansOlderThan(@Nullable Duration abortOrphansOlderThan) {
        this.abortOrphansOlderThan = abortOrphansOlderThan;
    }

    public Ssl getSsl() {
        return ssl;
    }

    /** Checksums that go along with bodies. */
    public enum Checksum {
        /** The Castagnoli polynomial; fast on current processors. For Amazon S3. */
        CRC32C,
        /** The polynomial of zip and Ethernet. */
        CRC32,
        /** The header that every store has known from the beginning. */
        MD5,
        /** None; for stores that refuse all of them. */
        NONE
    }

    /** What happens when somebody else has changed an object. */
    public enum CommitPolicy {
        /** The commit is refused. */
        CONDITIONAL,
        /** The commit replaces what is there. */
        LAST_WRITER_WINS
    }

    /** Encryption at rest. */
    public enum Encryption {
        /** Whatever the bucket is set to. */
        BUCKET_DEFAULT,
        /** With keys that the store manages. */
        S3,
        /** With a key of the key management service. */
        KMS,
        /** With a key that goes along with each request. */
        CUSTOMER_KEY
    }

    /** TLS. */
    public static class Ssl {

        /** Makes properties that all have their defaults. */
        public Ssl() {}

        /** Name of the SSL bundle whose trust, keys, protocols and ciphers are used. Unless set, those of the JVM. */
        private @Nullable String bundle;

        public @Nullable String getBundle() {
            return bundle;
        }

        public void setBundle(@Nullable String bundle) {
            this.bundle = bundle;
        }
    }
}
