package io.conveyor.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.ConveyorFactory;
import io.conveyor.spi.StorageBackend;
import io.conveyor.spring.ConveyorBackendFactory;
import io.conveyor.spring.ConveyorStores;
import io.conveyor.spring.RecordingFactory;
import io.conveyor.spring.resource.ConveyorResourcePatternResolver;
import io.conveyor.spring.transaction.ConveyorTransactions;
import io.conveyor.testkit.MemoryBackend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.io.DefaultResourceLoader;

/** What a user reads when an application does not start. */
@ExtendWith(OutputCaptureExtension.class)
class FailureAnalysisTest {

    @TempDir
    Path directory;

    @Test
    void aBackendWhoseModuleIsMissingNamesTheDependency(CapturedOutput output) {
        startWithout("io.conveyor.backend.s3", "--conveyor.backend=s3");

        assertThat(output)
                .contains("APPLICATION FAILED TO START")
                .contains("conveyor.backend is 's3', but the module conveyor-backend-s3 is not on the class path.")
                .contains("Add the dependency io.conveyor:conveyor-backend-s3")
                .containsPattern("available backends: .*memory.*posix")
                .doesNotContainPattern("available backends: .*s3");
    }

    @Test
    void aBackendThatNobodyKnowsNamesThoseThatAreThere(CapturedOutput output) throws IOException {
        Path file = Files.writeString(directory.resolve("application.properties"), "conveyor.backend=floppy");

        start("--spring.config.location=" + file.toUri());

        assertThat(output)
                .contains("APPLICATION FAILED TO START")
                .contains("conveyor.backend is 'floppy', but no ConveyorBackendFactory bean and no module")
                .containsPattern("Origin: .*application.properties.* - 1:18")
                .containsPattern("Check the spelling, or set conveyor.backend to one of .*memory")
                .doesNotContain("conveyor-backend-floppy");
    }

    @Test
    void aRootThatIsAFileIsNamedWithItsProperty(CapturedOutput output) throws IOException {
        Path file = Files.createFile(directory.resolve("file"));

        start("--conveyor.posix.root=" + file);

        assertThat(output)
                .contains("APPLICATION FAILED TO START")
                .contains("conveyor.posix.root is '" + file + "', and nothing can be stored there: '" + file
                        + "' is not a directory.")
                .contains("Set conveyor.posix.root to a directory");
    }

    @Test
    void aRootThatCannotBeMadeNamesWhatIsInTheWay(CapturedOutput output) throws IOException {
        Path file = Files.createFile(directory.resolve("file"));

        start("--conveyor.posix.root=" + file.resolve("below/it"));

        assertThat(output).contains("'" + file + "' is not a directory.");
    }

    @Test
    void aSettingThatABackendDoesNotKnowIsNamed(CapturedOutput output) {
        start("--conveyor.posix.root=" + directory, "--conveyor.posix.rot=elsewhere");

        assertThat(output)
                .contains("APPLICATION FAILED TO START")
                .contains("The backend 'posix' cannot be used: ")
                .contains("rot")
                .contains("Check the properties below 'conveyor.posix.'.");
    }

    @Test
    void aJournalThatOthersMayReadIsNamedWithItsProperty(CapturedOutput output) throws IOException {
        Path journal = Files.createDirectory(
                directory.resolve("journal"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));

        start(
                "--conveyor.backend=memory",
                "--conveyor.journal.enabled=true",
                "--conveyor.journal.directory=" + journal);

        assertThat(output)
                .contains("APPLICATION FAILED TO START")
                .contains("conveyor.journal.directory is '" + journal + "', and no journal can be kept there: ")
                .contains("Set conveyor.journal.directory to a directory on a local disk that only the user")
                .contains("or set conveyor.journal.enabled to false.");
    }

    @Test
    void aBoundThatIsBrokenIsNamedWithPropertyValueAndOrigin(CapturedOutput output) throws IOException {
        Path file = Files.writeString(directory.resolve("application.properties"), "conveyor.retry.attempts=0");

        start("--spring.config.location=" + file.toUri());

        assertThat(output)
                .contains("APPLICATION FAILED TO START")
                .contains("Property: conveyor.retry.attempts")
                .contains("Value: \"0\"")
                .containsPattern("Origin: .*application.properties.* - 1:25")
                .contains("Reason: must be from 1 to 100");
    }

    @Test
    void aNamedStoreIsNamedByItsOwnProperties(CapturedOutput output) {
        startWithout(
                "io.conveyor.backend.hdfs",
                "--conveyor.posix.root=" + directory,
                "--conveyor.stores.archive.backend=hdfs");

        assertThat(output)
                .contains("conveyor.stores.archive.backend is 'hdfs', but the module conveyor-backend-hdfs is not on")
                .contains(
                        "Add the dependency io.conveyor:conveyor-backend-hdfs, or set conveyor.stores.archive.backend");
    }

