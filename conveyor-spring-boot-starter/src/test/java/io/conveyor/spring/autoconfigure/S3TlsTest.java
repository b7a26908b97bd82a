package io.conveyor.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.StorageException;
import io.conveyor.spi.StorageBackend;
import io.conveyor.spring.ConveyorS3ConnectionDetails;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Configuration;

/** Real handshakes with a server in this JVM, whose keys are made for the test. */
@Timeout(120)
class S3TlsTest {

    private static final String BUNDLE = "spring.ssl.bundle.jks.store.";

    @TempDir
    static Path directory;

    private static Path serverKey;
    private static Path serverTrust;
    private static Path clientKey;
    private static Path clientTrust;

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(ConveyorAutoConfiguration.class, SslAutoConfiguration.class))
            .withPropertyValues(
                    "conveyor.backend=s3",
                    "conveyor.s3.bucket=bucket",
                    "conveyor.s3.attempts=1",
                    "conveyor.s3.access-key-id=id",
                    "conveyor.s3.secret-access-key=hush-hush");

    private ApplicationContextRunner trusting() {
        return runner.withPropertyValues(
                "conveyor.s3.ssl.bundle=store",
                BUNDLE + "truststore.location=" + serverTrust,
                BUNDLE + "truststore.password=" + KeyStores.PASSWORD);
    }

    @BeforeAll
    static void makeKeys() throws Exception {
        KeyStores stores = new KeyStores(directory);
        serverKey = stores.key("server", "dns:localhost");
        serverTrust = stores.trustIn(serverKey);
        clientKey = stores.key("application", "dns:application");
        clientTrust = stores.trustIn(clientKey);
    }

    private static String endpoint(SecureS3 store) {
        return "conveyor.s3.endpoint=https://localhost:" + store.port();
    }

    private static SSLSession handshake(ApplicationContextRunner with, SecureS3 store) {
        with.withPropertyValues(endpoint(store))
                .run(context -> context.getBean(StorageBackend.class).ping());
        assertThat(store.sessions()).hasSize(1);
        return store.sessions().get(0);
    }

    @Test
    void theStoreIsTrustedThatTheBundleTrusts() throws Exception {
        try (SecureS3 store = SecureS3.start(serverKey)) {
            assertThat(handshake(trusting(), store).isValid()).isTrue();
        }
    }

    @Test
    void withoutTheBundleTheStoreIsNotTrusted() throws Exception {
        try (SecureS3 store = SecureS3.start(serverKey)) {
            runner.withPropertyValues(endpoint(store))
                    .run(context -> assertThatThrownBy(context.getBean(StorageBackend.class)::ping)
                            .isInstanceOf(StorageException.class)
                            .hasMessageContaining("could not be reached: SunCertPathBuilderException")
                            .hasStackTraceContaining(SSLHandshakeException.class.getName()));
            assertThat(store.sessions()).isEmpty();
        }
    }

    @Test
    void aBundleForAnEndpointWithoutTlsEndsTheStart() {
        trusting()
                .withPropertyValues("conveyor.s3.endpoint=http://localhost:9000")
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .hasMessage("conveyor.s3.ssl.bundle is set, but the endpoint at localhost is http, without TLS:"
                                + " make it https, or leave the bundle out"));
    }

    @Test
    void aBundleThatIsNotThereIsNamedWithThePropertyAndThoseThatAre() {
        trusting()
                .withPropertyValues("conveyor.s3.region=eu-west-1", "conveyor.s3.ssl.bundle=stroe")
                .run(context -> assertThat(context)
                        .getFailure()
                        .hasStackTraceContaining("conveyor.s3.ssl.bundle is 'stroe', and there is no SSL bundle of that"
                                + " name below spring.ssl.bundle; there are ["));
    }

    @Test
    void aStoreOfAnotherNameThanItsCertificateIsNotTrusted() throws Exception {
        try (SecureS3 store = SecureS3.start(serverKey)) {
            trusting()
                    .withPropertyValues("conveyor.s3.endpoint=https://127.0.0.1:" + store.port())
                    .run(context -> assertThatThrownBy(context.getBean(StorageBackend.class)::ping)
                            .isInstanceOf(StorageException.class)
                            .satisfiesAnyOf(
                                    failure -> assertThat(failure)
                                            .hasStackTraceContaining(SSLPeerUnverifiedException.class.getName()),
                                    failure -> assertThat(failure)
                                            .hasStackTraceContaining(SSLHandshakeException.class.getName())));
            assertThat(store.sessions()).isEmpty();
        }
    }

    @Test
    void theKeyOfTheBundleIsShownToAStoreThatAsksForOne() throws Exception {
        try (SecureS3 store = SecureS3.startForClientsOf(serverKey, clientTrust)) {
            SSLSession session = handshake(
                    trusting()
                            .withPropertyValues(
                                    BUNDLE + "keystore.location=" + clientKey,
                                    BUNDLE + "keystore.password=" + KeyStores.PASSWORD),
                    store);

            assertThat(session.getPeerPrincipal().getName()).isEqualTo("CN=application");
        }
    }

    @Test
    void withoutAKeyAStoreThatAsksForOneRefuses() throws Exception {
        try (SecureS3 store = SecureS3.startForClientsOf(serverKey, clientTrust)) {
            trusting()
                    .withPropertyValues(endpoint(store))
                    .run(context -> assertThatThrownBy(context.getBean(StorageBackend.class)::ping)
                            .isInstanceOf(IOException.class));
            assertThat(store.sessions()).isEmpty();
        }
    }

    @Test
    void theNewestProtocolIsSpokenUnlessTheBundleSaysOtherwise() throws Exception {
        try (SecureS3 store = SecureS3.start(serverKey)) {
            assertThat(handshake(trusting(), store).getProtocol()).isEqualTo("TLSv1.3");
        }
        try (SecureS3 store = SecureS3.start(serverKey)) {
            assertThat(handshake(trusting().withPropertyValues(BUNDLE + "options.enabled-protocols=TLSv1.2"), store)
                            .getProtocol())
                    .isEqualTo("TLSv1.2");
        }
    }

    @Test
    void onlyTheCiphersOfTheBundleAreOffered() throws Exception {
        for (String cipher : List.of("TLS_AES_128_GCM_SHA256", "TLS_CHACHA20_POLY1305_SHA256")) {
            try (SecureS3 store = SecureS3.start(serverKey)) {
                assertThat(handshake(trusting().withPropertyValues(BUNDLE + "options.ciphers=" + cipher), store)
                                .getCipherSuite())
                        .isEqualTo(cipher);
            }
        }
    }

    @Test
    void protocolsAndCiphersThatNobodyKnowsAreRefusedAtTheStart() {
        trusting()
                .withPropertyValues("conveyor.s3.region=eu-west-1", BUNDLE + "options.enabled-protocols=TLSv1.3,TLSv9")
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .hasMessageContaining("the SSL bundle of conveyor.s3.ssl.bundle has options.enabled-protocols"
                                + " [TLSv9], which this JVM does not support; it supports [")
                        .hasMessageContaining("TLSv1.3"));
        trusting()
                .withPropertyValues("conveyor.s3.region=eu-west-1", BUNDLE + "options.ciphers=ROT13")
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .hasMessageContaining("has options.ciphers [ROT13], which"));
    }

    @Test
    void theBundleOfConnectionDetailsIsUsed() throws Exception {
        try (SecureS3 store = SecureS3.start(serverKey)) {
            runner.withPropertyValues(
                            BUNDLE + "truststore.location=" + serverTrust,
                            BUNDLE + "truststore.password=" + KeyStores.PASSWORD,
                            BUNDLE + "options.enabled-protocols=TLSv1.2")
                    .withBean(Details.class, store.port())
                    .run(context -> context.getBean(StorageBackend.class).ping());

            assertThat(store.sessions()).extracting(SSLSession::getProtocol).containsExactly("TLSv1.2");
        }
    }

    record Details(int port, SslBundles bundles) implements ConveyorS3ConnectionDetails {

        @Override
        public URI getEndpoint() {
            return URI.create("https://localhost:" + port);
        }

        @Override
        public String getAccessKeyId() {
            return "id";
        }

        @Override
        public String getSecretAccessKey() {
            return "hush-hush";
        }

        @Override
        public SslBundle getSslBundle() {
            return bundles.getBundle("store");
        }
    }

    @Test
    @ExtendWith(OutputCaptureExtension.class)
    void aFailFastApplicationSaysThatTlsFailed(CapturedOutput output) throws Exception {
        try (SecureS3 store = SecureS3.start(serverKey)) {
            SpringApplication application = new SpringApplication(Application.class);
            application.setWebApplicationType(WebApplicationType.NONE);

            assertThatThrownBy(() -> application.run(
                            "--conveyor.backend=s3",
                            "--conveyor.fail-fast=true",
                            "--conveyor.s3.bucket=bucket",
                            "--conveyor.s3.attempts=1",
                            "--conveyor.s3.access-key-id=id",
                            "--conveyor.s3.secret-access-key=hush-hush",
                            "--" + endpoint(store)))
                    .isNotNull();
        }
        assertThat(output)
                .contains("APPLICATION FAILED TO START")
                .containsPattern("TLS failed \\(.*certification path.*\\): check that conveyor.s3.ssl.bundle names")
                .doesNotContain("hush-hush");
    }

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration({ConveyorAutoConfiguration.class, SslAutoConfiguration.class})
    static class Application {}
}
