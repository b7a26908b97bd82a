package io.conveyor.backend.s3;

import io.conveyor.spi.StorageBackend;
import io.conveyor.spi.StorageBackendProvider;
import io.conveyor.spi.StorageSettings;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;

/** Makes the backend {@code s3} from settings. */
public final class S3BackendProvider implements StorageBackendProvider {

    /** For {@link java.util.ServiceLoader}. */
    public S3BackendProvider() {}

    @Override
    public String name() {
        return "s3";
    }

    @Override
    public StorageBackend create(StorageSettings settings) throws IOException {
        S3Options options = options(settings);
        return S3Backend.create(options);
    }

    static S3Options options(StorageSettings settings) {
        S3Options.Builder options = S3Options.builder(settings.required("bucket"));
        settings.text("prefix").ifPresent(options::prefix);
        settings.text("region").ifPresent(options::region);
        settings.text("endpoint").map(S3BackendProvider::endpoint).ifPresent(options::endpoint);
        if (settings.text("path-style").isPresent()) {
            options.pathStyle(settings.flag("path-style", false));
        }
        credentials(settings).ifPresent(options::credentials);
        transfer(settings, options);
        staging(settings, options);
        stored(settings, options);
        retries(settings, options);
        settings.rejectUnknown();
        return options.build();
    }

    private static URI endpoint(String value) {
        URI uri;
        try {
            uri = new URI(value);
        } catch (URISyntaxException e) {
            // Without the cause, whose message shows what was given, be it with credentials.
            throw new IllegalArgumentException("the setting 'endpoint' is not a URI: " + e.getReason() + " at index "
                    + e.getIndex() + "; expected https://host:port");
        }
        if (uri.getHost() == null || uri.getUserInfo() != null) {
            throw new IllegalArgumentException(
                    "the setting 'endpoint' has no host, or has credentials in it; expected https://host:port");
        }
        return uri;
    }

    private static Optional<AwsCredentialsProvider> credentials(StorageSettings settings) {
        Optional<String> id = settings.text("access-key-id");
        Optional<String> secret = settings.text("secret-access-key");
        Optional<String> token = settings.text("session-token");
        if (id.isEmpty() && secret.isEmpty() && token.isEmpty()) {
            return Optional.empty();
        }
        if (id.isEmpty() || secret.isEmpty()) {
            throw new IllegalArgumentException(
                    "the settings 'access-key-id' and 'secret-access-key' go together; without both the default chain is used");
        }
        return Optional.of(StaticCredentialsProvider.create(
                token.isPresent()
                        ? AwsSessionCredentials.create(id.get(), secret.get(), token.get())
                        : AwsBasicCredentials.create(id.get(), secret.get())));
    }

    private static void transfer(StorageSettings settings, S3Options.Builder options) {
        options.partBytes(settings.bytes("part-size", 8L << 20));
        options.singlePutBytes(settings.bytes("single-put-limit", 16L << 20));
        options.readConcurrency(settings.count("read-concurrency", 16, 1, 1_000));
        options.writeConcurrency(settings.count("write-concurrency", 16, 1, 1_000));
        options.commitConcurrency(settings.count("commit-concurrency", 8, 1, 1_000));
        if (settings.text("checksum").isPresent()) {
            options.checksum(settings.choice("checksum", S3Checksum.class, S3Checksum.NONE));
        }
        options.signBodies(settings.flag("sign-bodies", false));
        if (settings.text("verify-stored-size").isPresent()) {
            options.verifyStoredSize(settings.flag("verify-stored-size", false));
        }
        options.commitPolicy(
                settings.choice("commit-policy", S3Options.CommitPolicy.class, S3Options.CommitPolicy.CONDITIONAL));
        options.requesterPays(settings.flag("requester-pays", false));
    }

    private static void staging(StorageSettings settings, S3Options.Builder options) {
        settings.text("staging-directory").map(Path::of).ifPresent(options::stagingDirectory);
        options.stagingMemoryBytes(settings.bytes("staging-memory", 4L << 20));
        options.stagingBytes(settings.bytes("staging-limit", 4L << 30));
        options.keepUploadedParts(settings.flag("keep-uploaded-parts", true));
    }

    private static void stored(StorageSettings settings, S3Options.Builder options) {
        S3ObjectSettings.Builder stored = S3ObjectSettings.builder();
        settings.text("content-type").ifPresent(stored::contentType);
        settings.text("storage-class").ifPresent(stored::storageClass);
        settings.text("acl").ifPresent(stored::acl);
        options.objectSettings(stored.build());
        Optional<String> kmsKey = settings.text("kms-key-id").filter(key -> !key.isBlank());
        Optional<String> customerKey = settings.text("customer-key").filter(key -> !key.isBlank());
        String method = settings.text("encryption").map(String::trim).orElse("bucket-default");
        options.encryption(
                switch (method) {
                    case "bucket-default" -> S3Encryption.bucketDefault();
                    case "s3" -> S3Encryption.s3();
                    case "kms" -> S3Encryption.kms(kmsKey.orElse(null));
                    case "customer-key" -> S3Encryption.customerKey(decoded(customerKey));
                    default ->
                        throw new IllegalArgumentException("the setting 'encryption' is '" + method
                                + "', expected one of bucket-default, s3, kms, customer-key");
                });
        requireUse("kms-key-id", kmsKey, method, "kms");
        requireUse("customer-key", customerKey, method, "customer-key");
    }

    /** Whoever gives a key takes what is stored for encrypted with it. */
    private static void requireUse(String name, Optional<String> key, String method, String use) {
        if (key.isPresent() && !method.equals(use)) {
            throw new IllegalArgumentException("the setting '" + name + "' is set, but 'encryption' is '" + method
                    + "', which does not use it: set that to '" + use + "', or leave the key out");
        }
    }

    private static byte[] decoded(Optional<String> customerKey) {
        try {
            return Base64.getDecoder().decode(customerKey.orElse(""));
        } catch (IllegalArgumentException e) {
            // Without the cause, whose message shows part of the key.
            throw new IllegalArgumentException("the setting 'customer-key' is not Base64");
        }
    }

    private static void retries(StorageSettings settings, S3Options.Builder options) {
        options.attempts(settings.count("attempts", 4, 1, 100));
        options.throttledAttempts(settings.count("throttled-attempts", 10, 1, 100));
        options.connectTimeout(settings.duration("connect-timeout", Duration.ofSeconds(5)));
        options.firstByteTimeout(settings.duration("first-byte-timeout", Duration.ofSeconds(5)));
        options.noProgressTimeout(settings.duration("no-progress-timeout", Duration.ofSeconds(30)));
        options.requestTimeout(settings.duration("request-timeout", Duration.ofSeconds(30)));
        options.transferTimeout(settings.duration("transfer-timeout", Duration.ofMinutes(5)));
        if (settings.text("abort-orphans-older-than").isPresent()) {
            options.abortOrphansOlderThan(settings.duration("abort-orphans-older-than", Duration.ofDays(2)));
        }
    }
}
