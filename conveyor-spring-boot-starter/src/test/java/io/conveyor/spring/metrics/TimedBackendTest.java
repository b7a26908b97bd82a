package io.conveyor.spring.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.ConflictException;
import io.conveyor.ConveyorOpenOption;
import io.conveyor.StorageException;
import io.conveyor.StorageException.Kind;
import io.conveyor.Whence;
import io.conveyor.spi.StorageBackend;
import io.conveyor.spi.StorageHandle;
import io.conveyor.testkit.Bytes;
import io.conveyor.testkit.MemoryBackend;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MockClock;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.simple.SimpleConfig;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TimedBackendTest {

    private final MockClock clock = new MockClock();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry(SimpleConfig.DEFAULT, clock);
    private final CallTimers timers = new CallTimers(registry, Tags.of("backend", "memory", "store", "default"));
    private final MemoryBackend memory = MemoryBackend.create();
    private final TimedBackend timed = new TimedBackend(memory, timers);

    @Test
    void timesACallByItsOutcome() throws IOException {
        String answer = timers.time(Operation.PREAD, () -> {
            clock.add(3, TimeUnit.MILLISECONDS);
            return "answer";
        });

        assertThat(answer).isEqualTo("answer");
        assertThat(count("pread", "SUCCESS")).isEqualTo(1);
        assertThat(registry.get(CallTimers.NAME)
                        .tag("operation", "pread")
                        .timer()
                        .totalTime(TimeUnit.MILLISECONDS))
                .isEqualTo(3);
    }

    @ParameterizedTest
    @MethodSource
    void namesAFailureByAFixedWord(Exception failure, String outcome) {
        assertThatThrownBy(() -> timers.run(Operation.FLUSH, () -> sneak(failure)))
                .isSameAs(failure);

        assertThat(count("flush", outcome)).isEqualTo(1);
        assertThat(count("flush", "SUCCESS")).isZero();
    }

    static Stream<Object[]> namesAFailureByAFixedWord() {
        return Stream.of(
                new Object[] {storage(Kind.NO_SPACE), "NO_SPACE"},
                new Object[] {storage(Kind.TIMEOUT), "TIMEOUT"},
                new Object[] {new NoSuchFileException("key"), "NOT_FOUND"},
                new Object[] {new FileAlreadyExistsException("key"), "ALREADY_EXISTS"},
                new Object[] {new AccessDeniedException("key"), "ACCESS_DENIED"},
                new Object[] {new ConflictException("key", "somebody else"), "CONFLICT"},
                new Object[] {new InterruptedIOException(), "INTERRUPTED"},
                new Object[] {new ClosedChannelException(), "CLOSED"},
                new Object[] {new IOException("key"), "ERROR"},
                new Object[] {new IllegalStateException("key"), "ERROR"});
    }

    private static StorageException storage(Kind kind) {
        return new StorageException(kind, StorageException.Retry.NEVER, "flush", "key", null, "a reason", null);
    }

    private static void sneak(Exception failure) throws IOException {
        if (failure instanceof RuntimeException unchecked) {
            throw unchecked;
        }
        throw (IOException) failure;
    }

    @Test
    void passesEveryCallOnAndTimesIt() throws IOException {
        try (StorageHandle handle = timed.open(
                "key", Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.READ))) {
            handle.pwrite(Bytes.buffer("some"), 0);
            handle.pwrite(new ByteBuffer[] {Bytes.buffer(" con"), Bytes.buffer("tent!")}, 4);
            handle.truncate(12);
            handle.flush();
            handle.sync();
            ByteBuffer read = ByteBuffer.allocate(12);
            handle.pread(read.limit(4), 0);
            handle.pread(new ByteBuffer[] {read.limit(12)}, 4);
            assertThat(read.flip()).isEqualTo(Bytes.buffer("some content"));
            assertThat(handle.lseek(0, Whence.END)).isEqualTo(12);
        }
        timed.ping();
        assertThat(timed.attributes("key").size()).isEqualTo(12);
        try (var list = timed.list("")) {
            assertThat(list).hasSize(1);
        }
        assertThat(timed.delete("key")).isTrue();

        assertThat(List.of(
                        "open", "truncate", "flush", "sync", "lseek", "close", "ping", "attributes", "list", "delete"))
                .allSatisfy(once -> assertThat(count(once, "SUCCESS")).isEqualTo(1));
        assertThat(count("pread", "SUCCESS")).isEqualTo(2);
        assertThat(count("pwrite", "SUCCESS")).isEqualTo(2);
        assertThat(memory.openHandles()).isZero();
    }

    @Test
    void timesCommitAndAbortOfADraft() throws IOException {
        Set<OpenOption> replace =
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, ConveyorOpenOption.ATOMIC_REPLACE);
        try (StorageHandle handle = timed.open("key", replace)) {
            handle.pwrite(Bytes.buffer("first"), 0);
            handle.commit();
        }
        try (StorageHandle handle = timed.open("key", replace)) {
            handle.pwrite(Bytes.buffer("second"), 0);
            handle.abort();
        }

        assertThat(memory.snapshot("key")).asString().isEqualTo("first");
        assertThat(count("commit", "SUCCESS")).isEqualTo(1);
        assertThat(count("abort", "SUCCESS")).isEqualTo(1);
    }

    @Test
    void isTheBackendItWraps() throws IOException {
        assertThat(timed.name()).isEqualTo(memory.name());
        assertThat(timed.capabilities()).isSameAs(memory.capabilities());
        assertThat(timed.canonicalKey("key")).isEqualTo(memory.canonicalKey("key"));
        assertThat(timed).hasToString(memory.toString());

        timed.close();

        assertThat(memory.isClosed()).isTrue();
    }

    @Test
    void timesEveryMethodThatAsksTheStore() {
        assertThat(untimed(StorageBackend.class, TimedBackend.class)).containsExactly("close");
        assertThat(untimed(StorageHandle.class, TimedHandle.class)).isEmpty();
    }

    private static Stream<String> untimed(Class<?> type, Class<?> decorator) {
        return Arrays.stream(type.getMethods())
                .filter(method -> List.of(method.getExceptionTypes()).contains(IOException.class))
                .filter(method -> !declares(decorator, method))
                .map(Method::getName);
    }

    private static boolean declares(Class<?> decorator, Method method) {
        return Arrays.stream(decorator.getDeclaredMethods())
                .anyMatch(own -> own.getName().equals(method.getName())
                        && Arrays.equals(own.getParameterTypes(), method.getParameterTypes()));
    }

    @Test
    void everyTimerHasTheSameTagKeys() {
        assertThatThrownBy(() -> timed.attributes("absent")).isInstanceOf(NoSuchFileException.class);

        assertThat(registry.getMeters())
                .extracting(Meter::getId)
                .allSatisfy(id -> assertThat(id.getTags())
                        .extracting(Tag::getKey)
                        .containsExactly("backend", "operation", "outcome", "store"));
        assertThat(count("attributes", "NOT_FOUND")).isEqualTo(1);
    }

    private long count(String operation, String outcome) {
        var timer = registry.find(CallTimers.NAME)
                .tags("operation", operation, "outcome", outcome)
                .timer();
        return timer == null ? 0 : timer.count();
    }
}
