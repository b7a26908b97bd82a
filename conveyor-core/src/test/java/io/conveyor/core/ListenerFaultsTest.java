package io.conveyor.core;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import io.conveyor.WriteBehindException;
import io.conveyor.testkit.Bytes;
import io.conveyor.testkit.FaultInjectingBackend;
import io.conveyor.testkit.FaultPlan;
import io.conveyor.testkit.MemoryBackend;
import io.conveyor.testkit.StorageOperation;
import java.io.IOException;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a listener throws is logged and otherwise ignored. */
@Timeout(60)
class ListenerFaultsTest {

    private final MemoryBackend memory = MemoryBackend.create();
    private final FaultPlan plan = FaultPlan.create();

    static Stream<Supplier<Throwable>> faults() {
        return Stream.of(
                () -> new IllegalStateException("a listener's own"),
                () -> new NoClassDefFoundError("what/a/listener/Needs"));
    }

    @ParameterizedTest
    @MethodSource("faults")
    void oneThatThrowsWheneverItIsToldKeepsNobodyFromAnything(Supplier<Throwable> fault) throws Exception {
        requireNobodyKeptFromWriting(new Thrower(fault) {

            @Override
            public void opened(Conveyor conveyor) {
                fall();
            }

            @Override
            public void failed(Conveyor conveyor, WriteBehindException failure) {
                fall();
            }

            @Override
            public void cleared(Conveyor conveyor) {
                fall();
            }

            @Override
            public void closed(Conveyor conveyor) {
                fall();
            }
        });
    }

    @ParameterizedTest
    @MethodSource("faults")
    void oneThatCannotCaptureItsContextCostsNoTurn(Supplier<Throwable> fault) throws Exception {
        requireNobodyKeptFromWriting(new Thrower(fault) {

            @Override
            public WorkContext capture() {
                fall();
                return WorkContext.NONE;
            }
        });
    }

    @ParameterizedTest
    @MethodSource("faults")
    void aContextThatFailsBeforeItsWorkOrAfterItHasTheWorkDoneOnce(Supplier<Throwable> fault) throws Exception {
        requireNobodyKeptFromWriting(new Thrower(fault) {

            private boolean before;

            @Override
            public WorkContext capture() {
                before = !before;
                return before
                        ? work -> fall()
                        : work -> {
                            work.run();
                            fall();
                        };
            }
        });
    }

    private void requireNobodyKeptFromWriting(ConveyorListener listener) throws IOException {
        try (ConveyorFactory factory = Conveyors.builder(FaultInjectingBackend.over(memory, plan))
                .listener(listener)
                .build()) {
            writeInSpiteOfAFailure(factory);
        }
        assertThat(memory.snapshot("key")).asString().isEqualTo("content");
    }

    private void writeInSpiteOfAFailure(ConveyorFactory factory) throws IOException {
        var rule = plan.on(StorageOperation.PWRITE).always().failWith(Kind.UNAVAILABLE, Retry.NEVER);
        try (Conveyor conveyor = factory.open("key", CREATE, WRITE)) {
            conveyor.write(Bytes.buffer("content"));
            assertThatThrownBy(conveyor::flush).isInstanceOf(WriteBehindException.class);
            rule.cancel();
            assertThat(conveyor.clearError()).isTrue();
            conveyor.flush();
        }
    }

    /** Throws what it is given, checked or not. */
    private abstract static class Thrower implements ConveyorListener {

        private final Supplier<Throwable> fault;

        Thrower(Supplier<Throwable> fault) {
            this.fault = fault;
        }

        final void fall() {
            Throwable thrown = fault.get();
            if (thrown instanceof Error error) {
                throw error;
            }
            throw (RuntimeException) thrown;
        }
    }
}
