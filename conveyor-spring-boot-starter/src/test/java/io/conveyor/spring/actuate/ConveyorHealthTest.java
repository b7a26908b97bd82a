package io.conveyor.spring.actuate;

import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.JournalInfo;
import io.conveyor.JournalInfo.State;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import io.conveyor.spi.StorageBackend;
import io.conveyor.spring.ConveyorBackendDecorator;
import io.conveyor.spring.ConveyorFactoryCustomizer;
import io.conveyor.spring.RecordingFactory;
import io.conveyor.spring.autoconfigure.ConveyorAutoConfiguration;
import io.conveyor.testkit.Bytes;
import io.conveyor.testkit.FaultInjectingBackend;
import io.conveyor.testkit.FaultPlan;
import io.conveyor.testkit.ManualClock;
import io.conveyor.testkit.MemoryBackend;
import io.conveyor.testkit.StorageOperation;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthContributor;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

@Timeout(60)
class ConveyorHealthTest {

    @TempDir
    Path directory;

    private final FaultPlan plan = FaultPlan.create();
    private final FaultInjectingBackend backend = FaultInjectingBackend.over(MemoryBackend.create(), plan);
    private final ManualClock clock = ManualClock.create();

    private final ApplicationContextRunner withoutStore = new ApplicationContextRunner()
            .withConfiguration(
                    AutoConfigurations.of(ConveyorAutoConfiguration.class, ConveyorHealthAutoConfiguration.class))
            .withBean(ConveyorFactoryCustomizer.class, () -> (builder, store) -> builder.timeSource(clock));

    private final ApplicationContextRunner runner = withoutStore
            .withPropertyValues("conveyor.retry.attempts=1", "conveyor.write.delay=0")
            .withBean(StorageBackend.class, () -> backend);

    private static Health health(AssertableApplicationContext context) {
        Health health = context.getBean("conveyorHealthContributor", HealthIndicator.class)
                .health();
        assertThat(health).isNotNull();
        return health;
    }

    @Test
    void aStoreThatAnswersIsUp() {
        runner.run(context -> {
            Health health = health(context);

            assertThat(health.getStatus()).isEqualTo(Status.UP);
            assertThat(health.getDetails())
                    .containsOnlyKeys("backend", "open", "failed", "pendingBytes", "oldestPendingAge")
                    .containsEntry("backend", "memory")
                    .containsEntry("open", 0)
                    .containsEntry("failed", 0)
                    .containsEntry("pendingBytes", 0L)
                    .containsEntry("oldestPendingAge", "PT0S");
        });
    }

    @Test
    void aStoreThatFailsIsDown() {
        plan.on(StorageOperation.PING).always().failWith(Kind.UNAVAILABLE, Retry.SAFE);

        runner.run(context -> {
            Health health = health(context);

            assertThat(health.getStatus()).isEqualTo(Status.DOWN);
            assertThat(health.getDetails())
                    .containsOnlyKeys("backend", "open", "failed", "pendingBytes", "oldestPendingAge", "error")
                    .containsEntry("backend", "memory")
                    .hasEntrySatisfying(
                            "error", error -> assertThat(error.toString()).contains("UNAVAILABLE"));
        });
    }

    @Test
    void aStoreThatHangsIsDownWithinTheTimeoutAndIsAskedOnce() {
        runner.withPropertyValues("conveyor.health.timeout=20ms").run(context -> {
            try (var hold = plan.hold(StorageOperation.PING)) {
                assertThat(health(context).getStatus()).isEqualTo(Status.DOWN);
                assertThat(health(context).getDetails())
                        .extractingByKey("error")
                        .asString()
                        .contains("no answer within PT0.02S");
                assertThat(hold.held())
                        .as("the second check waits for the question of the first")
                        .hasSize(1);
            }
        });
    }

