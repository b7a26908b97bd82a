package io.conveyor.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.spring.ConveyorBackendDecorator;
import io.conveyor.spring.ConveyorHdfsConnectionDetails;
import io.conveyor.spring.ConveyorS3ConnectionDetails;
import java.net.URI;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.regions.providers.AwsRegionProvider;
import software.amazon.awssdk.services.s3.S3Client;

/** Which of several beans of the application a store uses; where it stores is read off its backend, which contacts nobody. */
@ExtendWith(OutputCaptureExtension.class)
class SeveralConnectionsTest {

    private final Map<String, String> stores = new ConcurrentHashMap<>();

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(ConveyorAutoConfiguration.class))
            .withBean(ConveyorBackendDecorator.class, () -> (backend, store) -> {
                stores.put(store, backend.identity());
                return backend;
            })
            .withPropertyValues(
                    "conveyor.backend=s3",
                    "conveyor.s3.bucket=one",
                    "conveyor.stores.archive.backend=s3",
                    "conveyor.stores.archive.s3.bucket=two");

    @Test
    void theOnlyConnectionServesEveryStore() {
        runner.withBean(ConveyorS3ConnectionDetails.class, () -> s3("only"))
                .run(context -> assertThat(stores)
                        .containsEntry("default", "s3:http://only:9000/one/")
                        .containsEntry("archive", "s3:http://only:9000/two/"));
    }

    @Test
    void thePrimaryOneOfSeveralConnectionsServesEveryStore() {
        runner.withUserConfiguration(PrimaryConnection.class)
                .run(context -> assertThat(stores)
                        .containsEntry("default", "s3:http://first:9000/one/")
                        .containsEntry("archive", "s3:http://first:9000/two/"));
    }

    @Test
    void aConnectionThatIsQualifiedByTheNameOfAStoreServesThatStore() {
        runner.withUserConfiguration(QualifiedConnection.class)
                .run(context -> assertThat(stores)
                        .containsEntry("default", "s3:http://first:9000/one/")
                        .containsEntry("archive", "s3:http://archive:9000/two/"));
    }

    @Test
    void aConnectionThatIsQualifiedByTheNameOfAStoreServesNoOther() {
        runner.withPropertyValues("conveyor.s3.endpoint=http://of-the-properties:9000")
                .withUserConfiguration(ConnectionOfItsOwn.class)
                .run(context -> assertThat(stores)
                        .containsEntry("default", "s3:http://of-the-properties:9000/one/")
                        .containsEntry("archive", "s3:http://archive:9000/two/"));
    }

    @Test
    void severalConnectionsOfEqualRankEndTheStart() {
        runner.withBean("b", ConveyorS3ConnectionDetails.class, () -> s3("b"))
                .withBean("a", ConveyorS3ConnectionDetails.class, () -> s3("a"))
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .isInstanceOf(AmbiguousBeanException.class)
                        .hasMessage("the store 'default' could use several beans of type ConveyorS3ConnectionDetails:"
                                + " [a, b]"));
    }

    @Test
    void severalConnectionsToHdfsAreChosenFromAlike() {
        ApplicationContextRunner hdfs = runner.withPropertyValues("conveyor.backend=hdfs")
                .withPropertyValues("conveyor.stores.archive.backend=hdfs");

        hdfs.withUserConfiguration(QualifiedNameNode.class)
                .run(context -> assertThat(stores)
                        .hasEntrySatisfying("default", at -> assertThat(at).contains("hdfs://first:8020"))
                        .hasEntrySatisfying("archive", at -> assertThat(at).contains("hdfs://archive:8020")));
        hdfs.withBean("b", ConveyorHdfsConnectionDetails.class, () -> hdfs("b"))
                .withBean("a", ConveyorHdfsConnectionDetails.class, () -> hdfs("a"))
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .isInstanceOf(AmbiguousBeanException.class)
                        .hasMessageContaining("ConveyorHdfsConnectionDetails: [a, b]"));
    }

    /** Passing over all of them would take credentials, a region or a client that nobody meant. */
    @Test
    void severalBeansOfTheSdkOfEqualRankEndTheStart() {
        runner.withPropertyValues("conveyor.s3.region=eu-west-1")
                .withBean("b", AwsCredentialsProvider.class, AnonymousCredentialsProvider::create)
                .withBean("a", AwsCredentialsProvider.class, AnonymousCredentialsProvider::create)
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .hasMessageContaining("CredentialsProvider: [a, b]"));
        runner.withBean("b", AwsRegionProvider.class, () -> () -> Region.EU_WEST_1)
                .withBean("a", AwsRegionProvider.class, () -> () -> Region.EU_WEST_1)
                .run(context ->
                        assertThat(context).getFailure().rootCause().hasMessageContaining("RegionProvider: [a, b]"));
    }

    @Test
    void anAnalysisNamesTheBeansAndHowToChoose(CapturedOutput output) {
        start(TwoConnections.class);

        assertThat(output)
                .contains("APPLICATION FAILED TO START")
                .contains("The store 'default' could use several beans of type ConveyorS3ConnectionDetails:"
                        + " [first, second], and nothing says which.")
                .contains("Mark one with @Qualifier(\"default\"), or one as @Primary for all stores.")
                .doesNotContain("use-application-client");
    }

    @Test
    void anAnalysisOfSeveralClientsNamesThePropertyThatUsesNone(CapturedOutput output) {
        start(TwoClients.class);

        assertThat(output)
                .contains("could use several beans of type S3Client: [first, second], and nothing says which.")
                .contains("To use none of them, set conveyor.s3.use-application-client to false.");
    }

    private static void start(Class<?> configuration) {
        SpringApplication application = new SpringApplication(Application.class, configuration);
        application.setWebApplicationType(WebApplicationType.NONE);
        assertThatThrownBy(() -> application
                        .run("--conveyor.backend=s3", "--conveyor.s3.bucket=bucket")
                        .close())
                .isNotNull();
    }

    private static ConveyorS3ConnectionDetails s3(String host) {
        return new ConveyorS3ConnectionDetails() {
            @Override
            public URI getEndpoint() {
                return URI.create("http://" + host + ":9000");
            }
        };
    }

    private static ConveyorHdfsConnectionDetails hdfs(String host) {
        return () -> URI.create("hdfs://" + host + ":8020");
    }

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration(ConveyorAutoConfiguration.class)
    static class Application {}

    @Configuration(proxyBeanMethods = false)
    static class TwoConnections {

        @Bean
        ConveyorS3ConnectionDetails first() {
            return s3("first");
        }

        @Bean
        ConveyorS3ConnectionDetails second() {
            return s3("second");
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class PrimaryConnection {

        @Bean
        @Primary
        ConveyorS3ConnectionDetails first() {
            return s3("first");
        }

        @Bean
        ConveyorS3ConnectionDetails second() {
            return s3("second");
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class QualifiedConnection {

        @Bean
        @Primary
        ConveyorS3ConnectionDetails first() {
            return s3("first");
        }

        @Bean
        @Qualifier("archive")
        ConveyorS3ConnectionDetails second() {
            return s3("archive");
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class ConnectionOfItsOwn {

        @Bean
        @Qualifier("archive")
        ConveyorS3ConnectionDetails second() {
            return s3("archive");
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class QualifiedNameNode {

        @Bean
        @Qualifier("default")
        ConveyorHdfsConnectionDetails first() {
            return hdfs("first");
        }

        @Bean
        @Qualifier("archive")
        ConveyorHdfsConnectionDetails second() {
            return hdfs("archive");
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class TwoClients {

        @Bean
        S3Client first() {
            return client();
        }

        @Bean
        S3Client second() {
            return client();
        }

        private static S3Client client() {
            return S3Client.builder()
                    .region(Region.EU_WEST_1)
                    .credentialsProvider(AnonymousCredentialsProvider.create())
                    .build();
        }
    }
}
