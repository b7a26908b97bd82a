package io.conveyor.testkit;

import static io.conveyor.ConveyorOpenOption.ATOMIC_REPLACE;
import static io.conveyor.testkit.StorageOperation.CLOSE;
import static io.conveyor.testkit.StorageOperation.COMMIT;
import static io.conveyor.testkit.StorageOperation.FLUSH;
import static io.conveyor.testkit.StorageOperation.OPEN;
import static io.conveyor.testkit.StorageOperation.PREAD;
import static io.conveyor.testkit.StorageOperation.PWRITE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.conveyor.ConflictException;
import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.Extent;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import io.conveyor.Whence;
import io.conveyor.WriteBehindException;
import io.conveyor.testkit.Concurrently.Started;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** Promise 8: close flushes, releases everything even when that fails, says what is not in storage, and is idempotent. */
abstract class ClosingCases extends ThreadsCases {

    private static final int TAG = 17;

    /** Close brings everything to storage. */
    @Test
    protected void closeFlushes() throws Exception {
        Conveyor conveyor = create("object");
        write(conveyor, Bytes.at(0, 100_000, TAG), 0);
        conveyor.close();
        assertThat(conveyor.isOpen()).isFalse();
        assertThat(Bytes.difference(Bytes.at(0, 100_000, TAG), stored("object"), 0))
                .isEmpty();
        assertThat(backend().openHandles()).isZero();
        assertThat(factory().openConveyors()).isEmpty();
    }

    /** Close waits for the write that is in flight. */
    @Test
    protected void closeWaitsForTheWriteInFlight() throws Exception {
        Conveyor conveyor = create("object");
        Hold hold = plan.hold(PWRITE);
        write(conveyor, "hello", 0);
        Started<Boolean> close = closing(conveyor);
        hold.awaitHeld();
        assertStillWaiting(close);
        hold.release();
        close.result();
        assertThat(storedText("object")).isEqualTo("hello");
    }

    private static Started<Boolean> closing(Conveyor conveyor) {
        return Concurrently.start(() -> {
            conveyor.close();
            return true;
        });
    }

    /** A close that cannot flush says how many bytes of which ranges are not in storage, and releases everything all the same. */
    @Test
    protected void closeReportsWhatIsNotInStorageAndReleasesEverything() throws Exception {
        Conveyor conveyor = create("object");
        FaultRule broken = breakWrites();
        write(conveyor, Bytes.at(1_000, 500, TAG), 1_000);
        WriteBehindException failure = assertWriteBehind(conveyor::close);
        assertMissing(failure, new Extent(1_000, 500));
        assertThat(failure.retainedBytes()).as("nothing is kept after close").isZero();
        assertThat(conveyor.clearError()).isFalse();
        assertMissing(conveyor.failure().orElseThrow(), new Extent(1_000, 500));
        assertThat(conveyor.failure().orElseThrow().retainedBytes()).isZero();
        assertThat(conveyor.isOpen()).isFalse();
        assertThat(backend().openHandles()).isZero();
        assertThat(factory().openConveyors()).isEmpty();
        assertThat(factory().stats().memoryUsedBytes()).isZero();
        broken.cancel();
        try (Conveyor again = create("object")) {
            write(again, "free", 0);
        }
        assertThat(storedText("object")).isEqualTo("free");
    }

    private static void assertMissing(WriteBehindException failure, Extent extent) {
        assertThat(failure.unwritten()).containsExactly(extent);
        assertThat(failure.unwrittenBytes()).isEqualTo(extent.length());
        assertThat(failure).hasMessageContaining(extent.length() + " bytes that are not in storage");
    }

