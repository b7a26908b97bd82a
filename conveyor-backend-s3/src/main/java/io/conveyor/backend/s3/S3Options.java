package io.conveyor.backend.s3;

import io.conveyor.ConveyorOptions;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;

/** Where the objects are and how they are read and written. Immutable; made by {@link #builder(String)}. */
public final class S3Options {

    /** What happens when somebody else has changed the object since it was opened. */
    public enum CommitPolicy {
        /** The commit is refused with {@link io.conveyor.ConflictException}. */
        CONDITIONAL,
        /** The commit replaces what is there. For stores without conditional writes, and where there is only one writer. */
        LAST_WRITER_WINS
    }

    /** Below the prefix: what Conveyor keeps for itself, hidden from listings. */
    static final String HIDDEN = ".conveyor/";

    final String bucket;
    final String prefix;
    final @Nullable String region;
    final @Nullable URI endpoint;
    final boolean pathStyle;
    final @Nullable AwsCredentialsProvider credentials;
    final @Nullable S3Client client;
    final Consumer<? super S3ClientBuilder> clientCustomizer;
    final Consumer<? super Apache5HttpClient.Builder> httpClientCustomizer;
    final S3Checksum checksum;
    final boolean asksForChecksum;
    final boolean signBodies;
    final S3Encryption encryption;
    final S3ObjectSettings objectSettings;
    final boolean requesterPays;
    final CommitPolicy commitPolicy;
    final boolean verifyStoredSize;
    final long partBytes;
    final long singlePutBytes;
    final int readConcurrency;
    final int writeConcurrency;
    final int commitConcurrency;
    final @Nullable Path stagingDirectory;
    final long stagingMemoryBytes;
    final long stagingBytes;
    final boolean keepUploadedParts;
    final int attempts;
    final int throttledAttempts;
    final Duration backoff;
    final Duration throttledBackoff;
    final Duration connectTimeout;
    final Duration firstByteTimeout;
    final Duration noProgressTimeout;
    final Duration requestTimeout;
    final Duration transferTimeout;
    final @Nullable Duration abortOrphansOlderThan;

    private S3Options(Builder builder) {
        bucket = builder.bucket;
        prefix = builder.prefix;
        region = builder.region;
        endpoint = builder.endpoint;
        pathStyle = builder.pathStyle == null ? endpoint != null : builder.pathStyle;
        credentials = builder.credentials;
        client = builder.client;
        clientCustomizer = builder.clientCustomizer;
        httpClientCustomizer = builder.httpClientCustomizer;
        checksum =
                builder.checksum == null ? (endpoint == null ? S3Checksum.CRC32C : S3Checksum.MD5) : builder.checksum;
        asksForChecksum = builder.checksum == null && endpoint != null && !isOfAmazon(endpoint);
        signBodies = builder.signBodies;
        encryption = builder.encryption;
        objectSettings = builder.objectSettings;
        requesterPays = builder.requesterPays;
        commitPolicy = builder.commitPolicy;
        verifyStoredSize = builder.verifyStoredSize == null ? endpoint != null : builder.verifyStoredSize;
        partBytes = builder.partBytes;
        singlePutBytes = builder.singlePutBytes;
        readConcurrency = builder.readConcurrency;
        writeConcurrency = builder.writeConcurrency;
        commitConcurrency = builder.commitConcurrency;
        stagingDirectory = builder.stagingDirectory;
        stagingMemoryBytes = builder.stagingMemoryBytes;
        stagingBytes = builder.stagingBytes;
        keepUploadedParts = builder.keepUploadedParts;
        attempts = builder.attempts;
        throttledAttempts = builder.throttledAttempts;
        backoff = builder.backoff;
        throttledBackoff = builder.throttledBackoff;
        connectTimeout = builder.connectTimeout;
        firstByteTimeout = builder.firstByteTimeout;
        noProgressTimeout = builder.noProgressTimeout;
        requestTimeout = builder.requestTimeout;
        transferTimeout = builder.transferTimeout;
        abortOrphansOlderThan = builder.abortOrphansOlderThan;
    }

    /** Whether it is another way to Amazon's own, as from a private network: a CRC has to be told there when an upload is begun. */
    private static boolean isOfAmazon(URI endpoint) {
        String host = endpoint.getHost() == null ? "" : endpoint.getHost().toLowerCase(Locale.ROOT);
        return host.endsWith(".amazonaws.com") || host.endsWith(".amazonaws.com.cn") || host.endsWith(".api.aws");
    }

    /** Options for the objects of a bucket. */
    public static Builder builder(String bucket) {
        return new Builder(bucket);
    }

