package io.conveyor.core;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.ConveyorOptions;
import io.conveyor.testkit.Bytes;
import io.conveyor.testkit.Concurrently;
import io.conveyor.testkit.Concurrently.Started;
import io.conveyor.testkit.FaultInjectingBackend;
import io.conveyor.testkit.FaultPlan;
import io.conveyor.testkit.LeakCheck;
import io.conveyor.testkit.MemoryBackend;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.OpenOption;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A fixture: a store in memory whose calls a test may hold and break, a factory, and the conveyor that the test is about. Workers do not wait for more
 * bytes. Afterwards everything is let go and closed, and nothing may be left behind.
 */
final class OneConveyor implements BeforeEachCallback, AfterEachCallback {

    static final String KEY = "object";

    final MemoryBackend memory;
    final FaultPlan plan = FaultPlan.create();
    final FaultInjectingBackend backend;
    private final LeakCheck leaks = LeakCheck.create();
    private UnaryOperator<Conveyors.Builder> settings = builder -> builder;
    private @Nullable ConveyorFactory factory;

    @SuppressWarnings("NullAway.Init") // by open()
    private Conveyor conveyor;

    /** On a store that is visible at once, as a local file is. */
    OneConveyor() {
        this(MemoryBackend.create());
    }

    /** On a store of some other kind. */
    OneConveyor(MemoryBackend memory) {
        this.memory = memory;
        this.backend = FaultInjectingBackend.over(memory, plan);
    }

    /** Something that may throw anything. */
    @FunctionalInterface
    interface Action {
        void run() throws Exception;
    }

    /** How the factory is to be built, before anything is opened. */
    void builder(UnaryOperator<Conveyors.Builder> with) {
        settings = with;
    }

    /** What pending and prefetched bytes may take together, before anything is opened. */
    void budget(long bytes) {
        builder(builder -> builder.memoryBudget(bytes));
    }

    ConveyorFactory factory() {
        ConveyorFactory built = factory;
        if (built == null) {
            Conveyors.Builder builder = Conveyors.builder(backend)
                    .options(ConveyorOptions.builder().writeDelay(Duration.ZERO).build());
            built = settings.apply(builder).build();
            factory = built;
            leaks.watch(built);
        }
        return built;
    }

    Conveyor open(OpenOption... options) throws IOException {
        return open(ConveyorOptions.inherited(), options);
    }

    Conveyor open(ConveyorOptions overrides, OpenOption... options) throws IOException {
        conveyor = factory().open(KEY, overrides, options);
        return conveyor;
    }

    /** What others see of the object. */
    byte[] stored() {
        return memory.snapshot(KEY);
    }

    /** Reads up to {@code length} bytes of the conveyor as text. */
    String read(long position, int length) throws IOException {
        ByteBuffer dst = ByteBuffer.allocate(length);
        conveyor.read(dst, position);
        return new String(Bytes.remaining(dst.flip()), java.nio.charset.StandardCharsets.ISO_8859_1);
    }

    Started<Boolean> start(Action action) {
        return Concurrently.start(() -> {
            action.run();
            return true;
        });
    }

    Started<Boolean> startFlush() {
        return start(conveyor::flush);
    }

    /** Closes all while a test's executor has to be stepped. */
    void closeSteppingBy(StepExecutor steps) throws Exception {
        steps.drivingAll(() -> {
            factory().close();
            return true;
        });
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        leaks.beforeEach(context);
        leaks.watch(memory);
        leaks.watch(backend);
    }

    @Override
    public void afterEach(ExtensionContext context) throws Exception {
        plan.clear();
        if (context.getExecutionException().isPresent()) {
            // nobody is left to turn the clock, or to take the steps, that closing may wait for
            return;
        }
        if (factory != null) {
            closeQuietly(factory);
        }
        leaks.afterEach(context);
    }

    /** A test that leaves a failure, or held writes, behind is not about closing. */
    private static void closeQuietly(ConveyorFactory open) {
        try {
            open.close();
        } catch (IOException unwritten) {
            // known to the test
        }
    }
}
