package io.conveyor.testkit;

import static io.conveyor.testkit.StorageOperation.FLUSH;
import static io.conveyor.testkit.StorageOperation.PREAD;
import static io.conveyor.testkit.StorageOperation.PWRITE;
import static io.conveyor.testkit.StorageOperation.SYNC;
import static io.conveyor.testkit.StorageOperation.TRUNCATE;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.conveyor.Conveyor;
import io.conveyor.Extent;
import io.conveyor.StorageException;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import io.conveyor.Whence;
import io.conveyor.WriteBehindException;
import io.conveyor.spi.StorageCapabilities.SyncEffect;
import io.conveyor.testkit.Concurrently.Started;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.AccessDeniedException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** Promise 5: the first background failure sticks, its bytes stay, and clearing it drives them to storage again, in order. */
abstract class StickyFailureCases extends PartialIoCases {

    private static final int TAG = 9;

    /** Until it is cleared, every call that would hide the failure throws it, each time as an object of its own; reads go on. */
    @Test
    protected void stickyFailureIsThrownByEveryCallThatWouldHideIt() throws Exception {
        Conveyor conveyor = failed("object", "hello");
        List<WriteBehindException> thrown = new ArrayList<>();
        thrown.add(assertWriteBehind(() -> conveyor.write(Bytes.buffer("x"))));
        thrown.add(assertWriteBehind(() -> conveyor.write(Bytes.buffer("x"), 3)));
        thrown.add(assertWriteBehind(() -> conveyor.truncate(1)));
        thrown.add(assertWriteBehind(() -> conveyor.seek(0, Whence.END)));
        thrown.add(assertWriteBehind(conveyor::flush));
        thrown.add(assertWriteBehind(conveyor::sync));
        thrown.add(conveyor.failure().orElseThrow());
        assertThat(readText(conveyor, 0, 10)).isEqualTo("hello");
        assertThat(conveyor.size()).isEqualTo(5);
        assertThat(conveyor.position(3).position()).isEqualTo(3);
        thrown.add(assertWriteBehind(conveyor::close));
        assertThat(thrown).doesNotHaveDuplicates();
        for (WriteBehindException one : thrown) {
            assertThat(one.getCause())
                    .as("the first failure")
                    .isSameAs(thrown.get(0).getCause());
            assertThat(one.getCause()).isInstanceOf(StorageException.class);
        }
    }

    /** The failure names the object, what failed first, and what is not in storage; all of it is retained. */
    @Test
    protected void stickyFailureNamesWhatIsNotInStorage() throws Exception {
        Conveyor conveyor = create("object");
        Hold hold = plan.hold(PWRITE);
        breakWrites();
        write(conveyor, Bytes.at(0, 100, TAG), 0);
        Started<Boolean> flush = flushing(conveyor, hold);
        write(conveyor, Bytes.at(1_000, 50, TAG), 1_000);
        hold.release();
        WriteBehindException failure = assertWriteBehind(flush::result);
        assertThat(failure.key()).isEqualTo("object");
        assertThat(failure.firstFailed().overlaps(new Extent(0, 100))).isTrue();
        failure = conveyor.failure().orElseThrow();
        assertThat(failure.unwrittenBytes()).isEqualTo(150);
        assertThat(failure.retainedBytes()).isEqualTo(150);
        assertThat(covered(failure.unwritten(), 0, 100)).isTrue();
        assertThat(covered(failure.unwritten(), 1_000, 50)).isTrue();
        assertThat(failure).hasMessageContaining("object").hasMessageContaining("150");
        assertThat(failure.getCause())
                .isInstanceOfSatisfying(
                        StorageException.class,
                        cause -> assertThat(cause.operation()).isEqualTo("pwrite"));
        assertThat(conveyor.stats().failures()).isEqualTo(1);
        assertThat(factory().stats().failed()).isEqualTo(1);
    }

    private static boolean covered(List<Extent> extents, long offset, long length) {
        for (long at = offset; at < offset + length; at++) {
            long byteAt = at;
            if (extents.stream().noneMatch(extent -> extent.offset() <= byteAt && byteAt < extent.end())) {
                return false;
            }
        }
        return true;
    }

