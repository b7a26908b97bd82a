package io.conveyor.spring.autoconfigure;

import io.conveyor.backend.s3.S3Encryption;
import io.conveyor.spring.autoconfigure.S3Properties.Encryption;
import java.util.Base64;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** How a store on S3 is to encrypt, out of its properties. */
final class S3EncryptionAssembly {

    private S3EncryptionAssembly() {}

    /**
     * What the properties say.
     *
     * @throws IllegalArgumentException if a key is given that is not going to be used: whoever gives one takes what is stored for encrypted with it; or if it is
     *     no key. Shows none.
     */
    static S3Encryption of(StoreDefinition store) {
        S3Properties from = store.properties().getS3();
        String kmsKeyId = NonBlank.orNull(from.getKmsKeyId());
        String customerKey = NonBlank.orNull(from.getCustomerKey());
        requireUse(store, "s3.kms-key-id", kmsKeyId, Encryption.KMS);
        requireUse(store, "s3.customer-key", customerKey, Encryption.CUSTOMER_KEY);
        return switch (from.getEncryption()) {
            case BUCKET_DEFAULT -> S3Encryption.bucketDefault();
            case S3 -> S3Encryption.s3();
            case KMS -> S3Encryption.kms(kmsKeyId);
            case CUSTOMER_KEY -> S3Encryption.customerKey(decoded(store, customerKey));
        };
    }

    private static void requireUse(StoreDefinition store, String property, @Nullable String key, Encryption use) {
        Encryption actual = store.properties().getS3().getEncryption();
        if (key != null && actual != use) {
            throw new IllegalArgumentException(store.property(property) + " is set, but "
                    + store.property("s3.encryption") + " is '" + dashed(actual)
                    + "', which does not use it: set that to '" + dashed(use) + "', or leave the key out");
        }
    }

    private static String dashed(Encryption encryption) {
        return encryption.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static byte[] decoded(StoreDefinition store, @Nullable String key) {
        try {
            return Base64.getDecoder().decode(key == null ? "" : key);
        } catch (IllegalArgumentException e) {
            // Without the cause, whose message shows part of the key.
            throw new IllegalArgumentException(store.property("s3.customer-key") + " is not Base64");
        }
    }
}