    @Test
    void aNamedStoreInThePlaceOfTheDefaultOneIsNamedWithThePropertyThatMovesIt(CapturedOutput output) {
        start("--conveyor.posix.root=" + directory, "--conveyor.stores.archive.posix.root=" + directory);

        assertThat(output)
                .contains("APPLICATION FAILED TO START")
                .contains("The stores 'default' and 'archive' both store in posix:")
                .contains("Set conveyor.stores.archive.posix.root to a directory of its own");
    }

    @Test
    void aNamedStoreOfWhichNoPropertyIsKnownIsNamedWithWhatIsGiven(CapturedOutput output) {
        start(
                "--conveyor.backend=memory",
                "--conveyor.stores.archive.postix.root=hush-hush",
                "--conveyor.stores.archive.posix.rot=hush-hush");

        assertThat(output)
                .contains("APPLICATION FAILED TO START")
                .contains("for configuration property 'conveyor.stores.archive'")
                .contains(
                        "Nothing below it is a property of a store, of [conveyor.stores.archive.posix.rot, conveyor.stores.archive.postix.root]")
                .containsPattern("known are .*backend.*memory-budget.*posix")
                .doesNotContain("hush-hush");
    }

    @Test
    void s3WithoutABucketNamesTheProperty(CapturedOutput output) {
        start("--conveyor.backend=s3");

        assertThat(output)
                .contains("The backend 's3' cannot be used: conveyor.s3.bucket is not set: name the bucket")
                .contains("Check the properties below 'conveyor.s3.'.");
    }

    @Test
    void hdfsWithoutANameServiceNamesTheProperty(CapturedOutput output) {
        start("--conveyor.backend=hdfs");

        assertThat(output).contains("conveyor.hdfs.uri is not set: expected is hdfs://host:port");
    }

    @Test
    void aPrincipalWithoutAKeytabIsNamed(CapturedOutput output) {
        start(
                "--conveyor.backend=hdfs",
                "--conveyor.hdfs.uri=hdfs://127.0.0.1:1",
                "--conveyor.hdfs.principal=app@HERE");

        assertThat(output)
                .contains("The backend 'hdfs' cannot be used: principal and keytab belong together")
                .contains("Check the properties below 'conveyor.hdfs.'.");
    }

    /** In a JVM of its own: that Kerberos is on is a matter of the whole process for Hadoop. */
    @Test
    void aLoginThatFailsNamesThePropertiesOfKerberos() throws Exception {
        String output = ChildJvm.run(
                ChildJvm.classPath(),
                List.of("-Djava.security.krb5.realm=HERE", "-Djava.security.krb5.kdc=127.0.0.1:1"),
                AheadOfTimeApplication.class,
                "--conveyor.backend=hdfs",
                "--conveyor.fail-fast=true",
                "--conveyor.hdfs.uri=hdfs://127.0.0.1:1",
                "--conveyor.hdfs.principal=app@HERE",
                "--conveyor.hdfs.keytab=" + directory.resolve("no.keytab"));

        assertThat(output)
                .contains("conveyor.fail-fast is true, and the store 'default' on 'hdfs' does not answer: ")
                .contains("Check the credentials: conveyor.hdfs.principal and conveyor.hdfs.keytab.");
    }

    @Test
    void aMisspeltSecretIsNamedAndNotShown(CapturedOutput output) {
        start("--conveyor.backend=s3", "--conveyor.s3.bucket=b", "--conveyor.s3.secret-acess-key=hush-hush");

        assertThat(output)
                .contains("unknown properties [conveyor.s3.secret-acess-key]; known are [")
                .doesNotContain("hush-hush");
    }

    @Test
    void anEndpointWithCredentialsIsRefusedWithoutShowingThem(CapturedOutput output) {
        start("--conveyor.backend=s3", "--conveyor.s3.bucket=b", "--conveyor.s3.endpoint=https://user:hush-hush@host");

        assertThat(output)
                .contains("conveyor.s3.endpoint is no URI, has no host, or has credentials in it")
                .doesNotContain("hush-hush");
    }

    @Test
    void aStoreThatDoesNotAnswerStopsAFailFastApplication(CapturedOutput output) {
        start(
                "--conveyor.backend=s3",
                "--conveyor.fail-fast=true",
                "--conveyor.s3.bucket=b",
                "--conveyor.s3.attempts=1",
                "--conveyor.s3.endpoint=http://127.0.0.1:1",
                "--conveyor.s3.access-key-id=id",
                "--conveyor.s3.secret-access-key=hush-hush");

        assertThat(output)
                .contains("conveyor.fail-fast is true, and the store 'default' on 's3' does not answer: ")
                .contains("Check that it runs, and conveyor.s3.bucket, conveyor.s3.region and conveyor.s3.endpoint.")
                .contains("set conveyor.fail-fast to false")
                .doesNotContain("hush-hush");
    }

