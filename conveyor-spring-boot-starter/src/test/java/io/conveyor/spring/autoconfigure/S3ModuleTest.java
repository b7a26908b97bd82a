package io.conveyor.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.ConveyorFactory;
import io.conveyor.backend.s3.S3Checksum;
import io.conveyor.backend.s3.S3Options;
import io.conveyor.spi.StorageBackend;
import io.conveyor.spring.ConveyorS3ClientBuilderCustomizer;
import io.conveyor.spring.ConveyorS3ConnectionDetails;
import io.conveyor.spring.S3Server;
import io.conveyor.testkit.Bytes;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.util.unit.DataSize;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.SdkRequest;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.regions.providers.AwsRegionProvider;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ServiceClientConfiguration;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;

/** What becomes of the properties is read off the client that they make; nothing listens at its endpoint. */
class S3ModuleTest {

    /** As of placeholders whose variables are not set. */
    private static final String[] BLANK = {
        "conveyor.s3.endpoint=",
        "conveyor.s3.region=",
        "conveyor.s3.access-key-id=",
        "conveyor.s3.secret-access-key=",
        "conveyor.s3.session-token=",
        "conveyor.s3.ssl.bundle="
    };

    private final List<S3ServiceClientConfiguration> clients = new CopyOnWriteArrayList<>();

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(ConveyorAutoConfiguration.class))
            .withPropertyValues("conveyor.backend=s3", "conveyor.s3.bucket=bucket")
            .withBean(
                    ConveyorS3ClientBuilderCustomizer.class,
                    () -> (builder, store) -> clients.add(builder.build().serviceClientConfiguration()));

    @Test
    void regionEndpointAndCredentialsComeFromTheProperties() {
        runner.withPropertyValues(
                        "conveyor.s3.prefix=some/where",
                        "conveyor.s3.region=eu-central-1",
                        "conveyor.s3.endpoint=http://127.0.0.1:1",
                        "conveyor.s3.access-key-id=id",
                        "conveyor.s3.secret-access-key=hush-hush",
                        "conveyor.s3.session-token=psst")
                .run(context -> {
                    assertThat(context.getBean(StorageBackend.class).name()).isEqualTo("s3");
                    assertThat(context.getBean(StorageBackend.class).toString())
                            .contains("bucket=bucket", "prefix=some/where/", "http://127.0.0.1:1")
                            .doesNotContain("hush-hush", "psst");
                    assertThat(clients).singleElement().satisfies(client -> {
                        assertThat(client.region()).isEqualTo(Region.EU_CENTRAL_1);
                        assertThat(client.endpointOverride()).contains(URI.create("http://127.0.0.1:1"));
                        assertThat(client.credentialsProvider()
                                        .resolveIdentity()
                                        .join())
                                .isInstanceOfSatisfying(AwsSessionCredentials.class, credentials -> {
                                    assertThat(credentials.accessKeyId()).isEqualTo("id");
                                    assertThat(credentials.secretAccessKey()).isEqualTo("hush-hush");
                                    assertThat(credentials.sessionToken()).isEqualTo("psst");
                                });
                    });
                });
    }

    @Test
    void connectionDetailsComeBeforeProperties() {
        runner.withPropertyValues(
                        "conveyor.s3.endpoint=http://127.0.0.1:1",
                        "conveyor.s3.access-key-id=id",
                        "conveyor.s3.secret-access-key=hush-hush",
                        "conveyor.s3.session-token=of-other-credentials")
                .withBean(ConveyorS3ConnectionDetails.class, ContainerDetails::new)
                .run(context -> assertThat(clients).singleElement().satisfies(client -> {
                    assertThat(client.endpointOverride()).contains(URI.create("http://127.0.0.1:2"));
                    assertThat(client.region()).isEqualTo(Region.of("here"));
                    assertThat(client.credentialsProvider().resolveIdentity().join())
                            .isInstanceOfSatisfying(
                                    AwsBasicCredentials.class,
                                    credentials -> assertThat(credentials.accessKeyId())
                                            .isEqualTo("container"));
                }));
    }

    private static final class ContainerDetails implements ConveyorS3ConnectionDetails {

        @Override
        public URI getEndpoint() {
            return URI.create("http://127.0.0.1:2");
        }

        @Override
        public String getRegion() {
            return "here";
        }

        @Override
        public String getAccessKeyId() {
            return "container";
        }

        @Override
        public String getSecretAccessKey() {
            return "hush-hush";
        }
    }

    @Test
    void credentialsAndRegionBeansOfTheApplicationAreUsed() {
        runner.withBean(
                        AwsCredentialsProvider.class,
                        () -> StaticCredentialsProvider.create(AwsBasicCredentials.create("application", "hush-hush")))
                .withBean(AwsRegionProvider.class, () -> () -> Region.AP_SOUTH_1)
                .run(context -> assertThat(clients).singleElement().satisfies(client -> {
                    assertThat(client.region()).isEqualTo(Region.AP_SOUTH_1);
                    assertThat(client.credentialsProvider()
                                    .resolveIdentity()
                                    .join()
                                    .accessKeyId())
                            .isEqualTo("application");
                }));
    }

    @Test
    void theClientOfTheApplicationIsUsedAndStaysOpen() throws IOException {
        S3Client own = client();
        runner.withBean(S3Client.class, () -> own, definition -> definition.setDestroyMethodName(""))
                .run(context -> {
                    assertThat(context).hasSingleBean(S3Client.class);
                    assertThat(clients).as("made from properties").isEmpty();
                    assertThat(context).hasNotFailed();
                });

        // A closed client throws IllegalStateException; nothing listens at the endpoint of an open one.
        assertThatThrownBy(() -> own.headBucket(request -> request.bucket("bucket")))
                .isInstanceOf(SdkClientException.class);
        own.close();
    }

    @Test
    void aClientOfTheApplicationWithAnEndpointIsTakenForAStoreThatIsNotAmazons() {
        runner.withBean(S3Client.class, S3ModuleTest::client).run(context -> {
            StorageBackend backend = context.getBean(StorageBackend.class);
            assertThat(backend.identity()).isEqualTo("s3:http://127.0.0.1:1/bucket/");
            assertThat(backend.toString()).contains("endpoint=http://127.0.0.1:1");
            assertThat(clients).as("made from properties").isEmpty();
        });
    }

    @Test
    void aClientOfTheApplicationWithoutAnEndpointIsTakenForAmazons() {
        runner.withBean(S3Client.class, S3ModuleTest::clientOfAmazon)
                .run(context -> assertThat(context.getBean(StorageBackend.class).identity())
                        .isEqualTo("s3:/bucket/"));
    }

    @Test
    void theEndpointOfAClientThatFoundItInTheSettingsOfTheSdkIsKnown() {
        runner.withSystemProperties("aws.endpointUrlS3=http://127.0.0.1:3")
                .withBean(S3Client.class, S3ModuleTest::clientOfAmazon)
                .run(context -> assertThat(context.getBean(StorageBackend.class).identity())
                        .isEqualTo("s3:http://127.0.0.1:3/bucket/"));
    }

    @Test
    void aClientThatDoesNotTellItsEndpointIsTakenForAmazons() {
        runner.withBean(S3Client.class, Untold::new)
                .run(context -> assertThat(context.getBean(StorageBackend.class).identity())
                        .isEqualTo("s3:/bucket/"));
    }

    private static final class Untold implements S3Client {

        @Override
        public String serviceName() {
            return "s3";
        }

        @Override
        public void close() {}
    }

    @Test
    void twoStoresInOnePlaceAreFoundThoughOneIsReachedByTheClientOfTheApplication() {
        runner.withBean(S3Client.class, S3ModuleTest::client)
                .withPropertyValues(
                        "conveyor.stores.archive.backend=s3",
                        "conveyor.stores.archive.s3.bucket=bucket",
                        "conveyor.stores.archive.s3.endpoint=http://127.0.0.1:1")
                .run(context -> assertThat(context).getFailure().rootCause().isInstanceOf(SharedPlaceException.class));
    }

    @Test
    void blankPropertiesDoNotKeepTheClientOfTheApplicationAway() {
        runner.withBean(S3Client.class, S3ModuleTest::client)
                .withPropertyValues(BLANK)
                .run(context -> {
                    assertThat(context).hasNotFailed();
                    assertThat(clients).as("made from properties").isEmpty();
                });
    }

    @Test
    void blankPropertiesSayNothing() {
        runner.withBean(AwsRegionProvider.class, () -> () -> Region.AP_SOUTH_1)
                .withBean(AwsCredentialsProvider.class, AnonymousCredentialsProvider::create)
                .withPropertyValues(BLANK)
                .run(context -> assertThat(clients).singleElement().satisfies(client -> {
                    assertThat(client.region()).isEqualTo(Region.AP_SOUTH_1);
                    assertThat(client.endpointOverride()).isEmpty();
                    assertThat(client.credentialsProvider()).isInstanceOf(AnonymousCredentialsProvider.class);
                }));
    }

    @Test
    void aRegionProviderThatFindsNothingLeavesTheRegionThatAnEndpointHas() {
        runner.withBean(AwsRegionProvider.class, () -> S3ModuleTest::noRegion)
                .withPropertyValues("conveyor.s3.endpoint=http://127.0.0.1:1")
                .run(context -> assertThat(clients)
                        .singleElement()
                        .extracting(S3ServiceClientConfiguration::region)
                        .isEqualTo(Region.US_EAST_1));
    }

    @Test
    void aRegionProviderThatFindsNothingEndsTheStartWithARemedy() {
        runner.withBean(AwsRegionProvider.class, () -> S3ModuleTest::noRegion)
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .hasMessageContaining("no region is known: set conveyor.s3.region"));
    }

    @Test
    void theEndpointAndTheRegionOfACustomizerAreKnown() {
        runner.withBean(AwsRegionProvider.class, () -> S3ModuleTest::noRegion)
                .withBean(
                        "elsewhere",
                        ConveyorS3ClientBuilderCustomizer.class,
                        () -> (builder, store) ->
                                builder.region(Region.EU_WEST_1).endpointOverride(URI.create("http://127.0.0.1:3")))
                .run(context -> assertThat(context.getBean(StorageBackend.class))
                        .satisfies(backend -> assertThat(backend.identity()).isEqualTo("s3:http://127.0.0.1:3/bucket/"))
                        .asString()
                        .contains("endpoint=http://127.0.0.1:3"));
    }

    @Test
    void aRegionOfACustomizerAloneIsEnough() {
        runner.withBean(AwsRegionProvider.class, () -> S3ModuleTest::noRegion)
                .withBean(
                        "regional",
                        ConveyorS3ClientBuilderCustomizer.class,
                        () -> (builder, store) -> builder.region(Region.EU_WEST_1))
                .run(context -> {
                    assertThat(context.getBean(StorageBackend.class).identity()).isEqualTo("s3:/bucket/");
                    assertThat(clients).as("customized once").hasSize(1);
                });
    }

    @Test
    void anEndpointOfACustomizerComesBeforeThatOfTheProperties() {
        runner.withPropertyValues("conveyor.s3.endpoint=http://127.0.0.1:1")
                .withBean(
                        "elsewhere",
                        ConveyorS3ClientBuilderCustomizer.class,
                        () -> (builder, store) -> builder.endpointOverride(URI.create("http://127.0.0.1:3")))
                .run(context -> assertThat(context.getBean(StorageBackend.class).identity())
                        .isEqualTo("s3:http://127.0.0.1:3/bucket/"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[default]\nendpoint_url = http://127.0.0.1:3\n",
                "[default]\nservices = own\n[services own]\ns3 =\n  endpoint_url = http://127.0.0.1:3\n"
            })
    void anEndpointOfAProfileIsKnownAndNeedsNoRegion(String profile, @TempDir Path directory) throws IOException {
        Path config = Files.writeString(directory.resolve("config"), profile);

        ApplicationContextRunner withProfile = new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(ConveyorAutoConfiguration.class))
                .withBean(AwsRegionProvider.class, () -> S3ModuleTest::noRegion)
                .withPropertyValues("conveyor.backend=s3", "conveyor.s3.bucket=bucket")
                .withSystemProperties("aws.configFile=" + config);
        withProfile.run(
                context -> assertThat(context.getBean(StorageBackend.class).identity())
                        .isEqualTo("s3:http://127.0.0.1:3/bucket/"));
    }

    private static Region noRegion() {
        throw SdkClientException.create("Unable to load region from any of the providers in the chain");
    }

    @Test
    void blankPropertiesOfWhatIsStoredSayNothing() throws Exception {
        List<SdkRequest> requests = new CopyOnWriteArrayList<>();
        try (S3Server server = S3Server.start()) {
            runner.withPropertyValues(server.properties("conveyor"))
                    .withPropertyValues("conveyor.s3.content-type=", "conveyor.s3.storage-class= ", "conveyor.s3.acl=")
                    .withBean(
                            "noting",
                            ConveyorS3ClientBuilderCustomizer.class,
                            () -> (builder, store) ->
                                    builder.overrideConfiguration(builder.overrideConfiguration().toBuilder()
                                            .addExecutionInterceptor(new Noting(requests))
                                            .build()))
                    .run(context -> context.getBean(ConveyorFactory.class)
                            .write("key", out -> out.write(Bytes.buffer("content"))));
        }

        assertThat(requests)
                .filteredOn(PutObjectRequest.class::isInstance)
                .extracting(PutObjectRequest.class::cast)
                .singleElement()
                .satisfies(put -> {
                    assertThat(put.contentType()).isNull();
                    assertThat(put.storageClassAsString()).isNull();
                    assertThat(put.aclAsString()).isNull();
                });
    }

    private record Noting(List<SdkRequest> requests) implements ExecutionInterceptor {

        @Override
        public void beforeExecution(Context.BeforeExecution context, ExecutionAttributes attributes) {
            requests.add(context.request());
        }
    }

    /** Spring Boot leaves hyphens out, and takes underscores for them, too; Kubernetes describes a service called conveyor-s3. */
    @Test
    void variablesOfTheEnvironmentInTheirOlderFormAreBoundAndForeignOnesArePassedOver() {
        runner.withInitializer(context -> context.getEnvironment()
                        .getPropertySources()
                        .replace(
                                StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
                                new SystemEnvironmentPropertySource(
                                        StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
                                        Map.of(
                                                "CONVEYOR_S3_REGION", "eu-west-1",
                                                "CONVEYOR_S3_PART_SIZE", "16MB",
                                                "CONVEYOR_S3_ACCESSKEYID", "id",
                                                "CONVEYOR_S3_SECRET_ACCESS_KEY", "hush-hush",
                                                "CONVEYOR_S3_SERVICE_HOST", "10.0.0.1",
                                                "CONVEYOR_S3_PORT", "tcp://10.0.0.1:9000"))))
                .run(context -> {
                    assertThat(context).hasNotFailed();
                    S3Properties bound =
                            context.getBean(ConveyorProperties.class).getS3();
                    assertThat(bound.getPartSize()).isEqualTo(DataSize.ofMegabytes(16));
                    assertThat(bound.getSecretAccessKey()).isEqualTo("hush-hush");
                });
    }

    /** Of one that were, an application would get two, or lose its own. */
    @Test
    void itsOwnClientIsNoBean() {
        runner.withPropertyValues("conveyor.s3.region=eu-west-1").run(context -> {
            assertThat(clients).hasSize(1);
            assertThat(context)
                    .doesNotHaveBean(S3Client.class)
                    .doesNotHaveBean(AwsCredentialsProvider.class)
                    .doesNotHaveBean(AwsRegionProvider.class)
                    .doesNotHaveBean(Executor.class);
        });
    }

    @Test
    void propertiesThatSayHowToConnectComeBeforeTheClientOfTheApplication() {
        runner.withPropertyValues("conveyor.s3.region=eu-west-1")
                .withBean(S3Client.class, S3ModuleTest::client)
                .run(context -> assertThat(clients)
                        .singleElement()
                        .extracting(S3ServiceClientConfiguration::region)
                        .isEqualTo(Region.EU_WEST_1));
    }

    @Test
    void aKeyThatTheEncryptionDoesNotUseEndsTheStart() {
        ApplicationContextRunner regional = runner.withPropertyValues("conveyor.s3.region=eu-west-1");

        regional.withPropertyValues("conveyor.s3.kms-key-id=hush-hush")
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .hasMessage(
                                "conveyor.s3.kms-key-id is set, but conveyor.s3.encryption is 'bucket-default', which"
                                        + " does not use it: set that to 'kms', or leave the key out"));
        regional.withPropertyValues("conveyor.s3.customer-key=hush-hush", "conveyor.s3.encryption=kms")
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .hasMessageContaining("conveyor.s3.customer-key is set, but conveyor.s3.encryption is 'kms'")
                        .hasMessageNotContaining("hush-hush"));
    }

    @Test
    void aKeyThatTheEncryptionUsesIsUsed() {
        runner.withPropertyValues(
                        "conveyor.s3.region=eu-west-1",
                        "conveyor.s3.kms-key-id=key",
                        "conveyor.s3.customer-key=",
                        "conveyor.s3.encryption=kms")
                .run(context -> assertThat(context.getBean(StorageBackend.class).toString())
                        .contains("aws:kms"));
    }

    private static S3Client clientOfAmazon() {
        return S3Client.builder().region(Region.EU_WEST_1).build();
    }

    private static S3Client client() {
        return S3Client.builder()
                .region(Region.US_EAST_1)
                .endpointOverride(URI.create("http://127.0.0.1:1"))
                .credentialsProvider(AnonymousCredentialsProvider.create())
                .build();
    }

    @Test
    void anSslBundleThatDoesNotExistIsNamed() {
        runner.withConfiguration(AutoConfigurations.of(SslAutoConfiguration.class))
                .withPropertyValues("conveyor.s3.region=eu-west-1", "conveyor.s3.ssl.bundle=store")
                .run(context -> assertThat(context).getFailure().rootCause().hasMessageContaining("store"));
    }

    @Test
    void anSslBundleAloneComesBeforeTheClientOfTheApplication() {
        runner.withConfiguration(AutoConfigurations.of(SslAutoConfiguration.class))
                .withBean(S3Client.class, S3ModuleTest::client)
                .withBean(AwsRegionProvider.class, () -> () -> Region.AP_SOUTH_1)
                .withPropertyValues("conveyor.s3.ssl.bundle=of-the-store")
                .run(context -> assertThat(context).getFailure().rootCause().hasMessageContaining("of-the-store"));
    }

    @Test
    void startingTouchesNoNetworkEvenIfTheStoreIsAway() {
        runner.withPropertyValues("conveyor.s3.endpoint=http://127.0.0.1:1")
                .run(context -> assertThat(context).hasNotFailed());
    }

    @Test
    void aStoreOfAnotherNameHasABucketOfItsOwn() {
        runner.withPropertyValues(
                        "conveyor.s3.region=eu-west-1",
                        "conveyor.stores.archive.backend=s3",
                        "conveyor.stores.archive.s3.bucket=other",
                        "conveyor.stores.archive.s3.region=us-west-2")
                .run(context -> assertThat(clients)
                        .extracting(S3ServiceClientConfiguration::region)
                        .containsExactly(Region.EU_WEST_1, Region.US_WEST_2));
    }

    @Test
    void everyChoiceOfTheBackendCanBeMade() {
        assertThat(S3Properties.Checksum.values())
                .extracting(Enum::name)
                .containsExactlyElementsOf(
                        List.of(S3Checksum.values()).stream().map(Enum::name).toList());
        assertThat(S3Properties.CommitPolicy.values())
                .extracting(Enum::name)
                .containsExactlyElementsOf(List.of(S3Options.CommitPolicy.values()).stream()
                        .map(Enum::name)
                        .toList());
    }
}
