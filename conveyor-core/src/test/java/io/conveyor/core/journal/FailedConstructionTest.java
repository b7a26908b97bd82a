package io.conveyor.core.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.ConveyorFactory;
import io.conveyor.JournalInfo;
import io.conveyor.JournalOptions;
import io.conveyor.core.Conveyors;
import io.conveyor.spi.StorageBackend;
import io.conveyor.testkit.MemoryBackend;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
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
            live.space.close(true);
            assertThatThrownBy(() -> build(withoutKeys(store.another()), journal))
                    .isInstanceOf(IllegalStateException.class);
            try (ConveyorFactory next = build(store.another(), journal)) {
                assertThat(next.journals()).extracting(JournalInfo::key).containsExactly(JournalUnderTest.KEY);
            }
        }
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
