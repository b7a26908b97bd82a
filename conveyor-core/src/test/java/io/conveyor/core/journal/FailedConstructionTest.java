package io.conveyor.core.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.ConveyorFactory;
import io.conveyor.JournalInfo;
import io.conveyor.JournalOptions;
import io.conveyor.core.Conveyors;
import io.conveyor.spi.StorageBackend;
import io.conveyor.spi.TimeSource;
import io.conveyor.testkit.MemoryBackend;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A factory that cannot be built does not keep what it had taken over from the next one. */
class FailedConstructionTest {

    @TempDir
    private Path directory;

    private final MemoryBackend store = MemoryBackend.create();

    @Test
    void theNextFactoryTakesOverWhatTheFailedOneHadLocked() throws IOException {
        Path journal = directory.resolve("journal");
        try (JournalUnderTest live = new JournalUnderTest(journal, store.identity())) {
            live.write("text", 0);
            live.space.close(true, Duration.ofSeconds(10));
            assertThatThrownBy(() -> build(withoutKeys(store.another()), journal))
                    .isInstanceOf(IllegalStateException.class);
            try (ConveyorFactory next = build(store.another(), journal)) {
                assertThat(next.journals()).extracting(JournalInfo::key).containsExactly(JournalUnderTest.KEY);
            }
        }
    }

    @Test
    void theNextFactoryTakesOverWhatOneHadLockedThatCouldNotBeStarted() throws IOException {
        Path journal = directory.resolve("journal");
        try (JournalUnderTest live = new JournalUnderTest(directory.resolve("live"), store.identity())) {
            live.write("text", 0);
            Remains remains = new Remains(live, journal);
            remains.leave(1);
            AtomicBoolean broken = new AtomicBoolean();
            Conveyors.Builder builder = Conveyors.builder(store.another())
                    .journal(JournalOptions.builder(journal).build())
                    .timeSource(clockThatFailsOnce(broken))
                    // asked for when the journals have been read
                    .random(() -> {
                        broken.set(true);
                        return 2;
                    });
            assertThatThrownBy(builder::build).hasMessage("the clock has stopped");
            try (Stream<Path> left = Files.list(journal)) {
                assertThat(left).containsExactly(remains.owner(1));
            }
            try (ConveyorFactory next = build(store.another(), journal)) {
                assertThat(next.journals()).extracting(JournalInfo::key).containsExactly(JournalUnderTest.KEY);
            }
        }
    }

    private static TimeSource clockThatFailsOnce(AtomicBoolean broken) {
        TimeSource whole = TimeSource.system();
        return (TimeSource) Proxy.newProxyInstance(
                TimeSource.class.getClassLoader(), new Class<?>[] {TimeSource.class}, (proxy, method, arguments) -> {
                    if (Thread.currentThread().getName().equals("main") && broken.getAndSet(false)) {
                        throw new IllegalStateException("the clock has stopped");
                    }
                    return method.invoke(whole, arguments);
                });
    }

    private static ConveyorFactory build(StorageBackend backend, Path journal) {
        return Conveyors.builder(backend)
                .memoryBudget(4 << 20)
                .journal(JournalOptions.builder(journal).build())
                .build();
    }

    /** A store that fails when it is asked what a key means. */
    private static StorageBackend withoutKeys(StorageBackend delegate) {
        return (StorageBackend) Proxy.newProxyInstance(
                StorageBackend.class.getClassLoader(),
                new Class<?>[] {StorageBackend.class},
                (proxy, method, arguments) -> {
                    if (method.getName().equals("canonicalKey")) {
                        throw new IllegalStateException("no keys today");
                    }
                    try {
                        return method.invoke(delegate, arguments);
                    } catch (InvocationTargetException failure) {
                        throw failure.getCause();
                    }
                });
    }
}
