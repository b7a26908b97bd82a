package io.conveyor.backend.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.spi.StorageBackend;
import io.conveyor.spi.StorageBackendProvider;
import io.conveyor.spi.StorageSettings;
import java.util.HashMap;
import java.util.Map;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class S3BackendProviderTest {

    private static final String CANARY = "canary-9f2c";

    @Test
    void theServiceLoaderFindsIt() throws Exception {
        StorageBackendProvider provider = ServiceLoader.load(StorageBackendProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(found -> found.name().equals("s3"))
                .findFirst()
                .orElseThrow();

        try (StorageBackend backend = provider.create(settings(Map.of()))) {
            assertThat(backend.name()).isEqualTo("s3");
        }
    }

    @Test
    void secretsAreNeverPrinted() throws Exception {
        StorageSettings settings = settings(Map.of(
                "access-key-id", "id", "secret-access-key", CANARY, "session-token", CANARY, "encryption", "kms"));
        try (StorageBackend backend = new S3BackendProvider().create(settings)) {
            assertThat(backend.toString()).doesNotContain(CANARY);
        }
        assertThat(settings.toString()).doesNotContain(CANARY);
        assertThat(S3Encryption.customerKey(new byte[32]).toString()).doesNotContain("AAAA");
    }

    @ParameterizedTest
    @CsvSource({
        "part-size, 1MB, partBytes",
        "single-put-limit, 1MB, singlePutBytes",
        "staging-limit, 5MB, stagingBytes",
        "endpoint, nonsense, endpoint",
        "endpoint, http://user:canary-9f2c@host, endpoint",
        "encryption, rot13, encryption",
        "commit-policy, never, commit-policy",
        "access-key-id, alone, secret-access-key",
        "unknown, x, unknown",
        "connect-timeout, 0s, connectTimeout",
        "first-byte-timeout, 0s, firstByteTimeout",
        "no-progress-timeout, 0s, noProgressTimeout",
        "request-timeout, 0s, requestTimeout",
        "transfer-timeout, -PT1S, transferTimeout",
        "kms-key-id, canary-9f2c, kms-key-id",
        "customer-key, canary-9f2c, customer-key",
    })
    void wrongSettingsAreNamed(String name, String value, String named) {
        assertThatThrownBy(() -> S3BackendProvider.options(settings(Map.of(name, value))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(named)
                .hasMessageNotContaining(CANARY);
    }

    /** Whoever gives a key takes what is stored for encrypted with it. */
    @ParameterizedTest
    @CsvSource({"kms-key-id, s3", "kms-key-id, bucket-default", "customer-key, kms", "customer-key, bucket-default"})
    void aKeyThatNothingIsEncryptedWithIsRefused(String name, String encryption) {
        assertThatThrownBy(() -> S3BackendProvider.options(settings(Map.of(name, CANARY, "encryption", encryption))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(name)
                .hasMessageContaining(encryption)
                .hasMessageNotContaining(CANARY);
    }

    @Test
    void anEndpointThatIsNoUriIsNotShownWithTheCredentialsInIt() {
        assertThatThrownBy(
                        () -> S3BackendProvider.options(settings(Map.of("endpoint", "http://user:" + CANARY + "@a b"))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("endpoint")
                .satisfies(
                        thrown -> assertThat(String.valueOf(thrown.getCause())).doesNotContain(CANARY));
    }

    @Test
    void aBucketIsNeeded() {
        assertThatThrownBy(() -> S3BackendProvider.options(StorageSettings.of(Map.of())))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("bucket");
    }

    @Test
    void anEndpointOfOnesOwnTakesTheMostCompatibleForm() {
        S3Options amazon = S3BackendProvider.options(StorageSettings.of(Map.of("bucket", "b")));
        S3Options own = S3BackendProvider.options(settings(Map.of()));

        assertThat(amazon.checksum).isEqualTo(S3Checksum.CRC32C);
        assertThat(amazon.pathStyle).isFalse();
        assertThat(own.checksum).isEqualTo(S3Checksum.MD5);
        assertThat(own.pathStyle).isTrue();
        assertThat(own.verifyStoredSize).isTrue();
    }

    private static StorageSettings settings(Map<String, String> more) {
        Map<String, String> all = new HashMap<>(Map.of("bucket", "b", "endpoint", "http://127.0.0.1:9"));
        all.putAll(more);
        return StorageSettings.of(all);
    }
}