    @Test
    void aStickyFailureIsDownUntilItIsCleared() {
        var rule = plan.on(StorageOperation.PWRITE).always().failWith(Kind.UNAVAILABLE, Retry.NEVER);

        runner.run(context -> {
            Conveyor conveyor = context.getBean(ConveyorFactory.class)
                    .open("secret-key", StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            conveyor.write(Bytes.buffer("content"));
            try {
                conveyor.flush();
            } catch (java.io.IOException expected) {
                assertThat(conveyor.failure()).isPresent();
            }

            assertThat(health(context).getStatus()).isEqualTo(Status.DOWN);
            assertThat(health(context).getDetails()).containsEntry("failed", 1);
            assertThat(health(context).getDetails().toString()).doesNotContain("secret-key");

            rule.cancel();
            conveyor.clearError();
            conveyor.flush();
            assertThat(health(context).getStatus()).isEqualTo(Status.UP);
            conveyor.close();
        });
    }

    @Test
    void bytesThatWaitTooLongAreDownIfThatIsWanted() {
        runner.withPropertyValues("conveyor.health.max-pending-age=10s").run(context -> {
            Conveyor conveyor = context.getBean(ConveyorFactory.class)
                    .open("key", StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            try (var hold = plan.hold(StorageOperation.PWRITE)) {
                conveyor.write(Bytes.buffer("content"));
                clock.advance(Duration.ofSeconds(10));
                assertThat(health(context).getStatus()).isEqualTo(Status.UP);

                clock.advance(Duration.ofSeconds(1));
                assertThat(health(context).getStatus()).isEqualTo(Status.DOWN);
                assertThat(health(context).getDetails())
                        .containsEntry("oldestPendingAge", "PT11S")
                        .containsEntry("maxPendingAge", "PT10S")
                        .containsEntry("open", 1)
                        .containsEntry("pendingBytes", 7L);
            }
            conveyor.close();
            assertThat(health(context).getStatus()).isEqualTo(Status.UP);
        });
    }

    @Test
    void aJournalIsShownAndIsDownIfItIsStuck() {
        RecordingFactory factory = new RecordingFactory();
        withoutStore.withBean(ConveyorFactory.class, () -> factory).run(context -> {
            factory.show(journal(State.PENDING), journal(State.REPLAYING), journal(State.PENDING));
            assertThat(health(context).getStatus()).isEqualTo(Status.UP);
            assertThat(health(context).getDetails())
                    .containsEntry("journals", Map.of(State.PENDING, 2L, State.REPLAYING, 1L));

            for (State stuck : List.of(State.FAILED, State.CONFLICT, State.CORRUPT)) {
                factory.show(journal(State.PENDING), journal(stuck));
                assertThat(health(context).getStatus()).as("%s", stuck).isEqualTo(Status.DOWN);
                assertThat(health(context).getDetails().toString()).doesNotContain("secret-key");
            }

            factory.show();
            assertThat(health(context).getStatus()).isEqualTo(Status.UP);
        });
    }

    private static JournalInfo journal(State state) {
        return new JournalInfo("1", "secret-key", state, 7, 0, Instant.EPOCH, "of secret-key");
    }

    @Test
    void severalStoresAreACompositeByName() {
        runner.withPropertyValues("conveyor.stores.archive.posix.root=" + directory)
                .run(context -> {
                    plan.on(StorageOperation.PING).always().failWith(Kind.UNAVAILABLE, Retry.SAFE);
                    var composite = (CompositeHealthContributor) context.getBean(HealthContributor.class);

                    assertThat(status(composite, "default")).isEqualTo(Status.DOWN);
                    assertThat(status(composite, "archive")).isEqualTo(Status.UP);
                });
    }

    /** Each store answers once all were asked: who asks one after the other gets no answer. */
    @Test
    void allStoresAreAskedBeforeAnyoneWaits() {
        CountDownLatch asked = new CountDownLatch(2);
        plan.on(StorageOperation.PING).always().run(() -> {
            asked.countDown();
            await(asked);
        });

        twoStores().withPropertyValues("conveyor.health.timeout=30s").run(context -> {
            var composite = (CompositeHealthContributor) context.getBean(HealthContributor.class);

            assertThat(composite.stream().map(entry -> statusOf(entry.contributor())))
                    .containsExactly(Status.UP, Status.UP);
        });
    }

    @Test
    void storesThatHangAreAllDownAndEachIsAskedOnce() {
        twoStores().withPropertyValues("conveyor.health.timeout=20ms").run(context -> {
            var composite = (CompositeHealthContributor) context.getBean(HealthContributor.class);
            try (var hold = plan.hold(StorageOperation.PING)) {
                assertThat(composite.stream().map(entry -> statusOf(entry.contributor())))
                        .containsExactly(Status.DOWN, Status.DOWN);
                assertThat(hold.held()).as("one question for each store").hasSize(2);
            }
        });
    }

    @Test
    void aStoreByItsNameIsAskedAlone() {
        twoStores().run(context -> {
            var composite = (CompositeHealthContributor) context.getBean(HealthContributor.class);
            AtomicInteger asked = new AtomicInteger();
            plan.on(StorageOperation.PING).always().run(asked::incrementAndGet);

            assertThat(status(composite, "archive")).isEqualTo(Status.UP);
            assertThat(asked).hasValue(1);
            assertThat(composite.getContributor("nowhere")).isNull();
        });
    }

    private ApplicationContextRunner twoStores() {
        return runner.withPropertyValues("conveyor.stores.archive.posix.root=" + directory)
                .withBean(
                        ConveyorBackendDecorator.class,
                        () -> (inner, store) ->
                                store.equals("archive") ? FaultInjectingBackend.over(inner, plan) : inner);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static Status statusOf(HealthContributor contributor) {
        Health health = ((HealthIndicator) contributor).health();
        assertThat(health).isNotNull();
        return health.getStatus();
    }

    private static Status status(CompositeHealthContributor composite, String name) {
        HealthContributor contributor = composite.getContributor(name);
        assertThat(contributor).isNotNull();
        return statusOf(contributor);
    }

    @Test
    void aFactoryOfTheApplicationIsAskedForAnObject() {
        withoutStore
                .withBean(ConveyorFactory.class, RecordingFactory::new)
                .run(context -> assertThat(health(context).getDetails())
                        .isEqualTo(Map.of(
                                "backend",
                                "unknown",
                                "open",
                                0,
                                "failed",
                                0,
                                "pendingBytes",
                                0L,
                                "oldestPendingAge",
                                "PT0S")));
    }

    @Test
    void itCanBeSwitchedOff() {
        runner.withPropertyValues("management.health.conveyor.enabled=false")
                .run(context -> assertThat(context).doesNotHaveBean(HealthContributor.class));
        runner.withPropertyValues("conveyor.enabled=false")
                .run(context -> assertThat(context).doesNotHaveBean(HealthContributor.class));
    }
}
