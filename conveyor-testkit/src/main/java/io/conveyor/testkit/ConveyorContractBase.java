package io.conveyor.testkit;

import static io.conveyor.testkit.StorageOperation.PWRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.ConveyorOptions;
import io.conveyor.StorageException;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import io.conveyor.Whence;
import io.conveyor.WriteBehindException;
import io.conveyor.spi.StorageBackend;
import io.conveyor.spi.StorageCapabilities;
import io.conveyor.spi.StorageHandle;
import io.conveyor.testkit.Concurrently.Started;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.OpenOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What the cases of {@link ConveyorContract} stand on: a store, a plan of faults between the engine and it, and conveyors over both.
 *
 * <p>Whatever is in flight is decided by holding storage calls, never by a clock. Each test has a minute, on a thread of its own, so that a
 * deadlock fails and does not hang; and leaves no thread, handle or memory behind.
 */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
abstract class ConveyorContractBase {

    /** For waits that must not end by themselves in a healthy run. */
    static final Duration LONG = Duration.ofSeconds(30);

    /** For waits that are expected to end by themselves. */
    static final Duration SHORT = Duration.ofMillis(150);

    private static final long SETTLE_MILLIS = 100;

    @RegisterExtension
    final LeakCheck leaks = LeakCheck.create();

    final FaultPlan plan = FaultPlan.create();

    private final List<ConveyorFactory> factories = new ArrayList<>();
    private @Nullable StorageBackend store;
    private @Nullable FaultInjectingBackend backend;
    private @Nullable ConveyorFactory factory;

    /**
     * A factory of conveyors over {@code backend}, with a clock that runs and a memory budget of at least 32 MiB. The contract closes it, and
     * may ask for several over one backend.
     */
    protected abstract ConveyorFactory newFactory(StorageBackend backend, ConveyorOptions options) throws Exception;

    /**
     * A backend over a store (or a part of one, such as a fresh prefix) that holds no object. Called once for each test; the contract closes
     * it.
     */
    protected abstract StorageBackend newBackend() throws Exception;

    /** How long the cases that try their luck (many threads, many rounds) may go on, each. By default one second. */
    protected Duration stressTime() {
        return Duration.ofSeconds(1);
    }

    @BeforeEach
    final void openTheStore() throws Exception {
        StorageBackend opened = newBackend();
        store = opened;
        backend = FaultInjectingBackend.lent(opened, plan);
        leaks.watch(backend);
        if (opened instanceof MemoryBackend memory) {
            leaks.watch(memory);
        }
    }

    @AfterEach
    final void closeTheStore() throws Exception {
        plan.clear();
        for (ConveyorFactory one : factories) {
            try {
                one.close();
            } catch (IOException toldBefore) {
                // A test that let a conveyor fail has seen the failure; here it only has to be released.
            }
        }
        store().close();
    }

    /** An implementation that overrides a case without {@code @Test}, or disables one without a reason, fails here. */
    @Test
    final void noCaseOfTheContractIsLost() {
        ContractCompleteness.check(getClass());
    }

    // ------------------------------------------------------------------ the store behind the engine's back

    /** The store itself, without the plan of faults. */
    protected final StorageBackend store() {
        if (store == null) {
            throw new IllegalStateException("the store exists only while a test runs");
        }
        return store;
    }

    /** What the engine sees of the store: the same, through the plan of faults. */
    protected final FaultInjectingBackend backend() {
        if (backend == null) {
            throw new IllegalStateException("the backend exists only while a test runs");
        }
        return backend;
    }

    final StorageCapabilities capabilities() {
        return store().capabilities();
    }

    /** Whether a write is to be seen in the store as soon as the backend took it. */
    final boolean showsWritesAtOnce() {
        return capabilities().flushEffect() == StorageCapabilities.FlushEffect.NONE;
    }

