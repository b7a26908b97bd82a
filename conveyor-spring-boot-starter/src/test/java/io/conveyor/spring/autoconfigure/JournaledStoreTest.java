package io.conveyor.spring.autoconfigure;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.JournalInfo;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import io.conveyor.backend.posix.PosixBackend;
import io.conveyor.spi.StorageBackend;
import io.conveyor.testkit.Bytes;
import io.conveyor.testkit.FaultInjectingBackend;
import io.conveyor.testkit.FaultPlan;
import io.conveyor.testkit.MemoryBackend;
import io.conveyor.testkit.StorageOperation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

@Timeout(60)
class JournaledStoreTest {

    @TempDir
    Path directory;

    private final MemoryBackend memory = MemoryBackend.create();
    private final FaultPlan plan = FaultPlan.create();

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(ConveyorAutoConfiguration.class))
            .withBean(StorageBackend.class, () -> FaultInjectingBackend.over(memory.another(), plan))
            .withPropertyValues("conveyor.retry.attempts=1");

    private ApplicationContextRunner journaled() {
        return runner.withPropertyValues(
                "conveyor.journal.enabled=true", "conveyor.journal.directory=" + directory.resolve("journal"));
    }

    @Test
    void thereIsNoJournalUnlessItIsEnabled() {
        runner.withPropertyValues("conveyor.journal.directory=" + directory.resolve("journal"))
                .run(context -> {
                    assertThat(context).hasNotFailed();
                    assertThat(directory.resolve("journal")).doesNotExist();
                });
    }

    @Test
    void whatAnApplicationCouldNotBringToTheStoreTheNextOneDoes() {
        var rule = plan.on(StorageOperation.PWRITE).always().failWith(Kind.UNAVAILABLE, Retry.NEVER);
        journaled().run(context -> {
            ConveyorFactory factory = context.getBean(ConveyorFactory.class);
            fail(factory, "key");

            assertThat(factory.journals()).extracting(JournalInfo::bytes).containsExactly(7L);
        });
        rule.cancel();

        journaled().run(context -> {
            ConveyorFactory factory = context.getBean(ConveyorFactory.class);
            try (Conveyor conveyor = factory.open("key", WRITE)) {
                assertThat(conveyor.size()).isEqualTo(7);
            }
            assertThat(factory.journals()).isEmpty();
        });
        assertThat(memory.snapshot("key")).asString().isEqualTo("content");
    }

    @Test
    void aNamedStoreHasAJournalOfItsOwn() {
        runner.withPropertyValues(
                        "conveyor.stores.archive.posix.root=" + directory.resolve("archive"),
                        "conveyor.stores.archive.journal.enabled=true",
                        "conveyor.stores.archive.journal.directory=" + directory.resolve("journal"))
                .run(context -> {
                    assertThat(context).hasNotFailed();
                    assertThat(directory.resolve("journal")).isDirectory();
                });
    }

    @Test
    void aJournalBelowTheRootOfItsStoreEndsTheStart() {
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(ConveyorAutoConfiguration.class))
                .withPropertyValues(
                        "conveyor.posix.root=" + directory,
                        "conveyor.journal.enabled=true",
                        "conveyor.journal.directory=" + directory.resolve("elsewhere/../journal"))
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .hasMessage("conveyor.journal.directory '" + directory.resolve("journal")
                                + "' lies below conveyor.posix.root '" + directory
                                + "', where its files would be objects of the store: choose a directory elsewhere"));
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void aJournalBelowTheRootOfABackendThatTheApplicationMadeIsNotBlamedOnAProperty() throws IOException {
        StorageBackend own = PosixBackend.builder().root(directory).build();
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(ConveyorAutoConfiguration.class))
                .withBean(StorageBackend.class, () -> own)
                .withPropertyValues(
                        "conveyor.journal.enabled=true", "conveyor.journal.directory=" + directory.resolve("journal"))
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .hasMessageContaining(
                                "' lies below the root of the StorageBackend bean of the application '" + directory));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "stores.archive."})
    void aJournalBelowTheRootOfAnotherStoreEndsTheStart(String owner) {
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(ConveyorAutoConfiguration.class))
                .withPropertyValues(
                        "conveyor.posix.root=" + directory.resolve("default"),
                        "conveyor.stores.archive.posix.root=" + directory.resolve("archive"),
                        "conveyor." + owner + "journal.enabled=true",
                        "conveyor." + owner + "journal.directory="
                                + directory
                                        .resolve(owner.isEmpty() ? "archive" : "default")
                                        .resolve("journal"))
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .hasMessageContaining("conveyor." + owner + "journal.directory '")
                        .hasMessageContaining("' lies below conveyor." + (owner.isEmpty() ? "stores.archive." : "")
                                + "posix.root '"));
    }

    @Test
    void aJournalThatALinkLeadsBelowTheRootEndsTheStart() throws IOException {
        Path root = Files.createDirectory(directory.resolve("root"));
        Path link = Files.createSymbolicLink(directory.resolve("link"), root);
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(ConveyorAutoConfiguration.class))
                .withPropertyValues(
                        "conveyor.posix.root=" + root,
                        "conveyor.journal.enabled=true",
                        "conveyor.journal.directory=" + link.resolve("journal"))
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .hasMessageContaining("lies below conveyor.posix.root"));
        assertThat(root).isEmptyDirectory();
    }

    @Test
    void aJournalBesideTheRootOfItsStoreIsFine() {
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(ConveyorAutoConfiguration.class))
                .withPropertyValues(
                        "conveyor.posix.root=" + directory.resolve("root"),
                        "conveyor.journal.enabled=true",
                        "conveyor.journal.directory=" + directory.resolve("root-journal"))
                .run(context -> assertThat(context).hasNotFailed());
    }

    private static void fail(ConveyorFactory factory, String key) throws IOException {
        Conveyor conveyor = factory.open(key, CREATE, WRITE);
        conveyor.write(Bytes.buffer("content"));
        assertThatThrownBy(conveyor::close).isInstanceOf(IOException.class);
    }
}