    /** A refused write accepts nothing. */
    @Test
    protected void stickyFailureRefusesWritesWhole() throws Exception {
        Conveyor conveyor = failed("object", "hello");
        ByteBuffer src = Bytes.buffer("refused");
        assertWriteBehind(() -> conveyor.write(src, 0));
        assertThat(src.position()).isZero();
        assertWriteBehind(() -> conveyor.write(src));
        assertThat(src.position()).isZero();
        assertThat(conveyor.position()).isZero();
        assertThat(readText(conveyor, 0, 10)).isEqualTo("hello");
    }

    /** clearError drives what is retained to storage again, in order; nothing was lost. */
    @Test
    protected void stickyFailureIsClearedByDrivingTheBytesAgain() throws Exception {
        store("object", "....................");
        Conveyor conveyor = create("object");
        Hold hold = plan.hold(PWRITE);
        FaultRule broken = breakWrites();
        write(conveyor, "aaaaaaaa", 0);
        Started<Boolean> flush = flushing(conveyor, hold);
        write(conveyor, "bbbb", 4);
        write(conveyor, "cc", 6);
        conveyor.truncate(18);
        hold.release();
        assertWriteBehind(flush::result);
        broken.cancel();
        assertThat(conveyor.clearError()).isTrue();
        assertThat(conveyor.failure()).isEmpty();
        conveyor.flush();
        assertThat(storedText("object")).isEqualTo("aaaabbcc..........");
        write(conveyor, "dd", 0);
        conveyor.close();
        assertThat(storedText("object")).isEqualTo("ddaabbcc..........");
    }

    /** Without a failure there is nothing to clear. */
    @Test
    protected void stickyFailureIsNotClearedTwice() throws Exception {
        Conveyor conveyor = create("object");
        assertThat(conveyor.failure()).isEmpty();
        assertThat(conveyor.clearError()).isFalse();
        write(conveyor, "hello", 0);
        conveyor.flush();
        assertThat(conveyor.clearError()).isFalse();
        Conveyor failed = failed("other", "hello");
        assertThat(failed.clearError()).isTrue();
        assertThat(failed.clearError()).isFalse();
        failed.flush();
    }

    /** clearError returns at once, though storage does not answer. */
    @Test
    protected void stickyFailureIsClearedWithoutWaiting() throws Exception {
        Conveyor conveyor = failed("object", "hello");
        Hold hold = plan.hold(PWRITE);
        assertThat(conveyor.clearError()).isTrue();
        assertThat(conveyor.failure()).isEmpty();
        assertThat(readText(conveyor, 0, 10)).isEqualTo("hello");
        hold.release();
        conveyor.flush();
        assertThat(storedText("object")).isEqualTo("hello");
    }

    /** What fails again sticks again, with the new cause, and may be cleared again. */
    @Test
    protected void stickyFailureComesBackWhileStorageIsBroken() throws Exception {
        Conveyor conveyor = create(patient().writeDelay(Duration.ofMinutes(1)), "object");
        write(conveyor, "hello", 0);
        for (Kind kind : new Kind[] {Kind.NO_SPACE, Kind.IO, Kind.CREDENTIALS}) {
            FaultRule broken = plan.on(PWRITE).always().failWith(kind, Retry.NEVER);
            conveyor.clearError();
            WriteBehindException failure = assertWriteBehind(conveyor::flush);
            if (kind != Kind.NO_SPACE) {
                assertThat(failure.getCause())
                        .isInstanceOfSatisfying(
                                StorageException.class,
                                cause -> assertThat(cause.kind()).isEqualTo(kind));
            }
            broken.cancel();
        }
        assertThat(conveyor.clearError()).isTrue();
        conveyor.flush();
        assertThat(storedText("object")).isEqualTo("hello");
    }

