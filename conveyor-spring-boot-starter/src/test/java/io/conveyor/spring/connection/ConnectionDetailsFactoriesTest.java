package io.conveyor.spring.connection;

import static io.conveyor.spring.connection.HdfsComposeConnectionDetailsFactory.isNameNode;
import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.spring.ConveyorS3ConnectionDetails;
import io.conveyor.spring.autoconfigure.ChildJvm;
import java.net.URI;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.service.connection.ConnectionDetailsFactory;
import org.springframework.boot.docker.compose.core.ConnectionPorts;
import org.springframework.boot.docker.compose.core.ImageReference;
import org.springframework.boot.docker.compose.core.RunningService;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.testcontainers.service.connection.ContainerConnectionDetailsFactory;
import org.springframework.boot.testcontainers.service.connection.JksTrustStore;
import org.springframework.boot.testcontainers.service.connection.ServiceConnection;
import org.springframework.boot.testcontainers.service.connection.ServiceConnectionAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.ResolvableType;
import org.springframework.core.io.support.SpringFactoriesLoader;
import org.testcontainers.containers.MinIOContainer;

@Timeout(300)
class ConnectionDetailsFactoriesTest {

    @Test
    void everyFactoryIsRegisteredAndCanBeMade() {
        assertThat(SpringFactoriesLoader.forDefaultResourceLocation()
                        .load(
                                ConnectionDetailsFactory.class,
                                SpringFactoriesLoader.FailureHandler.handleMessage((message, failure) -> {})))
                .extracting(factory -> factory.getClass().getSimpleName())
                .contains(
                        "HdfsComposeConnectionDetailsFactory",
                        "HdfsContainerConnectionDetailsFactory",
                        "LocalStackComposeConnectionDetailsFactory",
                        "LocalStackContainerConnectionDetailsFactory",
                        "MinIoComposeConnectionDetailsFactory",
                        "MinIoContainerConnectionDetailsFactory");
    }

    @Test
    void minIoInComposeIsReachedWithTheUserOfItsEnvironment() {
        S3Details details = new MinIoComposeConnectionDetailsFactory()
                .details(new Service(9000, Map.of("MINIO_ROOT_USER", "root", "MINIO_ROOT_PASSWORD", "hush-hush")));

        assertThat(details)
                .isEqualTo(new S3Details(URI.create("http://docker:49000"), "us-east-1", "root", "hush-hush"));
        assertThat(details.toString()).doesNotContain("hush-hush");
    }

    @Test
    void localStackInComposeIsReachedWithItsDefaults() {
        assertThat(new LocalStackComposeConnectionDetailsFactory()
                        .details(new Service(4566, Map.of("AWS_DEFAULT_REGION", "eu-west-3"))))
                .isEqualTo(new S3Details(URI.create("http://docker:44566"), "eu-west-3", "test", "test"));
    }

    @Test
    void aServiceWhoseLabelsNameAnSslBundleIsReachedWithItOverTls() {
        Map<String, String> labels =
                Map.of("org.springframework.boot.sslbundle.jks.truststore.location", "file:trust.p12");

        ConveyorS3ConnectionDetails secure = new MinIoComposeConnectionDetailsFactory()
                .connectionTo(new Service("minio/minio", 9000, Map.of(), labels));
        ConveyorS3ConnectionDetails plain = new LocalStackComposeConnectionDetailsFactory()
                .connectionTo(new Service("localstack/localstack", 4566, Map.of(), Map.of()));

        assertThat(secure.getSslBundle()).isNotNull();
        assertThat(secure.getEndpoint()).isEqualTo(URI.create("https://docker:49000"));
        assertThat(plain.getSslBundle()).isNull();
        assertThat(plain.getEndpoint()).isEqualTo(URI.create("http://docker:44566"));
    }

    @Test
    void aContainerThatHasATrustStoreIsReachedWithItOverTls() {
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(ServiceConnectionAutoConfiguration.class))
                .withUserConfiguration(Secured.class)
                .run(context -> {
                    ConveyorS3ConnectionDetails details = context.getBean(ConveyorS3ConnectionDetails.class);
                    assertThat(details.getSslBundle()).isNotNull();
                    assertThat(details.getEndpoint()).isEqualTo(URI.create("https://docker:49000"));
                });
    }

    @Configuration(proxyBeanMethods = false)
    static class Secured {

        @Bean
        @ServiceConnection
        @JksTrustStore(location = "file:trust.p12")
        MinIOContainer store() {
            return new Listening();
        }
    }

    /** A container without an engine. */
    private static final class Listening extends MinIOContainer {

        Listening() {
            super("minio/minio");
        }

        @Override
        public void start() {}

        @Override
        public String getHost() {
            return "docker";
        }

        @Override
        public Integer getMappedPort(int port) {
            return 40_000 + port;
        }
    }

    @Test
    void bootFindsTheContainerOfAFactoryThroughTheBaseClass() {
        assertThat(ResolvableType.forClass(
                                ContainerConnectionDetailsFactory.class, MinIoContainerConnectionDetailsFactory.class)
                        .resolveGenerics())
                .containsExactly(MinIOContainer.class, ConveyorS3ConnectionDetails.class);
    }

    @Test
    void aNameNodeIsTheHadoopServiceWhoseDirectoryIsFormattedOrTheOneThatHasTheLabel() {
        String label = "org.springframework.boot.service-connection";
        Map<String, String> formatted = Map.of("ENSURE_NAMENODE_DIR", "/tmp/name");

        assertThat(isNameNode(new Service("apache/hadoop:3", 8020, formatted, Map.of())))
                .isTrue();
        assertThat(isNameNode(new Service("apache/hadoop:3", 8020, Map.of(), Map.of())))
                .as("a datanode")
                .isFalse();
        assertThat(isNameNode(new Service("any/image", 8020, formatted, Map.of())))
                .as("another image")
                .isFalse();
        assertThat(isNameNode(new Service("any/image", 8020, Map.of(), Map.of(label, "apache/hadoop"))))
                .as("another image that has the label")
                .isTrue();
        assertThat(isNameNode(new Service("apache/hadoop:3", 8020, formatted, Map.of(label, "redis"))))
                .as("one that is labelled as something else")
                .isFalse();
    }

    @Test
    void whoseLibraryOfTestcontainersIsMissingIsLeftOut() throws Exception {
        String output = ChildJvm.run(
                ChildJvm.classPath().filter(entry -> !entry.contains("testcontainers-localstack")),
                List.of(),
                FactoriesApplication.class);

        assertThat(output).contains("connects: MinIOContainer").doesNotContain("LocalStack", "Exception");
    }

    private record Service(String imageName, int port, Map<String, String> env, Map<String, String> labels)
            implements RunningService {

        Service(int port, Map<String, String> env) {
            this("any/image", port, env, Map.of());
        }

        @Override
        public String name() {
            return "store";
        }

        @Override
        public ImageReference image() {
            return ImageReference.of(imageName);
        }

        @Override
        public String host() {
            return "docker";
        }

        @Override
        public ConnectionPorts ports() {
            return new ConnectionPorts() {
                @Override
                public int get(int containerPort) {
                    assertThat(containerPort).isEqualTo(port);
                    return 40_000 + port;
                }

                @Override
                public List<Integer> getAll() {
                    return List.of(40_000 + port);
                }

                @Override
                public List<Integer> getAll(@Nullable String protocol) {
                    return getAll();
                }
            };
        }
    }
}