    /** What the handle has taken, and a flush that failed has not shown, is not in storage. */
    @Test
    protected void closeReportsWhatAFlushThatFailedHasNotShown() throws Exception {
        assumeTrue(!showsWritesAtOnce(), "the store needs no flush");
        Conveyor conveyor = create("object");
        write(conveyor, Bytes.at(1_000, 500, TAG), 1_000);
        conveyor.seek(0, Whence.END);
        plan.on(FLUSH).always().failWith(Kind.IO, Retry.NEVER);
        assertMissing(assertWriteBehind(conveyor::close), new Extent(1_000, 500));
        assertMissing(conveyor.failure().orElseThrow(), new Extent(1_000, 500));
        assertThat(backend().openHandles()).isZero();
    }

    /** Nothing of a replacement is in storage before its commit has succeeded, whatever had been written and flushed. */
    @Test
    protected void closeReportsWhatACommitThatFailedHasNotShown() throws Exception {
        store("object", "old version");
        Conveyor draft = open("object", WRITE, ATOMIC_REPLACE);
        write(draft, Bytes.at(1_000, 500, TAG), 1_000);
        draft.flush();
        plan.on(COMMIT).always().failWith(Kind.IO, Retry.NEVER);
        assertMissing(assertWriteBehind(draft::close), new Extent(1_000, 500));
        assertMissing(draft.failure().orElseThrow(), new Extent(1_000, 500));
        assertThat(backend().openHandles()).isZero();
        assertThat(storedText("object")).isEqualTo("old version");
    }

    /** What abort has thrown away is not kept, and is not in storage; a failure from before says so. */
    @Test
    protected void closeByAbortKeepsNothingOfWhatFailed() throws Exception {
        Conveyor conveyor = failed("object", "hello");
        conveyor.abort();
        assertMissing(conveyor.failure().orElseThrow(), new Extent(0, 5));
        assertThat(conveyor.failure().orElseThrow().retainedBytes()).isZero();
        assertThat(conveyor.clearError()).isFalse();
    }

    /** A second close does nothing and does not throw, also after one that failed. */
    @Test
    protected void closeIsIdempotent() throws Exception {
        Conveyor closed = create("closed");
        write(closed, "hello", 0);
        closed.close();
        long calls = backend().log().size();
        closed.close();
        closed.abort();
        assertThat(backend().log()).hasSize((int) calls);
        Conveyor failed = failed("failed", "hello");
        assertWriteBehind(failed::close);
        failed.close();
        failed.abort();
    }

    /** After close every operation is a ClosedChannelException; figures can still be read. */
    @Test
    protected void closeEndsEveryOperation() throws Exception {
        Conveyor conveyor = create("object");
        write(conveyor, "hello", 0);
        conveyor.close();
        assertClosed(conveyor);
        assertThat(conveyor.key()).isEqualTo("object");
        assertThat(conveyor.stats().writes().bytes()).isEqualTo(5);
        assertThat(conveyor.openOptions()).contains(READ, WRITE);
    }

    private static void assertClosed(Conveyor conveyor) {
        List<ThrowingCallable> operations = List.of(
                () -> conveyor.read(ByteBuffer.allocate(1)),
                () -> conveyor.read(ByteBuffer.allocate(1), 0),
                () -> conveyor.write(Bytes.buffer("x")),
                () -> conveyor.write(Bytes.buffer("x"), 0),
                conveyor::position,
                () -> conveyor.position(0),
                () -> conveyor.seek(0, Whence.SET),
                conveyor::size,
                () -> conveyor.truncate(0),
                conveyor::flush,
                conveyor::sync);
        for (int i = 0; i < operations.size(); i++) {
            assertThatThrownBy(operations.get(i)).as("operation %d", i).isInstanceOf(ClosedChannelException.class);
        }
    }

    /** Of several threads that close at once all come back, and the handle is closed once. */
    @Test
    protected void closeOfSeveralThreadsRunsOnce() throws Exception {
        Conveyor conveyor = create("object");
        write(conveyor, "hello", 0);
        Concurrently.run(8, index -> conveyor.close());
        assertThat(conveyor.isOpen()).isFalse();
        assertThat(storedText("object")).isEqualTo("hello");
        assertThat(backend().openHandles()).isZero();
        assertThat(backend().calls(CLOSE)).isLessThanOrEqualTo(backend().calls(OPEN));
    }