    /** Failures of every kind, errors and exceptions that no backend should throw included, stick and lose nothing. */
    @Test
    protected void stickyFailureIsWhateverTheBackendThrows() throws Exception {
        List<Supplier<? extends Throwable>> failures = List.of(
                () -> new IOException((String) null),
                () -> new IOException(new IOException("nested")),
                () -> new AccessDeniedException("object"),
                () -> new RuntimeException((String) null),
                () -> new IllegalStateException("unexpected"),
                () -> new OutOfMemoryError("pretended"),
                () -> new StackOverflowError("pretended"),
                () -> new NoClassDefFoundError("pretended"));
        int number = 0;
        for (Supplier<? extends Throwable> failure : failures) {
            String key = "object" + number++;
            Conveyor conveyor = create(key);
            Throwable thrown = failure.get();
            plan.on(PWRITE).onKey(key).next().failWith(() -> thrown);
            write(conveyor, "hello", 0);
            WriteBehindException told = assertWriteBehind(conveyor::flush);
            assertThat(causedBy(told, thrown)).as("caused by %s", thrown).isTrue();
            assertThat(readText(conveyor, 0, 10)).isEqualTo("hello");
            assertThat(conveyor.clearError()).isTrue();
            conveyor.close();
            assertThat(storedText(key)).isEqualTo("hello");
        }
    }

    /** A prefetch that failed does not stick: neither writes nor reads that do not need the range notice. */
    @Test
    protected void stickyFailureIsNotForPrefetches() throws Exception {
        int size = 1 << 20;
        int good = 512 << 10;
        store("object", Bytes.at(0, size, TAG));
        FaultRule broken =
                plan.on(PREAD).within(new Extent(good, size - good)).always().failWith(Kind.IO, Retry.NEVER);
        Conveyor conveyor = open("object", READ, WRITE);
        ByteBuffer dst = ByteBuffer.allocate(8_192);
        for (int offset = 0; offset < good; offset += 8_192) {
            assertThat(conveyor.read(dst.clear())).isEqualTo(8_192);
            assertThat(Bytes.difference(Bytes.at(offset, 8_192, TAG), Bytes.remaining(dst.flip()), offset))
                    .isEmpty();
        }
        assertThat(conveyor.failure()).isEmpty();
        write(conveyor, Bytes.at(0, 100, TAG), 0);
        conveyor.flush();
        dst.clear();
        assertThatThrownBy(() -> conveyor.read(dst)).isInstanceOf(StorageException.class);
        assertThat(conveyor.failure()).isEmpty();
        broken.cancel();
        assertThat(conveyor.read(dst)).isEqualTo(8_192);
        assertThat(Bytes.difference(Bytes.at(good, 8_192, TAG), Bytes.remaining(dst.flip()), good))
                .isEmpty();
    }

    /** A writer that waits for room when the failure comes is told, and has not been accepted beyond what its buffer says. */
    @Test
    protected void stickyFailureReachesAWriterThatWaits() throws Exception {
        Conveyor conveyor = create(patient().maxPendingBytes(256 << 10), "object");
        Hold hold = plan.hold(PWRITE);
        breakWrites();
        ByteBuffer src = Bytes.buffer(0, 2 << 20, TAG);
        Started<Integer> writer = Concurrently.start(() -> conveyor.write(src, 0));
        hold.awaitHeld();
        assertStillWaiting(writer);
        hold.release();
        assertWriteBehind(writer::result);
        int accepted = src.position();
        assertThat(accepted).isBetween(1, (2 << 20) - 1);
        assertThat(conveyor.size()).isEqualTo(accepted);
        assertThat(Bytes.difference(Bytes.at(0, accepted, TAG), readAll(conveyor), 0))
                .isEmpty();
    }

    /** Barriers that wait when the failure comes are told. */
    @Test
    protected void stickyFailureReachesBarriersThatWait() throws Exception {
        Conveyor conveyor = create("object");
        Hold hold = plan.hold(PWRITE);
        breakWrites();
        write(conveyor, "hello", 0);
        List<Started<?>> waiting = List.of(
                flushing(conveyor),
                Concurrently.start(() -> {
                    conveyor.sync();
                    return true;
                }),
                Concurrently.start(() -> conveyor.seek(0, Whence.END)));
        hold.awaitHeld();
        for (Started<?> one : waiting) {
            assertStillWaiting(one);
        }
        hold.release();
        for (Started<?> one : waiting) {
            assertWriteBehind(one::result);
        }
    }

