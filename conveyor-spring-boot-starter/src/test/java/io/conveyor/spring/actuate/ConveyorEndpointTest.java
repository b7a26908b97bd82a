package io.conveyor.spring.actuate;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.jayway.jsonpath.JsonPath;
import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import io.conveyor.spi.StorageBackend;
import io.conveyor.testkit.Bytes;
import io.conveyor.testkit.FaultInjectingBackend;
import io.conveyor.testkit.FaultPlan;
import io.conveyor.testkit.Hold;
import io.conveyor.testkit.MemoryBackend;
import io.conveyor.testkit.StorageOperation;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.management.MBeanOperationInfo;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.env.CompositePropertySource;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import software.amazon.awssdk.services.s3.S3Client;

/** Over HTTP, in an application of its own: exposure, access, status codes and JSON are what an operator meets. */
@Timeout(120)
class ConveyorEndpointTest {

    @TempDir
    Path directory;

    private final FaultPlan plan = FaultPlan.create();
    private final MemoryBackend memory = MemoryBackend.create();
    private final FaultInjectingBackend backend = FaultInjectingBackend.over(memory, plan);
    private final LeftUploads bucket = new LeftUploads();
    private final Map<String, Object> variables = new HashMap<>();
    private final HttpClient client = HttpClient.newHttpClient();
    private final List<ConfigurableApplicationContext> started = new ArrayList<>();

    @AfterEach
    void stop() {
        started.forEach(ConfigurableApplicationContext::close);
    }

    private ConveyorFactory start(String... arguments) {
        run(arguments);
        return started.get(0).getBean(ConveyorFactory.class);
    }

    private void startDisabled(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.add("--conveyor.enabled=false");
        run(all.toArray(String[]::new));
    }

    private void run(String... arguments) {
        SpringApplication application = new SpringApplication(Application.class);
        application.addInitializers(context -> ((GenericApplicationContext) context)
                .registerBean("memoryBackend", StorageBackend.class, () -> backend));
        application.addInitializers(
                context -> ((GenericApplicationContext) context).registerBean("bucket", S3Client.class, () -> bucket));
        application.addInitializers(context -> context.getEnvironment()
                .getPropertySources()
                .addLast(new SystemEnvironmentPropertySource("variables", variables)));
        List<String> all = new ArrayList<>(List.of(
                "--server.port=0",
                "--conveyor.retry.attempts=1",
                "--conveyor.write.delay=0",
                "--management.endpoints.web.exposure.include=conveyor,health,info,env,configprops"));
        all.addAll(List.of(arguments));
        started.add(application.run(all.toArray(String[]::new)));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return client.send(request.build(), BodyHandlers.ofString());
    }

    private HttpRequest.Builder request(String path) {
        String port = started.get(0).getEnvironment().getProperty("local.server.port");
        return HttpRequest.newBuilder(URI.create("http://localhost:" + port + "/actuator/" + path));
    }

    private HttpResponse<String> get(String path) throws Exception {
        return send(request(path).GET());
    }

    private HttpResponse<String> post(String path, String body) throws Exception {
        return send(request(path).header("Content-Type", "application/json").POST(BodyPublishers.ofString(body)));
    }

