package io.conveyor.testkit;

import static io.conveyor.testkit.StorageOperation.FLUSH;
import static io.conveyor.testkit.StorageOperation.PREAD;
import static io.conveyor.testkit.StorageOperation.PWRITE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorOptions;
import io.conveyor.Extent;
import io.conveyor.StorageException;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import io.conveyor.WriteBehindException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** Promise 4: a read fills its buffer, a write takes all, whatever the backend does in between; and what it may not do is an error. */
abstract class PartialIoCases extends WatermarkCases {

    private static final int TAG = 6;

    /** A read fills its buffer though the backend gives a few bytes at a time. */
    @Test
    protected void partialReadsFillTheBuffer() throws Exception {
        store("object", Bytes.at(0, 10_000, TAG));
        plan.on(PREAD).always().moveAtMost(7);
        Conveyor conveyor = open("object", READ);
        assertThat(read(conveyor, 3, 1_000)).isEqualTo(Bytes.at(3, 1_000, TAG));
        assertThat(read(conveyor, 9_500, 1_000)).isEqualTo(Bytes.at(9_500, 500, TAG));
        conveyor.position(100);
        ByteBuffer dst = ByteBuffer.allocate(2_000);
        assertThat(conveyor.read(dst)).isEqualTo(2_000);
        assertThat(conveyor.position()).isEqualTo(2_100);
        assertThat(Bytes.remaining(dst.flip())).isEqualTo(Bytes.at(100, 2_000, TAG));
    }

    /** A write whose first call takes ten bytes is continued. */
    @Test
    protected void partialWritesAreContinued() throws Exception {
        Conveyor conveyor = create("object");
        plan.on(PWRITE).next().moveAtMost(10);
        write(conveyor, Bytes.at(0, 1_000, TAG), 0);
        conveyor.flush();
        assertThat(stored("object")).isEqualTo(Bytes.at(0, 1_000, TAG));
        assertThat(conveyor.failure()).isEmpty();
    }

    /** With every transfer short, by chance, the same bytes result as without. */
    @Test
    protected void partialTransfersOfAnyLengthGiveTheSameFile() throws Exception {
        Seed seed = Seed.current();
        Random random = seed.random();
        plan.on(PWRITE, PREAD).always().moveRandomly(300, seed.random(1));
        Conveyor conveyor = create("object");
        ReferenceFile model = ReferenceFile.empty();
        for (int i = 1; i <= 300; i++) {
            int offset = random.nextInt(20_000);
            byte[] bytes = Bytes.at(offset, 1 + random.nextInt(2_000), i);
            write(conveyor, bytes, offset);
            model.pwrite(ByteBuffer.wrap(bytes), offset);
            if (i % 50 == 0) {
                conveyor.flush();
            }
            if (i % 10 == 0) {
                assertThat(Bytes.difference(model.content(), readAll(conveyor), 0))
                        .as("%s", seed)
                        .isEmpty();
            }
        }
        conveyor.flush();
        assertThat(Bytes.difference(model.content(), stored("object"), 0))
                .as("%s", seed)
                .isEmpty();
    }

    /** A write that takes nothing is an error of the backend, found within 100 calls. */
    @Test
    protected void partialWritesOfNothingAreAnError() throws Exception {
        Conveyor conveyor = create("object");
        FaultRule nothing = plan.on(PWRITE).always().moveNothing();
        write(conveyor, "hello", 0);
        WriteBehindException failure = assertWriteBehind(conveyor::flush);
        assertThat(kindOf(failure.getCause())).isEqualTo(Kind.PROTOCOL);
        assertThat(nothing.chosen()).isBetween(1L, 100L);
        nothing.cancel();
        assertThat(conveyor.clearError()).isTrue();
        conveyor.flush();
        assertThat(storedText("object")).isEqualTo("hello");
    }

    /** A read that gives nothing and yet is not at the end is an error of the backend, found within 100 calls. */
    @Test
    protected void partialReadsOfNothingAreAnError() throws Exception {
        store("object", "hello");
        Conveyor conveyor = open(patient().readAhead(false), "object", READ);
        FaultRule nothing = plan.on(PREAD).always().moveNothing();
        assertThatThrownBy(() -> read(conveyor, 0, 5))
                .isInstanceOfSatisfying(
                        StorageException.class,
                        failure -> assertThat(failure.kind()).isEqualTo(Kind.PROTOCOL));
        assertThat(nothing.chosen()).isBetween(1L, 100L);
        nothing.cancel();
        assertThat(readText(conveyor, 0, 5)).isEqualTo("hello");
    }