    /** Thrown in the body and again by close, the failure can be suppressed by itself, as each throw is a new object. */
    @Test
    protected void stickyFailureFitsTryWithResources() throws Exception {
        FaultRule broken = breakWrites();
        assertThatThrownBy(() -> {
                    try (Conveyor conveyor = open("object", WRITE, CREATE)) {
                        write(conveyor, "hello", 0);
                        conveyor.flush();
                    }
                })
                .isInstanceOfSatisfying(
                        WriteBehindException.class,
                        thrown -> assertThat(thrown.getSuppressed())
                                .hasSize(1)
                                .allMatch(suppressed -> suppressed instanceof WriteBehindException));
        broken.cancel();
    }

    /** A truncation that fails sticks as a write does, and is driven again in its place. */
    @Test
    protected void stickyFailureOfATruncation() throws Exception {
        store("object", "0123456789");
        Conveyor conveyor = open("object", READ, WRITE);
        FaultRule broken = plan.on(TRUNCATE).always().failWith(Kind.IO, Retry.NEVER);
        conveyor.truncate(4);
        assertWriteBehind(conveyor::flush);
        assertThat(conveyor.size()).isEqualTo(4);
        assertThat(readText(conveyor, 0, 10)).isEqualTo("0123");
        broken.cancel();
        assertThat(conveyor.clearError()).isTrue();
        write(conveyor, "end", 6);
        conveyor.flush();
        assertThat(storedText("object")).isEqualTo("0123\0\0end");
    }

    /** A handle flush that fails sticks; clearing it makes everything visible after all, bytes the store had dropped included. */
    @Test
    protected void stickyFailureOfAHandleFlush() throws Exception {
        assumeTrue(!showsWritesAtOnce(), "the store needs no flush");
        Conveyor conveyor = create("object");
        write(conveyor, "hello", 0);
        if (store() instanceof MemoryBackend memory) {
            memory.failFlushes(1);
        } else {
            plan.on(FLUSH).next().failWith(Kind.UNAVAILABLE, Retry.NEVER);
        }
        assertWriteBehind(conveyor::flush);
        assertThat(readText(conveyor, 0, 10)).isEqualTo("hello");
        assertWriteBehind(() -> write(conveyor, "x", 0));
        assertThat(conveyor.clearError()).isTrue();
        conveyor.flush();
        assertThat(storedText("object")).isEqualTo("hello");
    }

    /** What the handle has taken counts as not in storage, and as kept, until a flush has shown it; then it does not. */
    @Test
    protected void stickyFailureOfAHandleFlushNamesWhatIsNotShown() throws Exception {
        assumeTrue(!showsWritesAtOnce(), "the store needs no flush");
        Conveyor conveyor = create("object");
        write(conveyor, Bytes.at(0, 10, TAG), 0);
        conveyor.flush();
        write(conveyor, Bytes.at(10, 100, TAG), 10);
        conveyor.seek(0, Whence.END);
        FaultRule broken = plan.on(FLUSH).always().failWith(Kind.UNAVAILABLE, Retry.NEVER);
        for (int round = 0; round < 2; round++) {
            assertMissing(assertWriteBehind(conveyor::flush), new Extent(10, 100));
            assertMissing(assertWriteBehind(() -> write(conveyor, "x", 0)), new Extent(10, 100));
            assertMissing(conveyor.failure().orElseThrow(), new Extent(10, 100));
            assertThat(conveyor.clearError()).isTrue();
        }
        conveyor.truncate(60);
        assertMissing(assertWriteBehind(conveyor::flush), new Extent(10, 50));
        broken.cancel();
        assertThat(conveyor.clearError()).isTrue();
        conveyor.flush();
        assertThat(stored("object")).isEqualTo(Bytes.at(0, 60, TAG));
        breakWrites();
        write(conveyor, Bytes.at(60, 7, TAG), 60);
        assertMissing(assertWriteBehind(conveyor::flush), new Extent(60, 7));
    }

    private static void assertMissing(WriteBehindException failure, Extent extent) {
        assertThat(failure.unwritten()).containsExactly(extent);
        assertThat(failure.unwrittenBytes()).isEqualTo(extent.length());
        assertThat(failure.retainedBytes()).isEqualTo(extent.length());
    }