    @Test
    void listsStoresAndOpenConveyorsWithoutKeys() throws Exception {
        ConveyorFactory factory = start();
        try (Conveyor conveyor = factory.open("secret-key", CREATE, READ, WRITE)) {
            conveyor.write(Bytes.buffer("content"));
            conveyor.flush();
            conveyor.read(ByteBuffer.allocate(4), 0);

            HttpResponse<String> response = get("conveyor");

            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.body()).doesNotContain("secret-key");
            var json = JsonPath.parse(response.body());
            assertThat(json.<String>read("$.stores.default.backend")).isEqualTo("memory");
            assertThat(json.<Integer>read("$.stores.default.open")).isEqualTo(1);
            String first = "$.stores.default.conveyors[0]";
            assertThat(json.<List<String>>read(first + ".mode")).containsExactly("CREATE", "READ", "WRITE");
            assertThat(json.<Integer>read(first + ".watermarks.accepted")).isEqualTo(7);
            assertThat(json.<Integer>read(first + ".watermarks.visible")).isEqualTo(7);
            assertThat(json.<Integer>read(first + ".pendingBytes")).isZero();
        }
    }

    @Test
    void showsKeysIfThatIsAllowed() throws Exception {
        try (Conveyor conveyor = start("--conveyor.endpoint.show-keys=true").open("secret-key", CREATE, WRITE)) {
            assertThat(conveyor.isOpen()).isTrue();
            assertThat(get("conveyor/default").body()).contains("\"key\":\"secret-key\"");
        }
    }

    @Test
    void oneStoreAndOneConveyorAreFoundAndWhatIsNotThereIs404() throws Exception {
        try (Conveyor conveyor = start().open("key", CREATE, WRITE)) {
            assertThat(conveyor.isOpen()).isTrue();
            int id = JsonPath.read(get("conveyor/default").body(), "$.conveyors[0].id");

            assertThat(get("conveyor/default/" + id).body()).contains("\"mode\":[\"CREATE\",\"WRITE\"]");
            assertThat(get("conveyor/archive").statusCode()).isEqualTo(404);
            assertThat(get("conveyor/archive/1").statusCode()).isEqualTo(404);
            assertThat(get("conveyor/default/99").statusCode()).isEqualTo(404);
            assertThat(get("conveyor/default/orphans").statusCode())
                    .as("memory keeps none")
                    .isEqualTo(404);
        }
        assertThat(get("conveyor/default").body()).contains("\"conveyors\":[]");
    }

    @Test
    void canOnlyBeReadUnlessAccessIsGranted() throws Exception {
        start();

        assertThat(post("conveyor/default", "{\"action\":\"flush\"}").statusCode())
                .isEqualTo(405);
    }

    @Test
    void aFailureIsShownWithItsExtentsAndClearingItDrivesTheBytes() throws Exception {
        ConveyorFactory factory = start("--management.endpoint.conveyor.access=unrestricted");
        var rule = plan.on(StorageOperation.PWRITE).always().failWith(Kind.UNAVAILABLE, Retry.NEVER);
        try (Conveyor conveyor = factory.open("secret-key", CREATE, WRITE)) {
            conveyor.write(Bytes.buffer("content"));
            String failed = post("conveyor/default", "{\"action\":\"flush\"}").body();

            assertThat(JsonPath.<Integer>read(failed, "$.failed")).isEqualTo(1);
            assertThat(JsonPath.<String>read(failed, "$.failure")).isEqualTo("io.conveyor.WriteBehindException");
            String failure = "$.conveyors[0].failure";
            assertThat(JsonPath.<String>read(failed, failure + ".kind")).isEqualTo("UNAVAILABLE");
            assertThat(JsonPath.<Integer>read(failed, failure + ".unwrittenBytes"))
                    .isEqualTo(7);
            assertThat(JsonPath.<Integer>read(failed, failure + ".retainedBytes"))
                    .isEqualTo(7);
            assertThat(JsonPath.<Integer>read(failed, failure + ".unwritten[0].offset"))
                    .isZero();
            assertThat(JsonPath.<Integer>read(failed, failure + ".unwritten[0].length"))
                    .isEqualTo(7);
            assertThat(failed).doesNotContain("secret-key");
            assertThat(get("health").body()).contains("DOWN");

            rule.cancel();
            int id = JsonPath.read(failed, "$.conveyors[0].id");
            assertThat(post("conveyor/default/" + id, "{\"action\":\"clear-error\"}")
                            .statusCode())
                    .isEqualTo(200);
            String flushed =
                    post("conveyor/default/" + id, "{\"action\":\"flush\"}").body();

            assertThat(JsonPath.<Integer>read(flushed, "$.pendingBytes")).isZero();
            assertThat(memory.snapshot("secret-key")).asString().isEqualTo("content");
            assertThat(get("health").body()).contains("UP");
        }
    }

    @Test
    void aFlushOfOneConveyorThatFailsSaysSo() throws Exception {
        ConveyorFactory factory =
                start("--management.endpoint.conveyor.access=unrestricted", "--conveyor.flush.timeout=20ms");
        try (Conveyor conveyor = factory.open("secret-key", CREATE, WRITE)) {
            int id = JsonPath.read(get("conveyor/default").body(), "$.conveyors[0].id");
            try (Hold hold = plan.hold(StorageOperation.PWRITE)) {
                conveyor.write(Bytes.buffer("content"));
                String failed =
                        post("conveyor/default/" + id, "{\"action\":\"flush\"}").body();

                assertThat(JsonPath.<String>read(failed, "$.actionFailure")).isEqualTo("io.conveyor.StorageException");
                assertThat(failed).as("the work goes on").doesNotContain("\"failure\"");
            }
        }
    }

    /** A conveyor that could not bring its bytes to the store, and is closed. */
    private String leaveAJournal(String... more) throws Exception {
        List<String> all = new ArrayList<>(List.of(more));
        all.add("--conveyor.journal.enabled=true");
        all.add("--conveyor.journal.directory=" + directory.resolve("journal"));
        ConveyorFactory factory = start(all.toArray(String[]::new));
        var rule = plan.on(StorageOperation.PWRITE).always().failWith(Kind.UNAVAILABLE, Retry.NEVER);
        Conveyor conveyor = factory.open("secret-key", CREATE, WRITE);
        conveyor.write(Bytes.buffer("content"));
        assertThatThrownBy(conveyor::close).isInstanceOf(IOException.class);
        rule.cancel();
        return JsonPath.read(get("conveyor/default/journals").body(), "$.journals[0].id");
    }

    private String decide(String journal, String action, String more) throws Exception {
        HttpResponse<String> response = post(
                "conveyor/default/journals",
                "{\"action\":\"" + action + "\",\"journal\":\"" + journal + "\"" + more + "}");
        assertThat(response.statusCode()).isEqualTo(200);
        return response.body();
    }

    @Test
    void journalsAreShownWithoutKeys() throws Exception {
        leaveAJournal();

        String listed = get("conveyor/default/journals").body();

        assertThat(JsonPath.<String>read(listed, "$.journals[0].state")).isEqualTo("FAILED");
        assertThat(JsonPath.<Integer>read(listed, "$.journals[0].bytes")).isEqualTo(7);
        assertThat(JsonPath.<String>read(listed, "$.journals[0].age")).startsWith("PT");
        assertThat(listed).contains("\"needsDecision\":false").doesNotContain("secret-key");
        assertThat(get("health").body()).contains("DOWN");
        assertThat(post("conveyor/default/journals", "{\"action\":\"discard\"}").statusCode())
                .as("without access")
                .isEqualTo(405);
    }

    @Test
    void aJournalIsReplayed() throws Exception {
        String id = leaveAJournal("--management.endpoint.conveyor.access=unrestricted");

        assertThat(decide(id, "replay", "")).contains("\"journals\":[]");

        assertThat(memory.snapshot("secret-key")).asString().isEqualTo("content");
        assertThat(get("health").body()).contains("UP");
    }

    @Test
    void aJournalIsSavedUnderAnotherKey() throws Exception {
        String id = leaveAJournal(
                "--management.endpoint.conveyor.access=unrestricted", "--conveyor.endpoint.show-keys=true");
        started.get(0).getBean(ConveyorFactory.class).write("taken", out -> out.write(Bytes.buffer("x")));

        assertThat(JsonPath.<String>read(decide(id, "save-as", ",\"key\":\"taken\""), "$.failure"))
                .isEqualTo("java.nio.file.FileAlreadyExistsException");
        assertThat(get("conveyor/default/journals").body()).contains("\"key\":\"secret-key\"", "\"detail\":\"closed");

        assertThat(decide(id, "save-as", ",\"key\":\"saved\"")).contains("\"journals\":[]");
        assertThat(memory.snapshot("saved")).asString().isEqualTo("content");
    }

    @Test
    void aJournalIsDiscarded() throws Exception {
        String id = leaveAJournal("--management.endpoint.conveyor.access=unrestricted");

        assertThat(decide(id, "discard", "")).contains("\"journals\":[]");

        assertThat(started.get(0).getBean(ConveyorFactory.class).journals()).isEmpty();
    }

    @Test
    void aDecisionThatMakesNoSenseIs400() throws Exception {
        String id = leaveAJournal("--management.endpoint.conveyor.access=unrestricted");

        for (String body : List.of(
                "{\"action\":\"replay\"}",
                "{\"action\":\"replay\",\"journal\":\"none\"}",
                "{\"action\":\"flush\",\"journal\":\"" + id + "\"}",
                "{\"action\":\"save-as\",\"journal\":\"" + id + "\"}",
                "{\"action\":\"save-as\",\"journal\":\"" + id + "\",\"key\":\"../up\"}")) {
            assertThat(post("conveyor/default/journals", body).statusCode())
                    .as(body)
                    .isEqualTo(400);
        }
        assertThat(get("conveyor/default/journals").body()).contains(id);
    }

    @Test
    void whatMakesNoSenseIs400() throws Exception {
        start("--management.endpoint.conveyor.access=unrestricted");

        assertThat(post("conveyor/default", "{}").statusCode()).isEqualTo(400);
        assertThat(post("conveyor/default", "{\"action\":\"explode\"}").statusCode())
                .isEqualTo(400);
        assertThat(post("conveyor/archive", "{\"action\":\"flush\"}").statusCode())
                .isEqualTo(400);
        assertThat(post("conveyor/default/99", "{\"action\":\"flush\"}").statusCode())
                .isEqualTo(400);
        assertThat(post("conveyor/default/orphans", "{\"action\":\"remove\"}").statusCode())
                .isEqualTo(400);
    }

    private void startOnS3(String... more) {
        List<String> all = new ArrayList<>(List.of(more));
        all.add("--conveyor.stores.archive.backend=s3");
        all.add("--conveyor.stores.archive.s3.bucket=bucket");
        all.add("--spring.web.error.include-message=always");
        start(all.toArray(String[]::new));
    }

    @Test
    void whatWasLeftBehindIsShownWithoutKeys() throws Exception {
        bucket.add("secret-key", Instant.now().minus(Duration.ofDays(3)));
        bucket.add("under-way", Instant.now().minus(Duration.ofHours(30)));
        startOnS3();

        String listed = get("conveyor/archive/orphans").body();
        assertThat(JsonPath.<List<String>>read(listed, "$.orphans[*].kind")).containsExactly("upload");
        assertThat(listed).contains("\"more\":false", "\"removed\":0").doesNotContain("secret-key");
        assertThat(JsonPath.<List<String>>read(
                        get("conveyor/archive/orphans?olderThan=PT24H").body(), "$.orphans[*].kind"))
                .hasSize(2);
        assertThat(post("conveyor/archive/orphans", "{\"action\":\"remove\"}").statusCode())
                .as("without access")
                .isEqualTo(405);
        assertThat(bucket.keys()).hasSize(2);
    }

    @Test
    void whatWasLeftBehindIsRemovedIfItIsOldEnough() throws Exception {
        bucket.add("left", Instant.now().minus(Duration.ofDays(3)));
        bucket.add("under-way", Instant.now().minus(Duration.ofMinutes(59)));
        startOnS3("--management.endpoint.conveyor.access=unrestricted");

        for (String age : List.of("PT0S", "PT59M59S", "-PT1H")) {
            HttpResponse<String> refused =
                    post("conveyor/archive/orphans", "{\"action\":\"remove\",\"olderThan\":\"" + age + "\"}");
            assertThat(refused.statusCode()).as(age).isEqualTo(400);
            assertThat(refused.body()).contains("olderThan must be at least PT1H");
        }
        assertThat(bucket.keys()).hasSize(2);

        String removed = post("conveyor/archive/orphans", "{\"action\":\"remove\",\"olderThan\":\"PT1H\"}")
                .body();
        assertThat(JsonPath.<Integer>read(removed, "$.removed")).isEqualTo(1);
        assertThat(bucket.keys()).containsExactly("under-way");
    }

    @Test
    void aStoreThatDoesNotSayWhatWasLeftBehindOrRefusesToRemoveItIsNamedInTheAnswer() throws Exception {
        bucket.add("gone", Instant.now().minus(Duration.ofDays(3)));
        bucket.add("stays", Instant.now().minus(Duration.ofDays(3)));
        startOnS3("--management.endpoint.conveyor.access=unrestricted");

        bucket.refuse("stays");
        HttpResponse<String> halfway = post("conveyor/archive/orphans", "{\"action\":\"remove\"}");
        bucket.refuse("listing");
        HttpResponse<String> nothing = get("conveyor/archive/orphans");

        assertThat(halfway.statusCode()).isEqualTo(200);
        assertThat(halfway.body()).contains("\"removed\":1", "\"failure\":\"io.conveyor.StorageException\"");
        assertThat(bucket.keys()).containsExactly("stays");
        assertThat(nothing.statusCode()).isEqualTo(200);
        assertThat(nothing.body()).contains("\"orphans\":[]", "\"failure\":\"io.conveyor.StorageException\"");
    }

    @Test
    void aStoreWhoseAnswersMakeNoSenseIsNamedInTheAnswerAndWhatWasRemovedIsCounted() throws Exception {
        bucket.add("gone", Instant.now().minus(Duration.ofDays(3)));
        bucket.add("stays", Instant.now().minus(Duration.ofDays(3)));
        startOnS3("--management.endpoint.conveyor.access=unrestricted");

        bucket.answerWithoutTimes(1);
        HttpResponse<String> halfway = post("conveyor/archive/orphans", "{\"action\":\"remove\"}");

        assertThat(halfway.statusCode()).isEqualTo(200);
        assertThat(halfway.body()).contains("\"removed\":1", "\"failure\":\"java.lang.NullPointerException\"");
        assertThat(bucket.keys()).containsExactly("stays");
    }

    @Test
    void noMoreOfWhatWasLeftBehindIsListedThanFitsAnAnswer() throws Exception {
        for (int i = 0; i <= StoreDescription.LISTED; i++) {
            bucket.add("left-" + i, Instant.EPOCH);
        }
        startOnS3("--management.endpoint.conveyor.access=unrestricted");

        String removed =
                post("conveyor/archive/orphans", "{\"action\":\"remove\"}").body();

        assertThat(JsonPath.<List<Object>>read(removed, "$.orphans")).hasSize(StoreDescription.LISTED);
        assertThat(removed).contains("\"more\":true", "\"removed\":" + (StoreDescription.LISTED + 1));
        assertThat(bucket.keys()).isEmpty();
    }

    @Test
    void infoIsOnlyForThoseWhoAsk() throws Exception {
        start();
        assertThat(get("info").body()).isEqualTo("{}");
        stop();
        started.clear();

        start("--management.info.conveyor.enabled=true");
        assertThat(JsonPath.<String>read(get("info").body(), "$.conveyor.stores.default"))
                .isEqualTo("memory");
    }

    @Test
    void secretsAreNotShownEvenWhereValuesAre() throws Exception {
        start(
                "--management.endpoint.env.show-values=always",
                "--management.endpoint.configprops.show-values=always",
                "--conveyor.s3.access-key-id=hush-1",
                "--conveyor.s3.secret-access-key=hush-2",
                "--conveyor.s3.session-token=hush-3",
                "--conveyor.s3.customer-key=hush-4",
                "--conveyor.hdfs.properties.some.password=hush-5",
                "--conveyor.stores.archive.backend=posix",
                "--conveyor.stores.archive.posix.root=" + directory,
                "--conveyor.stores.archive.s3.secret-access-key=hush-6",
                "--conveyor.custom.api-token=hush-7",
                "--conveyor.s3.bucket=shown");

        assertThat(get("env").body()).contains("shown").doesNotContain("hush-");
        assertThat(get("configprops").body()).contains("shown").doesNotContain("hush-");
    }

    @Test
    void secretsOfBackendsThatOthersProvideAreNotShown() throws Exception {
        start(
                "--management.endpoint.env.show-values=always",
                "--conveyor.azure.account-key=hush-1",
                "--conveyor.custom.api-key=hush-2",
                "--conveyor.stores.archive.posix.root=" + directory,
                "--conveyor.stores.archive.custom.private-key=hush-3",
                "--conveyor.azure.connection-string=hush-4",
                "--conveyor.custom.passphrase=hush-5",
                "--conveyor.custom.api-keys[0]=hush-6",
                "--conveyor.s3.kms-key-id=shown-1",
                "--conveyor.custom.container=shown-2");

        String env = get("env").body();

        assertThat(env).contains("shown-1", "shown-2").doesNotContain("hush-");
        assertThat(JsonPath.<String>read(get("env/conveyor.s3.kms-key-id").body(), "$.property.value"))
                .isEqualTo("shown-1");
    }

    @Test
    void secretsAreNotShownThoughConveyorIsSwitchedOff() throws Exception {
        startDisabled(
                "--management.endpoint.env.show-values=always",
                "--conveyor.s3.secret-access-key=hush-1",
                "--conveyor.s3.bucket=shown");

        assertThat(get("env").body()).contains("shown").doesNotContain("hush-");
        assertThat(get("conveyor").statusCode()).isEqualTo(404);
    }

    /** Spring Boot strips the prefix of an application when it binds, and not when it lists variables. */
    @Test
    void secretsOfVariablesWithAPrefixAreNotShown() throws Exception {
        variables.put("MYAPP_CONVEYOR_S3_SECRETACCESSKEY", "hush-1");
        variables.put("MYAPP_CONVEYOR_S3_BUCKET", "shown");

        start("--management.endpoint.env.show-values=always");

        assertThat(get("env").body()).contains("shown").doesNotContain("hush-");
    }

    @Test
    void secretsAreNotShownWhereTheyComeFrom() throws Exception {
        variables.put("STORE_SECRET", "hush-by-reference");
        variables.put(
                "SPRING_APPLICATION_JSON",
                "{\"conveyor\": {\"s3\": {\"bucket\": \"b\", \"session-token\": \"hush-in-json\"}}}");
        variables.put("JAVA_OPTIONS", "-Dconveyor.custom.token=hush-as-option -Dother=unknown");
        variables.put("OTHER", "shown");

        start(
                "--management.endpoint.env.show-values=always",
                "--management.endpoint.configprops.show-values=always",
                "--conveyor.s3.secret-access-key=${STORE_SECRET}",
                "--conveyor.s3.session-token=hush-in-json",
                "--conveyor.custom.token=hush-as-option",
                "--conveyor.custom.password=${no.such.value}",
                "--conveyor.s3.customer-key=ow");

        assertThat(get("env").body()).contains("shown").doesNotContain("hush-");
        assertThat(get("env/STORE_SECRET").body()).doesNotContain("hush-");
        assertThat(get("configprops").body()).doesNotContain("hush-");
    }

    /** What keeps its names to itself may lie in a source that is made of several, as remote configuration is. */
    @Test
    void aSourceThatDoesNotTellItsNamesKeepsNeitherTheEndpointsFromAnsweringNorSecretsFromBeingHidden()
            throws Exception {
        CompositePropertySource composite = new CompositePropertySource("composite");
        composite.addPropertySource(new PropertySource<>("opaque", "") {

            @Override
            public @Nullable Object getProperty(String name) {
                return null;
            }
        });
        composite.addPropertySource(new MapPropertySource("nested", Map.of("conveyor.custom.token", "hush-in-source")));
        variables.put("JAVA_OPTIONS", "-Dany=hush-in-source");
        variables.put("OTHER", "shown");

        start("--management.endpoint.env.show-values=always", "--management.endpoint.configprops.show-values=always");

        started.get(0).getEnvironment().getPropertySources().addLast(composite);

        assertThat(get("configprops").statusCode()).isEqualTo(200);
        assertThat(get("env").body()).contains("shown").doesNotContain("hush-");
    }

    @Test
    void aSecretThatIsMadeOfItselfKeepsNoEndpointFromAnswering() throws Exception {
        start(
                "--management.endpoint.env.show-values=always",
                "--management.endpoint.configprops.show-values=always",
                "--conveyor.custom.password=${conveyor.custom.password}",
                "--conveyor.s3.session-token=hush-in-json");
        variables.put("JAVA_OPTIONS", "-Dany=hush-in-json");

        HttpResponse<String> properties = get("configprops");
        HttpResponse<String> variable = get("env/JAVA_OPTIONS");

        assertThat(properties.statusCode()).isEqualTo(200);
        assertThat(variable.statusCode()).isEqualTo(200);
        assertThat(variable.body()).doesNotContain("hush-");
    }

    @Test
    void whatIsNoSecretIsShown() throws Exception {
        variables.put("NAME_OF_THE_APPLICATION", "customer-files");
        variables.put("IMAGE", "registry/conveyor:1");

        start(
                "--management.endpoint.env.show-values=always",
                "--acme.conveyor-belt.routing-key=customer",
                "--conveyor-belt.routing-key=registry",
                "--conveyor.s3.access-key-id=conveyor");

        assertThat(get("env/NAME_OF_THE_APPLICATION").body()).contains("customer-files");
        assertThat(get("env/acme.conveyor-belt.routing-key").body()).contains("\"value\":\"customer\"");
        assertThat(get("env/IMAGE").body()).contains("registry/conveyor:1");
        assertThat(JsonPath.<String>read(get("env/conveyor.s3.access-key-id").body(), "$.property.value"))
                .doesNotContain("conveyor");
    }

    @Test
    void secretsThatComeLaterAreNotShownEither() throws Exception {
        variables.put("STORE_SECRET", "hush-of-yesterday");
        start("--management.endpoint.env.show-values=always", "--conveyor.s3.secret-access-key=${STORE_SECRET}");
        assertThat(get("env").body()).doesNotContain("hush-");

        variables.put("STORE_SECRET", "hush-of-today");
        variables.put("ANOTHER", "hush-of-a-new-source");
        started.get(0)
                .getEnvironment()
                .getPropertySources()
                .addLast(new MapPropertySource("later", Map.of("conveyor.custom.token", "hush-of-a-new-source")));

        assertThat(get("env").body()).doesNotContain("hush-");
    }

    @Test
    void secretsAreNotShownWhereTheyAreEscaped() throws Exception {
        variables.put(
                "SPRING_APPLICATION_JSON",
                "{\"conveyor\": {\"custom\": {\"password\": \"hush-\\\"quoted\\\" \\\\ \\/ \\u0061\\n\"}}}");
        variables.put("OTHER", "shown");

        start("--management.endpoint.env.show-values=always", "--conveyor.custom.password=hush-\"quoted\" \\ / a\n");

        assertThat(get("env").body()).contains("shown").doesNotContain("hush-");
    }

    @Test
    void overJmxItIsTheSame() throws Exception {
        ConveyorFactory factory =
                start("--spring.jmx.enabled=true", "--management.endpoints.jmx.exposure.include=conveyor");
        try (Conveyor conveyor = factory.open("secret-key", CREATE, WRITE)) {
            assertThat(conveyor.isOpen()).isTrue();
            MBeanServer server = ManagementFactory.getPlatformMBeanServer();
            var name = ObjectName.getInstance("org.springframework.boot:type=Endpoint,name=Conveyor");

            assertThat(server.getMBeanInfo(name).getOperations())
                    .extracting(MBeanOperationInfo::getName)
                    .containsExactlyInAnyOrder("stores", "store", "conveyor");
            assertThat(String.valueOf(server.invoke(name, "stores", new Object[0], new String[0])))
                    .contains("default", "open=1")
                    .doesNotContain("secret-key");
        }
    }

    @Test
    void overJmxConveyorsAreClearedIfThatIsAllowed() throws Exception {
        start(
                "--spring.jmx.enabled=true",
                "--management.endpoints.jmx.exposure.include=conveyor",
                "--management.endpoint.conveyor.access=unrestricted");
        MBeanServer server = ManagementFactory.getPlatformMBeanServer();
        var name = ObjectName.getInstance("org.springframework.boot:type=Endpoint,name=Conveyor");

        Object answer = server.invoke(name, "actOnStore", new Object[] {"default", "flush"}, new String[] {
            String.class.getName(), String.class.getName()
        });

        assertThat(String.valueOf(answer)).contains("backend=memory", "failure=null");
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {}
}