    /** A writer that waits for room while another thread closes is woken with AsynchronousCloseException. */
    @Test
    protected void closeWakesAWriterThatWaits() throws Exception {
        Conveyor conveyor = create(patient().maxPendingBytes(256 << 10), "object");
        Hold hold = plan.hold(PWRITE);
        ByteBuffer src = Bytes.buffer(0, 1 << 20, TAG);
        Started<Throwable> writer = Concurrently.start(() -> catchThrowable(() -> conveyor.write(src, 0)));
        hold.awaitHeld();
        assertStillWaiting(writer);
        Started<Boolean> close = closing(conveyor);
        assertThat(writer.result()).isInstanceOf(AsynchronousCloseException.class);
        hold.release();
        close.result();
        int accepted = src.position();
        assertThat(accepted).isLessThan(1 << 20);
        assertThat(Bytes.difference(Bytes.at(0, accepted, TAG), stored("object"), 0))
                .isEmpty();
    }

    /** A read that waits for storage while another thread closes ends, with its bytes or with AsynchronousCloseException. */
    @Test
    protected void closeEndsAReadThatWaits() throws Exception {
        store("object", Bytes.at(0, 1_000, TAG));
        for (int round = 0; round < 50; round++) {
            Conveyor conveyor = open("object", READ);
            Hold hold = plan.hold(PREAD);
            Started<Throwable> reader = Concurrently.start(
                    () -> catchThrowable(() -> assertThat(read(conveyor, 0, 10)).isEqualTo(Bytes.at(0, 10, TAG))));
            hold.awaitHeld();
            Started<Boolean> close = closing(conveyor);
            hold.release();
            Throwable thrown = reader.result();
            if (thrown != null) {
                assertThat(thrown).isInstanceOf(ClosedChannelException.class);
            }
            close.result();
            plan.clear();
        }
    }

    /** Opening and closing, again and again, with one byte or none, never hangs and leaves nothing. */
    @Test
    protected void closeAfterOpenAgainAndAgain() throws Exception {
        for (int round = 0; round < 300; round++) {
            try (Conveyor conveyor = create("object" + round % 10)) {
                if (round % 2 == 0) {
                    write(conveyor, "x", round);
                }
                if (round % 3 == 0) {
                    conveyor.read(ByteBuffer.allocate(10));
                }
            }
        }
        assertThat(backend().openHandles()).isZero();
        assertThat(factory().stats().opened()).isEqualTo(300);
        assertThat(factory().stats().open()).isZero();
    }

    /** An interrupt does not keep close from flushing; the flag is kept for later. */
    @Test
    protected void closeDoesNotReactToAnInterrupt() throws Exception {
        Conveyor conveyor = create("object");
        Hold hold = plan.hold(PWRITE);
        write(conveyor, "hello", 0);
        Started<Boolean> close = Concurrently.start(() -> {
            Thread.currentThread().interrupt();
            conveyor.close();
            return Thread.currentThread().isInterrupted();
        });
        hold.awaitHeld();
        close.thread().interrupt();
        hold.release();
        assertThat(close.result()).as("the flag is kept").isTrue();
        assertThat(storedText("object")).isEqualTo("hello");
    }

    /** A handle whose own close fails is released, and the failure is told. */
    @Test
    protected void closeTellsWhenTheHandleCannotBeClosed() throws Exception {
        Conveyor conveyor = create("object");
        write(conveyor, "hello", 0);
        conveyor.flush();
        plan.on(CLOSE).next().failWith(Kind.IO, Retry.NEVER);
        assertThatThrownBy(conveyor::close).isInstanceOf(IOException.class);
        assertThat(conveyor.isOpen()).isFalse();
        assertThat(backend().openHandles()).isZero();
        conveyor.close();
        assertThat(storedText("object")).isEqualTo("hello");
    }