    /** Puts an object into the store, as somebody else would. */
    final void store(String key, byte[] content) throws IOException {
        Set<OpenOption> options =
                Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING);
        try (StorageHandle handle = store().open(key, options)) {
            StorageContractBase.write(handle, content, 0);
            handle.flush();
        }
    }

    final void store(String key, String content) throws IOException {
        store(key, Bytes.of(content));
    }

    /** What others see of an object now. */
    final byte[] stored(String key) throws IOException {
        try (StorageHandle handle = store().open(key, Set.of(StandardOpenOption.READ))) {
            return StorageContractBase.readAll(handle);
        }
    }

    final String storedText(String key) throws IOException {
        return text(stored(key));
    }

    static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    // ------------------------------------------------------------------ conveyors

    /** Options with which nothing ends by itself, nothing is retried, and nothing waits for more bytes. */
    static ConveyorOptions.Builder patient() {
        return ConveyorOptions.builder()
                .writeTimeout(LONG)
                .readTimeout(LONG)
                .flushTimeout(LONG)
                .closeTimeout(LONG)
                .callTimeout(Duration.ofMinutes(5))
                .writeDelay(Duration.ZERO)
                .retryAttempts(1)
                .retryBaseDelay(Duration.ZERO)
                .retryMaxDelay(Duration.ZERO);
    }

    /** The factory of this test, with {@link #patient()} options; one, whichever threads ask first. */
    final synchronized ConveyorFactory factory() throws Exception {
        if (factory == null) {
            factory = another(patient().build());
        }
        return factory;
    }

    /** One more factory over the same backend. */
    final synchronized ConveyorFactory another(ConveyorOptions options) throws Exception {
        ConveyorFactory made = newFactory(backend(), options);
        factories.add(made);
        leaks.watch(made);
        return made;
    }

    final Conveyor open(String key, OpenOption... options) throws Exception {
        return factory().open(key, options);
    }

    final Conveyor open(ConveyorOptions.Builder overrides, String key, OpenOption... options) throws Exception {
        return factory().open(key, overrides.build(), options);
    }

    /** Opens an object for reading and writing, and makes it if it is missing. */
    final Conveyor create(String key) throws Exception {
        return open(key, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
    }

    final Conveyor create(ConveyorOptions.Builder overrides, String key) throws Exception {
        return open(overrides, key, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
    }

    static void write(Conveyor conveyor, String text) throws IOException {
        ByteBuffer src = Bytes.buffer(text);
        int length = src.remaining();
        assertThat(conveyor.write(src)).isEqualTo(length);
        assertThat(src.hasRemaining()).isFalse();
    }

    static void write(Conveyor conveyor, String text, long position) throws IOException {
        write(conveyor, Bytes.of(text), position);
    }

    static void write(Conveyor conveyor, byte[] bytes, long position) throws IOException {
        ByteBuffer src = ByteBuffer.wrap(bytes);
        assertThat(conveyor.write(src, position)).isEqualTo(bytes.length);
        assertThat(src.hasRemaining()).isFalse();
    }

    /** One read, which is to give all there is. */
    static byte[] read(Conveyor conveyor, long position, int length) throws IOException {
        ByteBuffer dst = ByteBuffer.allocate(length);
        int count = conveyor.read(dst, position);
        assertThat(dst.position()).as("position after read").isEqualTo(Math.max(0, count));
        return Bytes.remaining(dst.flip());
    }

    static String readText(Conveyor conveyor, long position, int length) throws IOException {
        return text(read(conveyor, position, length));
    }

    /** One read at the cursor. */
    static String readText(Conveyor conveyor, int length) throws IOException {
        ByteBuffer dst = ByteBuffer.allocate(length);
        int count = conveyor.read(dst);
        assertThat(dst.position()).as("position after read").isEqualTo(Math.max(0, count));
        return text(Bytes.remaining(dst.flip()));
    }

    /** Everything that the conveyor shows. */
    static byte[] readAll(Conveyor conveyor) throws IOException {
        int size = Math.toIntExact(conveyor.size());
        byte[] all = read(conveyor, 0, size + 1);
        assertThat(all).as("everything, by size()").hasSize(size);
        return all;
    }

    // ------------------------------------------------------------------ things under way

    static Started<Boolean> flushing(Conveyor conveyor) {
        return Concurrently.start(() -> {
            conveyor.flush();
            return true;
        });
    }

    /** A flush that has begun, and waits for a call that is held. */
    static Started<Boolean> flushing(Conveyor conveyor, Hold hold) throws InterruptedException {
        Started<Boolean> flush = flushing(conveyor);
        hold.awaitHeld();
        return flush.awaitWaiting();
    }

    /** Gives something that must not end by itself the time to do so wrongly. A healthy engine passes however long or short this is. */
    static void settle(Started<?> started) throws InterruptedException {
        started.awaitWaiting();
        started.thread().join(SETTLE_MILLIS);
    }

    static void assertStillWaiting(Started<?> started) throws InterruptedException {
        settle(started);
        assertThat(started.isDone()).as("the call has ended, which it must not").isFalse();
    }

    // ------------------------------------------------------------------ failures

    /** Every pwrite fails for good from now on. */
    final FaultRule breakWrites() {
        return plan.on(PWRITE).always().failWith(Kind.IO, Retry.NEVER);
    }

    /** A conveyor that could not write {@code text} at 0, and tells so. */
    final Conveyor failed(String key, String text) throws Exception {
        Conveyor conveyor = create(key);
        FaultRule broken = breakWrites();
        write(conveyor, text, 0);
        assertWriteBehind(conveyor::flush);
        broken.cancel();
        return conveyor;
    }

    static WriteBehindException assertWriteBehind(ThrowingCallable call) {
        Throwable thrown = catchThrowable(call);
        assertThat(thrown).isInstanceOf(WriteBehindException.class);
        return (WriteBehindException) thrown;
    }

    static void assertTimesOut(ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        StorageException.class, late -> assertThat(late.kind()).isEqualTo(Kind.TIMEOUT));
    }

    static Kind kindOf(@Nullable Throwable thrown) {
        assertThat(thrown).isInstanceOf(StorageException.class);
        return Objects.requireNonNull((StorageException) thrown).kind();
    }

    static long endOf(Conveyor conveyor) throws IOException {
        return conveyor.seek(0, Whence.END);
    }

    /** Whether {@code wanted} is the throwable or one of its causes. */
    static boolean causedBy(Throwable thrown, Throwable wanted) {
        for (Throwable one = thrown; one != null; one = one.getCause()) {
            if (one.equals(wanted)) {
                return true;
            }
        }
        return false;
    }
}