    /** The bucket. */
    public String bucket() {
        return bucket;
    }

    /** What stands before each key, empty or with a {@code /} at its end. */
    public String prefix() {
        return prefix;
    }

    /**
     * Whether the store copies into an upload whose parts have that checksum. It has to tell the checksum of what it copied, and to take it back when the upload is
     * completed. Amazon does; MinIO refuses the copy, S3Proxy the completion.
     */
    boolean mayCopyInto(S3PartChecksum parts) {
        return endpoint == null || !parts.isKept();
    }

    /** Whether the store is told how many bytes there are in all parts. Not all know the header, and S3Proxy refuses what it does not know. */
    boolean tellsSizes() {
        return endpoint == null;
    }

    /** What an upload is begun with. */
    S3PartChecksum checksumOfParts() {
        return S3PartChecksum.begunWith(checksum);
    }

    /** What an upload is begun with into which the store is going to copy. */
    S3PartChecksum checksumBesideCopies() {
        S3PartChecksum usual = checksumOfParts();
        return mayCopyInto(usual) ? usual : S3PartChecksum.begunWith(S3Checksum.MD5);
    }

    /** Where, not with whose credentials. */
    @Override
    public String toString() {
        return "S3Options[bucket=" + bucket + ", prefix=" + prefix + ", region=" + region + ", endpoint="
                + (endpoint == null
                        ? "default"
                        : endpoint.getScheme() + "://" + endpoint.getHost() + ":" + endpoint.getPort())
                + ", " + encryption + "]";
    }

    /** Collects options. Not for several threads at once. */
    public static final class Builder {

        private static final long MIB = 1 << 20;
        private static final int MAX_THREADS = 1_000;
        private static final Duration SHORTEST = Duration.ofMillis(1);

        private final String bucket;
        private String prefix = "";
        private @Nullable String region;
        private @Nullable URI endpoint;
        private @Nullable Boolean pathStyle;
        private @Nullable AwsCredentialsProvider credentials;
        private @Nullable S3Client client;
        private Consumer<? super S3ClientBuilder> clientCustomizer = builder -> {};
        private Consumer<? super Apache5HttpClient.Builder> httpClientCustomizer = builder -> {};
        private @Nullable S3Checksum checksum;
        private boolean signBodies;
        private S3Encryption encryption = S3Encryption.bucketDefault();
        private S3ObjectSettings objectSettings = S3ObjectSettings.none();
        private boolean requesterPays;
        private CommitPolicy commitPolicy = CommitPolicy.CONDITIONAL;
        private @Nullable Boolean verifyStoredSize;
        private long partBytes = 8 * MIB;
        private long singlePutBytes = 16 * MIB;

        /** Amazon says to open a connection for each 85 to 90 MB/s that are wanted, some fifteen for 10 Gb/s ("Performance guidelines for Amazon S3"). */
        private int readConcurrency = 16;

        private int writeConcurrency = 16;
        private int commitConcurrency = 8;
        private @Nullable Path stagingDirectory;
        private long stagingMemoryBytes = 4 * MIB;
        private long stagingBytes = 4096 * MIB;
        private boolean keepUploadedParts = true;
        private int attempts = 4;
        private int throttledAttempts = 10;
        private Duration backoff = Duration.ofMillis(100);
        private Duration throttledBackoff = Duration.ofMillis(500);
        private Duration connectTimeout = Duration.ofSeconds(5);
        private Duration firstByteTimeout = Duration.ofSeconds(5);
        private Duration noProgressTimeout = Duration.ofSeconds(30);
        private Duration requestTimeout = Duration.ofSeconds(30);
        private Duration transferTimeout = Duration.ofMinutes(5);
        private @Nullable Duration abortOrphansOlderThan;

        private Builder(String bucket) {
            this.bucket = Objects.requireNonNull(bucket, "bucket");
        }

        /** What stands before each key; a {@code /} is added at its end where there is none. Empty by default. */
        public Builder prefix(String value) {
            prefix = value.isEmpty() || value.endsWith("/") ? value : value + "/";
            return this;
        }

        /** The region; by default what the SDK finds in the environment, or {@code us-east-1} with an endpoint of one's own. */
        public Builder region(@Nullable String name) {
            region = name;
            return this;
        }

        /** A store other than Amazon's; checksums and addressing then take the most compatible form. */
        public Builder endpoint(@Nullable URI uri) {
            endpoint = uri;
            return this;
        }

