package io.conveyor.testkit;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.spi.StorageHandle;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What a test leaves behind is found, and what is just ending is waited for. */
class LeakCheckTest {

    private static final Duration SHORTLY = Duration.ofMillis(20);

    private final LeakCheck leaks = LeakCheck.create();

    @Test
    void aThreadOfTheEngineIsFoundAndOthersAreNot() throws InterruptedException {
        leaks.begin();
        CountDownLatch end = new CountDownLatch(1);
        Thread other = waiting("other", end);
        leaks.end(SHORTLY);
        Thread engine = waiting("conveyor-worker-1", end);
        assertThatThrownBy(() -> leaks.end(SHORTLY)).hasMessageContaining("conveyor-worker-1");
        end.countDown();
        leaks.end(Duration.ofSeconds(30));
        engine.join();
        other.join();
    }

    private static Thread waiting(String name, CountDownLatch end) {
        Thread thread = new Thread(
                () -> {
                    try {
                        end.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                },
                name);
        thread.start();
        return thread;
    }

    @Test
    void anOpenHandleIsFound() throws IOException, InterruptedException {
        MemoryBackend memory = MemoryBackend.create();
        FaultInjectingBackend backend = FaultInjectingBackend.over(memory, FaultPlan.create());
        leaks.watch(memory);
        leaks.watch(backend);
        leaks.begin();
        StorageHandle handle = backend.open("object", Set.of(WRITE, CREATE));
        assertThatThrownBy(() -> leaks.end(SHORTLY))
                .hasMessageContaining("1 handles open on the backend")
                .hasMessageContaining("1 handles open on the store in memory");
        handle.close();
        leaks.end(SHORTLY);
    }

    @Test
    void anOpenListingIsFound() throws IOException {
        MemoryBackend memory = MemoryBackend.create();
        leaks.watch(memory);
        leaks.begin();
        memory.list("");
        assertThatThrownBy(() -> leaks.end(SHORTLY)).hasMessageContaining("1 listings open");
    }

    @Test
    void aBrokenRuleIsFound() throws IOException {
        MemoryBackend memory = MemoryBackend.create();
        leaks.watch(memory);
        leaks.begin();
        try (StorageHandle handle = memory.open("object", Set.of(WRITE, CREATE))) {
            assertThatThrownBy(() -> handle.truncate(5)).isInstanceOf(ContractViolation.class);
        }
        assertThatThrownBy(() -> leaks.end(SHORTLY)).hasMessageContaining("rules of the SPI were broken");
    }

    @Test
    void whatBecomesZeroInTimeIsNoLeak() throws InterruptedException {
        AtomicInteger count = new AtomicInteger(3);
        leaks.expectZero("things", count::getAndDecrement);
        leaks.begin();
        leaks.end(Duration.ofSeconds(30));
    }
}