    /**
     * A sync that fails sticks. Where a second success would prove nothing the bytes are written anew before the next one: those still in memory
     * by the engine, the others by the application, which is told their ranges.
     */
    @Test
    protected void stickyFailureOfASync() throws Exception {
        assumeTrue(capabilities().syncEffect() != SyncEffect.NONE, "the capabilities say that sync does nothing");
        Conveyor conveyor = create("object");
        byte[] bytes = Bytes.at(0, 5_000, TAG);
        write(conveyor, bytes, 0);
        FaultRule broken = plan.on(SYNC).always().failWith(Kind.IO, Retry.NEVER);
        WriteBehindException failure = assertWriteBehind(conveyor::sync);
        assertThat(kindOf(failure.getCause())).isEqualTo(Kind.IO);
        assertWriteBehind(() -> write(conveyor, "refused", 0));
        broken.cancel();
        int before = backend().log().size();
        Recovery.recover(conveyor, ReferenceFile.of(bytes));
        conveyor.sync();
        assertThat(stored("object")).isEqualTo(bytes);
        if (capabilities().syncEffect() == SyncEffect.FSYNC) {
            assertWrittenBeforeTheSync(
                    backend().log().subList(before, backend().log().size()), bytes.length);
        }
    }

    private static void assertWrittenBeforeTheSync(List<StorageCall> calls, int length) {
        List<Extent> written = new ArrayList<>();
        for (StorageCall call : calls) {
            if (call.operation() == SYNC) {
                break;
            }
            if (call.operation() == PWRITE) {
                written.add(call.extent());
            }
        }
        assertThat(covered(written, 0, length))
                .as("%s covers [0, %d)", written, length)
                .isTrue();
    }

    /** One fault at any call of any kind: somebody is told, and after clearError everything is where it belongs. */
    @Test
    protected void stickyFailureLosesNothingWhereverItStrikes() throws Exception {
        for (StorageOperation operation : List.of(PWRITE, TRUNCATE, FLUSH, SYNC)) {
            for (int nth = 1; nth <= 8; nth++) {
                String key = operation + "/" + nth;
                FaultRule fault = plan.on(operation).onKey(key).nth(nth).failWith(Kind.NO_SPACE, Retry.NEVER);
                String difference = work(key, nth);
                assertThat(difference).as("the %d-th %s failed", nth, operation).isEmpty();
                boolean struck = fault.chosen() > 0;
                plan.clear();
                if (!struck) {
                    break;
                }
            }
        }
    }

    /** Writes, truncates, flushes and syncs; whenever it is told of a failure it clears it and goes on. Answers what is wrong in the end. */
    private String work(String key, int seed) throws Exception {
        Random random = new Random(seed);
        ReferenceFile model = ReferenceFile.empty();
        Conveyor conveyor = create(key);
        for (int i = 1; i <= 12; i++) {
            int offset = random.nextInt(3_000);
            byte[] bytes = Bytes.at(offset, 1 + random.nextInt(1_000), i);
            untilItWorks(conveyor, model, () -> conveyor.write(ByteBuffer.wrap(bytes), offset));
            model.pwrite(ByteBuffer.wrap(bytes), offset);
            if (i % 4 == 0) {
                long size = model.size() * 3 / 4;
                untilItWorks(conveyor, model, () -> conveyor.truncate(size));
                model.truncate(size);
            }
            if (i % 3 == 0) {
                untilItWorks(conveyor, model, i % 2 == 0 ? conveyor::sync : conveyor::flush);
                String difference = Bytes.difference(model.content(), stored(key), 0);
                if (!difference.isEmpty()) {
                    return "after flush " + i + ": " + difference;
                }
            }
        }
        untilItWorks(conveyor, model, conveyor::flush);
        conveyor.close();
        return Bytes.difference(model.content(), stored(key), 0);
    }

    /** A call that may be refused. */
    @FunctionalInterface
    private interface Action {
        void run() throws IOException;
    }

    private static void untilItWorks(Conveyor conveyor, ReferenceFile model, Action action) throws IOException {
        for (int tries = 0; tries < 10; tries++) {
            try {
                action.run();
                return;
            } catch (WriteBehindException failure) {
                Recovery.recover(conveyor, model);
            }
        }
        throw new AssertionError("still failing after ten times of clearing: " + conveyor.failure());
    }
}