        /** Whether the bucket goes into the path rather than the host name; by default only with an endpoint of one's own. */
        public Builder pathStyle(boolean inPath) {
            pathStyle = inPath;
            return this;
        }

        /** The credentials; by default the SDK's default chain. */
        public Builder credentials(@Nullable AwsCredentialsProvider provider) {
            credentials = provider;
            return this;
        }

        /**
         * A client that is ready, and stays open when the backend closes. Its retries should be off: Conveyor repeats what may be
         * repeated, and finds out what became of the rest.
         */
        public Builder client(@Nullable S3Client ready) {
            client = ready;
            return this;
        }

        /** A last word on the client that the backend builds. */
        public Builder clientCustomizer(Consumer<? super S3ClientBuilder> customizer) {
            clientCustomizer = customizer;
            return this;
        }

        /** A last word on the HTTP client that the backend builds: proxies, trust, pools. */
        public Builder httpClientCustomizer(Consumer<? super Apache5HttpClient.Builder> customizer) {
            httpClientCustomizer = customizer;
            return this;
        }

        /**
         * What is sent along with bodies; by default CRC32C to Amazon. With an endpoint of one's own it is MD5, since older stores refuse the former; but the parts of
         * large objects have a CRC32C there, too, if the store compares it, which is found out before the first upload by one that is given up, of a byte, once with a CRC that is wrong. If
         * a CRC is asked for here, what is sent beside copies there, as when a large object is changed, has MD5 instead, since few stores tell the CRC of a copy.
         */
        public Builder checksum(@Nullable S3Checksum kind) {
            checksum = kind;
            return this;
        }

        /**
         * Whether the signature of a request over plain HTTP covers its body, too, which hashes it once more and has the store do so; by default it covers
         * the headers, and among them the body's checksum, as over TLS. With {@link S3Checksum#NONE} bodies are signed all the same.
         */
        public Builder signBodies(boolean sign) {
            signBodies = sign;
            return this;
        }

        /** How objects are encrypted at rest; by default as the bucket says. */
        public Builder encryption(S3Encryption method) {
            encryption = method;
            return this;
        }

        /** What is stored along with each object, unless {@code open} says otherwise. */
        public Builder objectSettings(S3ObjectSettings settings) {
            objectSettings = settings;
            return this;
        }

        /** Whether requests to a requester-pays bucket are paid by us. */
        public Builder requesterPays(boolean pays) {
            requesterPays = pays;
            return this;
        }

        /** What happens when somebody else has changed the object; conditional by default. */
        public Builder commitPolicy(CommitPolicy policy) {
            commitPolicy = policy;
            return this;
        }

        /**
         * Whether each commit makes sure of the stored size: by the store's answer, if its ETag is the MD5 of what was sent, else by one more request, which
         * asks for it. By default only with an endpoint of one's own.
         */
        public Builder verifyStoredSize(boolean verify) {
            verifyStoredSize = verify;
            return this;
        }

        /** The size of the first parts of a stream, 5 MiB to 5 GiB; 8 MiB by default. Later parts grow. */
        public Builder partBytes(long bytes) {
            partBytes = bytes;
            return this;
        }

        /** Up to this size an object is stored by one PUT; 16 MiB by default, at least 5 MiB. */
        public Builder singlePutBytes(long bytes) {
            singlePutBytes = bytes;
            return this;
        }

        /** How many reads one handle should be asked for at a time, if what may be fetched ahead has room for as many; 16 by default. */
        public Builder readConcurrency(int count) {
            readConcurrency = count;
            return this;
        }

        /** How many parts one handle uploads at a time while the application writes, if as many fit into what may be pending; 16 by default. */
        public Builder writeConcurrency(int count) {
            writeConcurrency = count;
            return this;
        }

        /** How many parts all commits together copy or upload at a time, besides one each, and writes that complete several parts; 8 by default. */
        public Builder commitConcurrency(int count) {
            commitConcurrency = count;
            return this;
        }

        /** Where staging files go; by default the system's temporary directory. */
        public Builder stagingDirectory(@Nullable Path directory) {
            stagingDirectory = directory;
            return this;
        }

        /** How much of its uncommitted bytes one handle keeps in memory before it uses a file; 4 MiB by default. */
        public Builder stagingMemoryBytes(long bytes) {
            stagingMemoryBytes = bytes;
            return this;
        }

        /**
         * How much of its uncommitted bytes one handle keeps on this machine at most; 4 GiB by default. When half of it is used, further parts of
         * a stream wait for their commit in hidden objects of the bucket. Parts are at most an eighth of it.
         */
        public Builder stagingBytes(long bytes) {
            stagingBytes = bytes;
            return this;
        }