    /** A count that makes no sense is an error of the backend, not a position. */
    @Test
    protected void partialCountsThatMakeNoSenseAreAnError() throws Exception {
        store("object", "0123456789");
        for (int count : new int[] {-5, 1_000}) {
            Conveyor conveyor = open("object", READ, WRITE);
            FaultRule writes = plan.on(PWRITE).always().answer(count);
            FaultRule reads = plan.on(PREAD).always().answer(count);
            assertThatThrownBy(() -> read(conveyor, 0, 5)).isInstanceOf(IOException.class);
            write(conveyor, "hello", 0);
            assertWriteBehind(conveyor::flush);
            writes.cancel();
            reads.cancel();
            assertThat(readText(conveyor, 0, 10)).isEqualTo("hello56789");
            assertThat(conveyor.clearError()).isTrue();
            conveyor.close();
            assertThat(storedText("object")).isEqualTo("hello56789");
            store("object", "0123456789");
        }
    }

    /** A transient error is retried, and nobody hears of it but the statistics. */
    @Test
    protected void partialOutagesAreRetried() throws Exception {
        store("object", "0123456789");
        Conveyor conveyor = open(retrying(5).readAhead(false), "object", READ, WRITE);
        plan.on(PWRITE).next(2).failWith(Kind.UNAVAILABLE, Retry.SAFE);
        plan.on(PREAD).next(2).failWith(Kind.THROTTLED, Retry.SAFE);
        assertThat(readText(conveyor, 0, 4)).isEqualTo("0123");
        write(conveyor, "AB", 4);
        conveyor.flush();
        assertThat(storedText("object")).isEqualTo("0123AB6789");
        assertThat(conveyor.failure()).isEmpty();
        assertThat(conveyor.stats().retries()).isGreaterThanOrEqualTo(4);
    }

    /** Retries end with the attempts that are allowed; then the failure counts. */
    @Test
    protected void partialOutagesEndWithTheAttempts() throws Exception {
        store("object", "0123456789");
        Conveyor conveyor = open(retrying(3).readAhead(false), "object", READ, WRITE);
        FaultRule writes = plan.on(PWRITE).always().failWith(Kind.UNAVAILABLE, Retry.SAFE);
        FaultRule reads = plan.on(PREAD).always().failWith(Kind.UNAVAILABLE, Retry.SAFE);
        assertThatThrownBy(() -> read(conveyor, 0, 5))
                .isInstanceOfSatisfying(
                        StorageException.class,
                        failure -> assertThat(failure.kind()).isEqualTo(Kind.UNAVAILABLE));
        assertThat(reads.chosen()).isEqualTo(3);
        write(conveyor, "AB", 4);
        assertWriteBehind(conveyor::flush);
        assertThat(writes.chosen()).isEqualTo(3);
    }

    /** What would fail again is not tried again. */
    @Test
    protected void partialRetriesSpareWhatCannotSucceed() throws Exception {
        store("object", "0123456789");
        Conveyor conveyor = open(retrying(5).readAhead(false), "object", READ, WRITE);
        FaultRule writes = plan.on(PWRITE).always().failWith(Kind.NO_SPACE, Retry.NEVER);
        FaultRule reads = plan.on(PREAD).always().failWith(Kind.CORRUPT, Retry.NEVER);
        assertThatThrownBy(() -> read(conveyor, 0, 5)).isInstanceOf(StorageException.class);
        assertThat(reads.chosen()).isEqualTo(1);
        write(conveyor, "AB", 4);
        assertWriteBehind(conveyor::flush);
        assertThat(writes.chosen()).isEqualTo(1);
    }

    /** A call that fails after some bytes goes on after them, or at least does no harm to them. */
    @Test
    protected void partialWritesThatFailAreResumed() throws Exception {
        Conveyor conveyor = create(retrying(5), "object");
        plan.on(PWRITE).every(2).failAfterBytes(300, Kind.UNAVAILABLE, Retry.SAFE);
        byte[] bytes = Bytes.at(0, 1_000, TAG);
        for (int i = 0; i < 10; i++) {
            write(conveyor, Bytes.at(i * 1_000L, 1_000, TAG), i * 1_000L);
            conveyor.flush();
        }
        assertThat(bytes).hasSize(1_000);
        assertThat(Bytes.difference(Bytes.at(0, 10_000, TAG), stored("object"), 0))
                .isEmpty();
    }

    /** A write whose answer got lost, and which took effect, ends in its bytes being there once. */
    @Test
    protected void partialKnowledgeOfAWriteThatHappenedIsResolved() throws Exception {
        assertUnknownOutcomeIsResolved(() -> plan.on(PWRITE).nth(2).loseTheAnswer());
    }

    /** A write whose request got lost, and which did not take effect, ends in its bytes being there once. */
    @Test
    protected void partialKnowledgeOfAWriteThatDidNotHappenIsResolved() throws Exception {
        assertUnknownOutcomeIsResolved(() -> plan.on(PWRITE).nth(2).loseTheRequest());
    }

