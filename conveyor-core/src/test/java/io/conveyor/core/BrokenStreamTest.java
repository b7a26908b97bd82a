package io.conveyor.core;

import static io.conveyor.ConveyorOpenOption.ATOMIC_REPLACE;
import static io.conveyor.testkit.StorageOperation.PWRITE;
import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorOptions;
import io.conveyor.ConveyorOutputStream;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import io.conveyor.WriteBehindException;
import io.conveyor.testkit.Bytes;
import io.conveyor.testkit.Hold;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.file.OpenOption;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A stream does not tell how much of a write was accepted, so that nobody can go on behind one that has failed: the stream says so until its end. */
class BrokenStreamTest {

    private static final int ROOM = 256 << 10;
    private static final int LONG = 4 * ROOM;

    @RegisterExtension
    final OneConveyor one = new OneConveyor();

    @BeforeEach
    void storesAnOldVersion() {
        one.builder(builder ->
                builder.options(ConveyorOptions.builder().maxPendingBytes(ROOM).build()));
        one.memory.put(OneConveyor.KEY, Bytes.of("old"));
    }

    private ConveyorOutputStream stream(OpenOption... options) throws IOException {
        return one.factory().newOutputStream(OneConveyor.KEY, options);
    }

    /** Interrupts a write that has to wait for room in its midst; answers what it threw. */
    private Throwable interrupted(OutputStream out) {
        try (Hold full = one.plan.hold(PWRITE)) {
            Thread.currentThread().interrupt();
            Throwable thrown = catchThrowable(() -> out.write(Bytes.at(0, LONG, 1)));
            assertThat(Thread.interrupted()).as("the flag is kept").isTrue();
            assertThat(thrown).isInstanceOf(InterruptedIOException.class);
            return thrown;
        }
    }

    @Test
    void aReplacementIsNotPublishedAfterAWriteThatFailed() throws IOException {
        OutputStream out = stream(CREATE, ATOMIC_REPLACE);
        Throwable first = interrupted(out);

        assertThatThrownBy(out::close).isInstanceOf(IOException.class).hasCause(first);
        out.close();

        assertThat(one.stored()).isEqualTo(Bytes.of("old"));
        assertThat(one.factory().openConveyors()).isEmpty();
    }

    @Test
    void aReplacementIsNotPublishedByTheEndOfItsTry() throws IOException {
        assertThatThrownBy(() -> {
                    try (OutputStream out = new BufferedOutputStream(stream(CREATE, ATOMIC_REPLACE))) {
                        throw (Exception) interrupted(out);
                    }
                })
                .isInstanceOf(InterruptedIOException.class);

        assertThat(one.stored()).isEqualTo(Bytes.of("old"));
        assertThat(one.factory().openConveyors()).isEmpty();
    }

    @Test
    void aStreamThatMayBeAbortedAfterAWriteThatFailedSaysNothingMore() throws IOException {
        ConveyorOutputStream out = stream(CREATE, ATOMIC_REPLACE);
        interrupted(out);

        out.abort();
        out.close();

        assertThat(one.stored()).isEqualTo(Bytes.of("old"));
    }

    @Test
    void aStreamTakesNothingMoreAfterAWriteThatFailed() throws IOException {
        ConveyorOutputStream out = stream(CREATE, ATOMIC_REPLACE);
        Throwable first = interrupted(out);

        Throwable second = catchThrowable(() -> out.write(1));
        Throwable third = catchThrowable(() -> out.write(Bytes.of("more")));

        assertThat(second).isInstanceOf(IOException.class).hasCause(first);
        assertThat(third).isInstanceOf(IOException.class).hasCause(first).isNotSameAs(second);
        out.abort();
    }

    @Test
    void aStreamThatReplacesNothingStoresWhatWasAcceptedAndSaysThatMoreIsMissing() throws IOException {
        OutputStream out = stream(CREATE, APPEND);
        Throwable first = interrupted(out);

        assertThatThrownBy(out::close)
                .isInstanceOf(IOException.class)
                .hasMessageContaining("'object'")
                .hasCause(first);
        out.close();

        byte[] stored = one.stored();
        assertThat(stored.length).isGreaterThan(3).isLessThan(LONG);
        assertThat(Bytes.difference(Bytes.at(0, stored.length - 3, 1), Arrays.copyOfRange(stored, 3, stored.length), 0))
                .isEmpty();
        assertThat(one.factory().openConveyors()).isEmpty();
    }

    @Test
    void whatStorageDoesNotTakeIsNamedByTheEndOfAStreamWhoseWriteFailed() throws IOException {
        one.plan.on(PWRITE).always().failWith(Kind.NO_SPACE, Retry.NEVER);
        OutputStream out = stream();
        Throwable thrown = null;
        while (thrown == null) {
            thrown = catchThrowable(() -> out.write(Bytes.at(0, 1_000, 1)));
        }
        assertThat(thrown).isInstanceOf(WriteBehindException.class);

        assertThatThrownBy(out::close)
                .isInstanceOfSatisfying(
                        WriteBehindException.class,
                        failure -> assertThat(failure.unwritten()).isNotEmpty());
    }

    @Test
    void aStreamOfAConveyorSaysThatItIsIncompleteAndLeavesTheConveyorOpen() throws IOException {
        Conveyor conveyor = one.open(CREATE, WRITE);
        OutputStream out = conveyor.newOutputStream();
        Throwable first = interrupted(out);
        long accepted = conveyor.position();

        assertThatThrownBy(out::close).isInstanceOf(IOException.class).hasCause(first);

        assertThat(conveyor.isOpen()).isTrue();
        try (OutputStream rest = conveyor.newOutputStream()) {
            rest.write(Bytes.at(accepted, LONG - (int) accepted, 1));
        }
        conveyor.close();
        assertThat(Bytes.difference(Bytes.at(0, LONG, 1), one.stored(), 0)).isEmpty();
    }
}
