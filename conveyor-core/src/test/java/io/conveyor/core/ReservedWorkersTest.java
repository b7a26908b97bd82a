package io.conveyor.core;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.ConveyorOptions;
import io.conveyor.spi.ForwardingStorageBackend;
import io.conveyor.spi.ForwardingStorageHandle;
import io.conveyor.spi.StorageBackend;
import io.conveyor.spi.StorageHandle;
import io.conveyor.testkit.Bytes;
import io.conveyor.testkit.Concurrently;
import io.conveyor.testkit.MemoryBackend;
import java.io.IOException;
import java.nio.file.OpenOption;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/** A worker that was reserved for a turn is given one though memory is out when that turn is to be claimed, and nothing can be said about it, either. */
@Timeout(120)
class ReservedWorkersTest {

    private static final int MOST_TIMES = 100_000;

    private final Thread writer = Thread.currentThread();
    private final AtomicBoolean full = new AtomicBoolean();
    private final AtomicBoolean speechless = new AtomicBoolean();
    private final MemoryBackend memory = MemoryBackend.create();
    private final Logger log = (Logger) LoggerFactory.getLogger(WritePath.class);

    private final AppenderBase<ILoggingEvent> words = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            if (speechless.get()) {
                throw new OutOfMemoryError("Java heap space, for the test");
            }
        }
    };

    @BeforeEach
    void listen() {
        words.start();
        log.addAppender(words);
    }

    @AfterEach
    void speak() {
        log.detachAppender(words);
    }

    /** A store whose handles are asked by the writer, who claims a turn, how much they want, when memory is out. */
    private StorageBackend store() {
        return new ForwardingStorageBackend(memory) {
            @Override
            public StorageHandle open(String key, Set<? extends OpenOption> options) throws IOException {
                return new ForwardingStorageHandle(super.open(key, options)) {
                    @Override
                    public long preferredWriteBytes(long offset) {
                        if (Thread.currentThread() == writer && full.compareAndSet(true, false)) {
                            speechless.set(true);
                            throw new OutOfMemoryError("Java heap space, for the test");
                        }
                        return super.preferredWriteBytes(offset);
                    }
                };
            }
        };
    }

    @Test
    void noWorkerIsLostThoughNothingCanBeClaimed() throws Exception {
        assumeTrue(Runtime.getRuntime().availableProcessors() > 1, "alone on a processor nobody looks");
        ConveyorOptions options = ConveyorOptions.builder()
                .writeDelay(Duration.ZERO)
                .flushTimeout(Concurrently.PATIENCE)
                .closeTimeout(Concurrently.PATIENCE)
                .build();
        try (ConveyorFactory factory =
                Conveyors.builder(store()).workers(2).options(options).build()) {
            Conveyor conveyor = factory.open("key", WRITE, CREATE);
            full.set(true);
            for (int i = 0; i < MOST_TIMES && full.get(); i++) {
                writeAndFlush(conveyor);
            }
            assertThat(full)
                    .as("a worker looked, and the writer claimed for it")
                    .isFalse();
            speechless.set(false);

            Concurrently.await("no worker is reserved", () -> factory.stats().busyWorkers() == 0);
            conveyor.clearError();
            conveyor.write(Bytes.buffer("more"), 4);
            conveyor.flush();
        }
        assertThat(memory.snapshot("key")).isEqualTo(Bytes.of("textmore"));
    }

    private static void writeAndFlush(Conveyor conveyor) {
        try {
            conveyor.write(Bytes.buffer("text"), 0);
            conveyor.flush();
        } catch (IOException failed) {
            // when memory was out
        } catch (OutOfMemoryError escaped) {
            throw new AssertionError("what was accepted is not refused afterwards", escaped);
        }
    }
}
