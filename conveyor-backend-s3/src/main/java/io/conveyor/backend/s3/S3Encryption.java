package io.conveyor.backend.s3;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** How the store encrypts objects at rest. Immutable. {@link #toString()} shows the method, never a key. */
public final class S3Encryption {

    private static final int CUSTOMER_KEY_BYTES = 32;
    private static final S3Encryption BUCKET_DEFAULT = new S3Encryption("bucket default", null, null);
    private static final S3Encryption S3 = new S3Encryption("AES256", null, null);

    private final String method;
    private final @Nullable String kmsKeyId;
    private final byte @Nullable [] customerKey;

    private S3Encryption(String method, @Nullable String kmsKeyId, byte @Nullable [] customerKey) {
        this.method = method;
        this.kmsKeyId = kmsKeyId;
        this.customerKey = customerKey;
    }

    /** Whatever the bucket is set to. */
    public static S3Encryption bucketDefault() {
        return BUCKET_DEFAULT;
    }

    /** With keys that the store manages (SSE-S3). */
    public static S3Encryption s3() {
        return S3;
    }

    /** With a key of the key management service (SSE-KMS); null for the account's default key. */
    public static S3Encryption kms(@Nullable String keyId) {
        return new S3Encryption("aws:kms", keyId, null);
    }

    /**
     * With a key that goes along with each request (SSE-C). The store refuses that over plain HTTP.
     *
     * @param key 256 bits; copied
     * @throws IllegalArgumentException if the key has another length
     */
    public static S3Encryption customerKey(byte[] key) {
        if (key.length != CUSTOMER_KEY_BYTES) {
            throw new IllegalArgumentException(
                    "a customer key of " + key.length + " bytes: AES-256 needs " + CUSTOMER_KEY_BYTES);
        }
        return new S3Encryption("customer key", null, key.clone());
    }

    /** What goes into {@code x-amz-server-side-encryption}, or null. */
    @Nullable
    String header() {
        return this == BUCKET_DEFAULT || customerKey != null ? null : method;
    }

    @Nullable
    String kmsKeyId() {
        return kmsKeyId;
    }

    @Nullable
    String customerAlgorithm() {
        return customerKey == null ? null : "AES256";
    }

    @Nullable
    String customerKeyBase64() {
        return customerKey == null ? null : Base64.getEncoder().encodeToString(customerKey);
    }

    @Nullable
    String customerKeyMd5() {
        if (customerKey == null) {
            return null;
        }
        try {
            return Base64.getEncoder()
                    .encodeToString(MessageDigest.getInstance("MD5").digest(customerKey));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this JVM has no MD5, which customer keys need", e);
        }
    }

    @Override
    public String toString() {
        return "S3Encryption[" + method + "]";
    }
}