    /** While a call may still be alive after close, its key has no new writer; when the call has ended, it has. */
    @Test
    protected void closeKeepsTheKeyWhileACallMayBeAlive() throws Exception {
        Conveyor conveyor = create(patient().closeTimeout(SHORT), "object");
        Hold hold = plan.hold(PWRITE);
        write(conveyor, "hello", 0);
        assertThatThrownBy(conveyor::close).isInstanceOf(IOException.class);
        hold.awaitHeld();
        assertThatThrownBy(() -> create("object")).isInstanceOf(ConflictException.class);
        try (Conveyor other = create("other")) {
            assertThat(other.isOpen()).isTrue();
        }
        hold.release();
        Concurrently.await("the key has a writer again", this::canBeWritten);
    }

    private boolean canBeWritten() {
        try (Conveyor again = create("object")) {
            return again.isOpen();
        } catch (ConflictException notYet) {
            return false;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    // ------------------------------------------------------------------ abort

    /** Abort throws away what storage has not received, tells nobody of a failure, and releases everything. */
    @Test
    protected void closeByAbortDropsWhatIsPending() throws Exception {
        store("object", "old version");
        Conveyor conveyor = open("object", READ, WRITE);
        breakWrites();
        write(conveyor, "NEW", 0);
        assertWriteBehind(conveyor::flush);
        conveyor.abort();
        assertThat(conveyor.isOpen()).isFalse();
        assertClosed(conveyor);
        assertThat(backend().openHandles()).isZero();
        assertThat(factory().openConveyors()).isEmpty();
        assertThat(storedText("object")).isEqualTo("old version");
        conveyor.abort();
        conveyor.close();
    }

    /** Where the store publishes whole versions, abort leaves the object as it was at the last flush. */
    @Test
    protected void closeByAbortKeepsTheLastVersion() throws Exception {
        assumeTrue(capabilities().atomicCommit(), "the capabilities do not claim atomicCommit");
        Conveyor conveyor = create("object");
        write(conveyor, "flushed", 0);
        conveyor.flush();
        write(conveyor, "DROPPED", 0);
        conveyor.seek(0, Whence.END);
        conveyor.abort();
        assertThat(storedText("object")).isEqualTo("flushed");
    }

    /** A writer that waits while another thread aborts is woken. */
    @Test
    protected void closeByAbortWakesAWriterThatWaits() throws Exception {
        Conveyor conveyor = create(patient().maxPendingBytes(256 << 10), "object");
        Hold hold = plan.hold(PWRITE);
        Started<Throwable> writer =
                Concurrently.start(() -> catchThrowable(() -> conveyor.write(Bytes.buffer(0, 1 << 20, TAG), 0)));
        hold.awaitHeld();
        assertStillWaiting(writer);
        Started<Boolean> abort = Concurrently.start(() -> {
            conveyor.abort();
            return true;
        });
        assertThat(writer.result()).isInstanceOf(AsynchronousCloseException.class);
        hold.release();
        abort.result();
        assertThat(conveyor.isOpen()).isFalse();
    }

    // ------------------------------------------------------------------ the factory

    /** Closing a factory closes all conveyors, side by side, and then the backend. */
    @Test
    protected void closeOfTheFactoryClosesAllConveyors() throws Exception {
        ConveyorFactory factory = factory();
        List<Conveyor> conveyors = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            Conveyor conveyor = create("object" + i);
            write(conveyor, "content " + i, 0);
            conveyors.add(conveyor);
        }
        assertThat(factory.openConveyors()).containsExactlyInAnyOrderElementsOf(conveyors);
        factory.close();
        assertThat(conveyors).noneMatch(Conveyor::isOpen);
        assertThat(backend().isClosed()).isTrue();
        assertThat(backend().openHandles()).isZero();
        for (int i = 0; i < 5; i++) {
            assertThat(storedText("object" + i)).isEqualTo("content " + i);
        }
        factory.close();
        assertThat(catchThrowable(() -> factory.open("object0")))
                .isInstanceOfAny(IOException.class, IllegalStateException.class);
        assertThat(factory.stats().total().writes().count()).isEqualTo(5);
    }

    /** Closing a factory throws the first failure with the others suppressed, after everything was released. */
    @Test
    protected void closeOfTheFactoryTellsOfEveryFailure() throws Exception {
        ConveyorFactory factory = factory();
        Conveyor good = create("good");
        Conveyor first = create("bad1");
        Conveyor second = create("bad2");
        plan.on(PWRITE).where(call -> call.key().startsWith("bad")).always().failWith(Kind.IO, Retry.NEVER);
        for (Conveyor conveyor : List.of(good, first, second)) {
            write(conveyor, "hello", 0);
        }
        Throwable thrown = catchThrowable(factory::close);
        assertThat(thrown).isInstanceOf(WriteBehindException.class);
        assertThat(thrown.getSuppressed()).hasSize(1).allMatch(one -> one instanceof WriteBehindException);
        assertThat(backend().openHandles()).isZero();
        assertThat(backend().isClosed()).isTrue();
        assertThat(factory.openConveyors()).isEmpty();
        assertThat(storedText("good")).isEqualTo("hello");
    }

    /** Flushing a factory flushes all conveyors, and tells the first failure with the others suppressed. */
    @Test
    protected void closeIsNotNeededToFlushAllConveyors() throws Exception {
        Conveyor one = create("one");
        Conveyor two = create("two");
        write(one, "1", 0);
        write(two, "22", 0);
        factory().flush();
        Conveyor reader = open("one");
        assertThat(storedText("one")).isEqualTo("1");
        assertThat(storedText("two")).isEqualTo("22");
        plan.on(PWRITE).onKey("two").always().failWith(Kind.IO, Retry.NEVER);
        write(one, "3", 0);
        write(two, "4", 0);
        assertWriteBehind(factory()::flush);
        assertThat(storedText("one")).isEqualTo("3");
        assertThat(reader.isOpen()).isTrue();
    }

    /** An open that fails leaves no handle, no conveyor and no writer behind. */
    @Test
    protected void closeIsNotNeededAfterAnOpenThatFailed() throws Exception {
        plan.on(OPEN).next().failWith(Kind.UNAVAILABLE, Retry.NEVER);
        assertThatThrownBy(() -> create("object")).isInstanceOf(IOException.class);
        plan.on(OPEN).next().failWith(() -> new IllegalStateException("unexpected"));
        assertThat(catchThrowable(() -> create("object"))).isNotNull();
        assertThat(factory().openConveyors()).isEmpty();
        assertThat(backend().openHandles()).isZero();
        try (Conveyor conveyor = create("object")) {
            write(conveyor, "hello", 0);
        }
        assertThat(storedText("object")).isEqualTo("hello");
    }

    /** Threads that read, write, flush and close at once all come to an end, with results or with a closed channel. */
    @Test
    protected void closeInTheMiddleOfEverything() throws Exception {
        AtomicInteger unexpected = new AtomicInteger();
        for (int round = 0; round < 30; round++) {
            Conveyor conveyor = create(patient().maxPendingBytes(256 << 10), "object" + round);
            Concurrently.run(4, index -> {
                try {
                    for (int i = 0; i < 100; i++) {
                        switch (index) {
                            case 0 -> write(conveyor, Bytes.at(0, 5_000, TAG), i * 5_000L);
                            case 1 -> read(conveyor, 0, 5_000);
                            case 2 -> conveyor.flush();
                            default -> {
                                if (i == 50) {
                                    conveyor.close();
                                }
                                Thread.onSpinWait();
                            }
                        }
                    }
                } catch (ClosedChannelException | InterruptedIOException expected) {
                    unexpected.addAndGet(expected instanceof InterruptedIOException ? 1 : 0);
                }
            });
            conveyor.close();
        }
        assertThat(unexpected.get()).isZero();
        assertThat(backend().calls(FLUSH)).isNotNegative();
    }
}