        /**
         * Whether a local copy of uploaded parts is kept until commit; true by default. Without it streaming needs next to no disk, but
         * bytes that were streamed can be neither read nor changed before the commit, nor sent again if the store loses the upload.
         */
        public Builder keepUploadedParts(boolean keep) {
            keepUploadedParts = keep;
            return this;
        }

        /** How often a request is tried in all; 4 by default. */
        public Builder attempts(int count) {
            attempts = count;
            return this;
        }

        /** How often a request is tried in all when the store asks for fewer requests; 10 by default. */
        public Builder throttledAttempts(int count) {
            throttledAttempts = count;
            return this;
        }

        /** The longest wait before the second try, doubled for each further one; 100 ms by default. */
        public Builder backoff(Duration wait) {
            backoff = wait;
            return this;
        }

        /** As {@link #backoff}, when the store asks for fewer requests; 500 ms by default. */
        public Builder throttledBackoff(Duration wait) {
            throttledBackoff = wait;
            return this;
        }

        /** How long making a connection may take, 1 ms or more; 5 s by default. */
        public Builder connectTimeout(Duration time) {
            connectTimeout = time;
            return this;
        }

        /** How long a read may wait for the answer to begin, 1 ms or more; 5 s by default. */
        public Builder firstByteTimeout(Duration time) {
            firstByteTimeout = time;
            return this;
        }

        /** How long a connection may be silent in the middle of a body, 1 ms or more; 30 s by default. */
        public Builder noProgressTimeout(Duration time) {
            noProgressTimeout = time;
            return this;
        }

        /** How long one try of a request without a body may take, 1 ms or more; 30 s by default. */
        public Builder requestTimeout(Duration time) {
            requestTimeout = time;
            return this;
        }

        /** How long one try of a part, a PUT or a commit may take, 1 ms or more; 5 min by default. */
        public Builder transferTimeout(Duration time) {
            transferTimeout = time;
            return this;
        }

        /**
         * Aborts, when the backend is made, uploads below the prefix that are older than this, and deletes hidden objects of that age. Not done by
         * default. S3 does not say whose an upload is: give the backend a prefix of its own before setting this.
         */
        public Builder abortOrphansOlderThan(@Nullable Duration age) {
            abortOrphansOlderThan = age;
            return this;
        }

        /**
         * The options.
         *
         * @throws IllegalArgumentException names the option, the value and the bound
         */
        public S3Options build() {
            if (bucket.isBlank()) {
                throw new IllegalArgumentException("bucket is blank: name the bucket");
            }
            if (prefix.startsWith("/") || prefix.getBytes(StandardCharsets.UTF_8).length > 512) {
                throw new IllegalArgumentException(
                        "prefix '" + prefix + "' starts with '/' or has more than 512 bytes");
            }
            within("partBytes", partBytes, S3Limits.AWS.minPartBytes(), S3Limits.AWS.maxPartBytes());
            within("singlePutBytes", singlePutBytes, S3Limits.AWS.minPartBytes(), S3Limits.AWS.maxPartBytes());
            within("readConcurrency", readConcurrency, 1, MAX_THREADS);
            within("writeConcurrency", writeConcurrency, 1, MAX_THREADS);
            within("commitConcurrency", commitConcurrency, 1, MAX_THREADS);
            within("stagingMemoryBytes", stagingMemoryBytes, 0, stagingBytes);
            within("stagingBytes", stagingBytes, 8 * Math.max(partBytes, 8 * MIB), Long.MAX_VALUE);
            within("attempts", attempts, 1, 100);
            within("throttledAttempts", throttledAttempts, 1, 100);
            requireBounded("connectTimeout", connectTimeout);
            requireBounded("firstByteTimeout", firstByteTimeout);
            requireBounded("noProgressTimeout", noProgressTimeout);
            requireBounded("requestTimeout", requestTimeout);
            requireBounded("transferTimeout", transferTimeout);
            return new S3Options(this);
        }

        /** To the SDK no time would be no bound, or no request. */
        private static void requireBounded(String name, Duration value) {
            if (value.compareTo(SHORTEST) < 0 || value.compareTo(ConveyorOptions.LONGEST) > 0) {
                throw new IllegalArgumentException(
                        name + " " + value + " is not between " + SHORTEST + " and " + ConveyorOptions.LONGEST);
            }
        }

        private static void within(String name, long value, long least, long most) {
            if (value < least || value > most) {
                throw new IllegalArgumentException(name + " " + value + " is not between " + least + " and " + most);
            }
        }
    }
}