    private void assertUnknownOutcomeIsResolved(Supplier<FaultRule> fault) throws Exception {
        Conveyor conveyor = create(retrying(5), "object");
        FaultRule rule = fault.get();
        for (int i = 0; i < 4; i++) {
            write(conveyor, Bytes.at(i * 1_000L, 1_000, TAG), i * 1_000L);
            conveyor.flush();
        }
        assertThat(rule.chosen()).isEqualTo(1);
        assertThat(Bytes.difference(Bytes.at(0, 4_000, TAG), stored("object"), 0))
                .isEmpty();
        assertThat(conveyor.failure()).isEmpty();
    }

    /** A flush of the store whose outcome is unknown ends in everything being visible, or in a failure that says so. */
    @Test
    protected void partialKnowledgeOfAFlushIsNotTakenForSuccess() throws Exception {
        assumeTrue(!showsWritesAtOnce(), "the store needs no flush");
        Conveyor conveyor = create(retrying(5), "object");
        write(conveyor, "first", 0);
        conveyor.flush();
        plan.on(FLUSH).next().loseTheRequest();
        write(conveyor, "FIRST", 0);
        Throwable told = catchThrowable(conveyor::flush);
        if (told != null) {
            assertThat(told).isInstanceOf(IOException.class);
            assertThat(conveyor.failure()).isPresent();
            assertThat(conveyor.clearError()).isTrue();
            conveyor.flush();
        }
        assertThat(storedText("object")).isEqualTo("FIRST");
    }

    /** A failed read tells what storage said, moves neither cursor nor buffer, and does not stick. */
    @Test
    protected void partialReadsThatFailLeaveNoTrace() throws Exception {
        store("object", Bytes.at(0, 10_000, TAG));
        Conveyor conveyor = open(patient().readAhead(false), "object", READ, WRITE);
        conveyor.position(2_000);
        FaultRule broken =
                plan.on(PREAD).within(new Extent(4_000, 100)).always().failWith(Kind.CORRUPT, Retry.NEVER);
        ByteBuffer dst = ByteBuffer.allocate(5_000).position(10);
        assertThatThrownBy(() -> conveyor.read(dst))
                .isInstanceOfSatisfying(
                        StorageException.class,
                        failure -> assertThat(failure.kind()).isEqualTo(Kind.CORRUPT));
        assertThat(dst.position()).isEqualTo(10);
        assertThat(conveyor.position()).isEqualTo(2_000);
        assertThat(conveyor.failure()).isEmpty();
        write(conveyor, Bytes.at(0, 100, 7), 0);
        conveyor.flush();
        broken.cancel();
        assertThat(conveyor.read(dst)).isEqualTo(4_990);
        assertThat(Bytes.remaining(dst.flip().position(10))).isEqualTo(Bytes.at(2_000, 4_990, TAG));
    }

    /** Heap, direct, sliced and read-only buffers are all the same to a write, and may be overwritten the moment it has returned. */
    @Test
    protected void partialBuffersOfEveryKindAreTaken() throws Exception {
        Conveyor conveyor = create("object");
        Hold hold = plan.hold(PWRITE);
        long offset = 0;
        for (ByteBuffer src : StorageReadingCases.kinds(3_000)) {
            src.put(Bytes.at(offset, 3_000, TAG)).flip();
            assertThat(conveyor.write(src.asReadOnlyBuffer(), offset)).isEqualTo(3_000);
            assertThat(conveyor.write(src.position(1_000).limit(2_000), offset + 1_000))
                    .isEqualTo(1_000);
            assertThat(src.position()).isEqualTo(2_000);
            assertThat(src.limit()).isEqualTo(2_000);
            src.clear();
            while (src.hasRemaining()) {
                src.put((byte) 0x55);
            }
            offset += 3_000;
        }
        hold.release();
        conveyor.flush();
        assertThat(Bytes.difference(Bytes.at(0, (int) offset, TAG), stored("object"), 0))
                .isEmpty();
        for (ByteBuffer dst : StorageReadingCases.kinds(3_000)) {
            assertThat(conveyor.read(dst, 500)).isEqualTo(3_000);
            assertThat(Bytes.remaining(dst.flip())).isEqualTo(Bytes.at(500, 3_000, TAG));
        }
    }

    /** A buffer that cannot be read into is refused before any I/O. */
    @Test
    protected void partialWorkIsNotDoneForAReadOnlyTarget() throws Exception {
        store("object", "0123456789");
        Conveyor conveyor = open("object", READ);
        long before = backend().calls(PREAD);
        ByteBuffer dst = ByteBuffer.allocate(5).asReadOnlyBuffer();
        assertThat(catchThrowable(() -> conveyor.read(dst)))
                .isInstanceOfAny(IllegalArgumentException.class, ReadOnlyBufferException.class);
        assertThat(catchThrowable(() -> conveyor.read(dst, 3)))
                .isInstanceOfAny(IllegalArgumentException.class, ReadOnlyBufferException.class);
        assertThat(backend().calls(PREAD)).isEqualTo(before);
        assertThat(conveyor.position()).isZero();
    }

    private static ConveyorOptions.Builder retrying(int attempts) {
        return patient().retryAttempts(attempts);
    }
}
