package io.conveyor.core;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorOptions;
import io.conveyor.spi.StorageCapabilities;
import io.conveyor.testkit.Bytes;
import io.conveyor.testkit.MemoryBackend;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An executor that has no thread for a moment delays what is accepted, and no more. */
@Timeout(120)
class WithoutWorkersTest {

    private static final int APART = 4096;

    @RegisterExtension
    final OneConveyor one = new OneConveyor(MemoryBackend.withCapabilities(StorageCapabilities.builder()
            .interruptSafeReads(false)
            .maxConcurrentWrites(2)
            .build()));

    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void stop() {
        threads.shutdown();
    }

    @ParameterizedTest(name = "at the request no. {0}")
    @ValueSource(ints = {1, 2, 3, 4, 5, 6})
    void whatIsAskedForWhileNoThreadCanBeHadIsDoneWhenThereIsOne(int refused) throws Exception {
        AtomicInteger requests = new AtomicInteger();
        one.builder(builder -> builder.workers(4)
                .options(ConveyorOptions.builder()
                        .writeDelay(Duration.ofMinutes(1))
                        .flushTimeout(Duration.ofSeconds(30))
                        .build())
                .executor(task -> {
                    if (requests.incrementAndGet() == refused) {
                        throw new IllegalStateException("no thread, for the test");
                    }
                    threads.execute(task);
                }));
        Conveyor conveyor = one.open(READ, WRITE, CREATE);
        conveyor.write(Bytes.buffer("first"), 0);
        conveyor.write(Bytes.buffer("second"), APART);

        conveyor.flush();
        assertThat(one.read(0, 5)).isEqualTo("first");
        conveyor.close();

        assertThat(one.stored()).startsWith(Bytes.of("first")).endsWith(Bytes.of("second"));
        one.open(WRITE).close();
    }
}