    @Test
    void aStoreThatIsInjectedWhileDisabledSaysSo(CapturedOutput output) {
        start(Application.class, Injected.class, "--conveyor.enabled=false");

        assertThat(output)
                .contains("required a Conveyor store, but conveyor.enabled is false.")
                .contains("Set conveyor.enabled to true");
    }

    @Test
    void aQualifierThatNamesNoStoreIsExplained(CapturedOutput output) {
        start(Application.class, Qualified.class, "--conveyor.backend=memory");

        assertThat(output)
                .contains("required a Conveyor store that does not exist.")
                .contains("conveyor.stores.<name>");
    }

    @Test
    void aBackendThatIsNoBeanIsNotTakenForAStoreThatIsMissing(CapturedOutput output) {
        start(Application.class, BackendOfAStore.class, "--conveyor.stores.archive.backend=memory");
        start(OwnFactory.class, Backend.class);

        assertThat(output.toString().split("required a StorageBackend, and there is no such bean", -1))
                .hasSize(3);
        assertThat(output).contains("Inject ConveyorStores").doesNotContain("required a Conveyor store");
    }

    record Backend(StorageBackend backend) {}

    record BackendOfAStore(@Qualifier("archive") StorageBackend backend) {}

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration(ConveyorAutoConfiguration.class)
    static class OwnFactory {

        @Bean
        ConveyorFactory own() {
            return new RecordingFactory();
        }
    }

    @Test
    void aBackendThatLacksAClassNamesItAndTheDependencies(CapturedOutput output) {
        start(Application.class, Lacking.class, "--conveyor.backend=lacking");

        assertThat(output)
                .contains(
                        "The backend 'lacking' of the store 'default' cannot be used, as a class that it needs is missing or"
                                + " does not fit: java.lang.NoClassDefFoundError: com/example/Absent.")
                .contains("Check the dependencies of the application")
                .doesNotContain("Check the properties");
    }

    static class Lacking implements ConveyorBackendFactory {

        @Override
        public String name() {
            return "lacking";
        }

        @Override
        public StorageBackend create() {
            throw new NoClassDefFoundError("com/example/Absent");
        }
    }

    @Test
    void anotherBeanThatIsMissingIsLeftToSpringBoot(CapturedOutput output) {
        start(Application.class, Unrelated.class, "--conveyor.backend=memory");

        assertThat(output).contains("Consider defining a bean of type").doesNotContain("required a Conveyor store");
    }

    @Test
    void severalFactoriesWithoutAPrimaryOneAreLeftToSpringBoot(CapturedOutput output) {
        start(Application.class, TwoFactories.class, "--conveyor.backend=memory");

        assertThat(output)
                .contains("required a single bean, but 2 were found")
                .doesNotContain("required a Conveyor store");
    }

    @Test
    void whatComesWithTheStoresIsMissingForTheSameReason(CapturedOutput output) {
        for (Class<?> client : List.of(Publishing.class, Watching.class, Finding.class)) {
            start(Application.class, client, "--conveyor.enabled=false");
        }

        assertThat(output.toString().split("required a Conveyor store, but conveyor.enabled is false", -1))
                .hasSize(4);
    }

    record Publishing(ConveyorTransactions transactions) {}

    record Watching(ConveyorStores stores) {}

    record Finding(ConveyorResourcePatternResolver resolver) {}

    @Configuration(proxyBeanMethods = false)
    @Import(Injected.class)
    static class TwoFactories {

        @Bean
        ConveyorFactory one() {
            return new RecordingFactory();
        }

        @Bean
        ConveyorFactory other() {
            return new RecordingFactory();
        }
    }

    record Injected(ConveyorFactory factory) {}

    record Qualified(@Qualifier("archive") ConveyorFactory factory) {}

    record Unrelated(Thread thread) {}

    private static void start(Class<?> application, Class<?> more, String... arguments) {
        run(new SpringApplication(application, more), arguments);
    }

    private static void startWithout(String missing, String... arguments) {
        SpringApplication application = new SpringApplication(Application.class);
        application.setResourceLoader(new DefaultResourceLoader(new FilteredClassLoader(missing)));
        run(application, arguments);
    }

    private static void start(String... arguments) {
        run(new SpringApplication(Application.class), arguments);
    }

    private static void run(SpringApplication application, String... arguments) {
        application.setWebApplicationType(WebApplicationType.NONE);
        assertThatThrownBy(() -> application.run(arguments).close()).isNotNull();
    }

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration(ConveyorAutoConfiguration.class)
    static class Application {

        @Bean
        ConveyorBackendFactory memory() {
            return BackendFactories.of("memory", MemoryBackend.create());
        }
    }
}
