package io.conveyor.testkit;

import static io.conveyor.testkit.StorageOperation.FLUSH;
import static io.conveyor.testkit.StorageOperation.OPEN;
import static io.conveyor.testkit.StorageOperation.PREAD;
import static io.conveyor.testkit.StorageOperation.PWRITE;
import static io.conveyor.testkit.StorageOperation.SYNC;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.Extent;
import io.conveyor.StorageException;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import io.conveyor.spi.StorageHandle;
import io.conveyor.testkit.Concurrently.Started;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Each fault does what its name says, to the calls that its rule chooses, and to no other. */
class FaultInjectingBackendTest {

    private final MemoryBackend memory = MemoryBackend.create();
    private final FaultPlan plan = FaultPlan.create();
    private final FaultInjectingBackend backend = FaultInjectingBackend.over(memory, plan);
    private final StorageHandle handle;

    FaultInjectingBackendTest() throws IOException {
        handle = backend.open("object", Set.of(READ, WRITE, CREATE));
    }

    @AfterEach
    void letGo() {
        plan.clear();
    }

    @Test
    void theChosenCallsFailAndTheOthersDoNot() throws IOException {
        plan.on(PWRITE).nth(2).failWith(Kind.NO_SPACE, Retry.NEVER);
        assertThat(handle.pwrite(Bytes.buffer("a"), 0)).isEqualTo(1);
        ByteBuffer src = Bytes.buffer("b");
        assertThatThrownBy(() -> handle.pwrite(src, 1)).isInstanceOfSatisfying(StorageException.class, failure -> {
            assertThat(failure.kind()).isEqualTo(Kind.NO_SPACE);
            assertThat(failure.retry()).isEqualTo(Retry.NEVER);
            assertThat(failure.operation()).isEqualTo("pwrite");
            assertThat(failure.key()).contains("object");
            assertThat(failure.extent()).contains(new Extent(1, 1));
        });
        assertThat(src.position()).isZero();
        assertThat(handle.pwrite(Bytes.buffer("c"), 1)).isEqualTo(1);
        assertThat(memory.snapshot("object")).isEqualTo(Bytes.of("ac"));
    }

    @Test
    void rulesChooseByCountByKeyAndByRange() throws IOException {
        StorageHandle other = backend.open("other", Set.of(WRITE, CREATE));
        FaultRule every = plan.on(PWRITE).every(3).moveAtMost(1);
        FaultRule keyed = plan.on(PWRITE).onKey("other").from(2).moveAtMost(2);
        FaultRule ranged = plan.on(PWRITE).within(new Extent(100, 10)).next(1).failWith(Kind.IO, Retry.SAFE);
        assertThat(handle.pwrite(Bytes.buffer("xxxx"), 0)).isEqualTo(4);
        assertThat(other.pwrite(Bytes.buffer("xxxx"), 0)).isEqualTo(4);
        assertThat(handle.pwrite(Bytes.buffer("xxxx"), 0)).as("the third").isEqualTo(1);
        assertThat(other.pwrite(Bytes.buffer("xxxx"), 0))
                .as("the second of other")
                .isEqualTo(2);
        assertThatThrownBy(() -> handle.pwrite(Bytes.buffer("xxxx"), 97)).isInstanceOf(StorageException.class);
        assertThat(handle.pwrite(Bytes.buffer("xxxx"), 110)).as("the sixth").isEqualTo(1);
        assertThat(every.chosen()).isEqualTo(2);
        assertThat(keyed.chosen()).isEqualTo(1);
        assertThat(ranged.chosen()).isEqualTo(1);
        every.cancel();
        handle.pwrite(Bytes.buffer("x"), 0);
        handle.pwrite(Bytes.buffer("x"), 0);
        assertThat(handle.pwrite(Bytes.buffer("xxxx"), 0)).as("the ninth").isEqualTo(4);
    }

    @Test
    void whateverIsThrownReachesTheCaller() {
        Error error = new OutOfMemoryError("pretended");
        RuntimeException runtime = new IllegalStateException();
        plan.on(PREAD).next().failWith(() -> error);
        plan.on(FLUSH).next().failWith(() -> runtime);
        assertThatThrownBy(() -> handle.pread(ByteBuffer.allocate(1), 0)).isSameAs(error);
        assertThatThrownBy(() -> handle.flush()).isSameAs(runtime);
    }

    @Test
    void aLostAnswerLeavesTheEffectAndALostRequestDoesNot() {
        plan.on(PWRITE).nth(1).loseTheAnswer();
        plan.on(PWRITE).nth(2).loseTheRequest();
        for (String text : new String[] {"aa", "bbbb"}) {
            ByteBuffer src = Bytes.buffer(text);
            assertThatThrownBy(() -> handle.pwrite(src, 0))
                    .isInstanceOfSatisfying(
                            StorageException.class,
                            failure -> assertThat(failure.retry()).isEqualTo(Retry.OUTCOME_UNKNOWN));
            assertThat(src.position()).as("nobody knows").isZero();
        }
        assertThat(memory.snapshot("object")).isEqualTo(Bytes.of("aa"));
    }

    @Test
    void aFailureAfterSomeBytesSaysHowMany() {
        plan.on(PWRITE).next().failAfterBytes(3, Kind.IO, Retry.SAFE);
        ByteBuffer src = Bytes.buffer("abcdef");
        assertThatThrownBy(() -> handle.pwrite(src, 0)).isInstanceOf(StorageException.class);
        assertThat(src.position()).isEqualTo(3);
        assertThat(memory.snapshot("object")).isEqualTo(Bytes.of("abc"));
    }

    @Test
    void shortTransfersSpanSeveralBuffers() throws IOException {
        plan.on(PWRITE, PREAD).always().moveAtMost(5);
        ByteBuffer[] srcs = {Bytes.buffer("abc"), Bytes.buffer("defg")};
        assertThat(handle.pwrite(srcs, 0)).isEqualTo(5);
        assertThat(srcs[0].remaining()).isZero();
        assertThat(srcs[1].remaining()).isEqualTo(2);
        assertThat(handle.pwrite(srcs, 5)).isEqualTo(2);
        ByteBuffer[] dsts = {ByteBuffer.allocate(4), ByteBuffer.allocate(4)};
        assertThat(handle.pread(dsts, 0)).isEqualTo(5);
        assertThat(dsts[1].position()).isEqualTo(1);
    }

    @Test
    void answersThatMakeNoSenseAreGiven() throws IOException {
        plan.on(PWRITE).nth(1).moveNothing();
        plan.on(PWRITE).nth(2).answer(-7);
        assertThat(handle.pwrite(Bytes.buffer("abc"), 0)).isZero();
        assertThat(handle.pwrite(Bytes.buffer("abc"), 0)).isEqualTo(-7);
        assertThat(memory.snapshot("object")).isEmpty();
    }

    @Test
    void aHeldCallIsUnderWayAndHasNoEffectBeforeItsRelease() throws Exception {
        Hold hold = plan.hold(PWRITE);
        Started<Integer> write = Concurrently.start(() -> handle.pwrite(Bytes.buffer("abc"), 0));
        assertThat(hold.awaitHeld().extent()).isEqualTo(new Extent(0, 3));
        assertThat(backend.underWay(PWRITE)).isEqualTo(1);
        assertThat(memory.snapshot("object")).isEmpty();
        assertThatThrownBy(() -> handle.pwrite(Bytes.buffer("x"), 1)).isInstanceOf(ContractViolation.class);
        assertThatThrownBy(() -> handle.flush()).isInstanceOf(ContractViolation.class);
        assertThatThrownBy(() -> handle.close()).isInstanceOf(ContractViolation.class);
        assertThat(handle.pread(ByteBuffer.allocate(1), 0))
                .as("reads may overlap")
                .isEqualTo(-1);
        hold.release();
        assertThat(write.result()).isEqualTo(3);
        assertThat(memory.snapshot("object")).isEqualTo(Bytes.of("abc"));
        assertThat(backend.violations()).hasSize(3);
        assertThat(backend.peak(PWRITE)).isEqualTo(1);
    }

    @Test
    void callsHeldAfterwardsHaveHadTheirEffect() throws Exception {
        memory.put("object", Bytes.of("old"));
        Hold hold = plan.on(PREAD).always().holdAfterwards();
        ByteBuffer dst = ByteBuffer.allocate(3);
        Started<Integer> read = Concurrently.start(() -> handle.pread(dst, 0));
        hold.awaitHeld();
        memory.put("object", Bytes.of("new"));
        assertThat(hold.releaseOne()).isTrue();
        assertThat(read.result()).isEqualTo(3);
        assertThat(Bytes.remaining(dst.flip())).isEqualTo(Bytes.of("old"));
    }

    @Test
    void heldCallsAreReleasedOneByOne() throws Exception {
        Hold hold = plan.hold(SYNC);
        StorageHandle second = backend.open("second", Set.of(WRITE, CREATE));
        Started<Boolean> one = syncing(handle);
        hold.awaitHeld(1);
        Started<Boolean> two = syncing(second);
        hold.awaitHeld(2);
        assertThat(hold.releaseOne()).isTrue();
        one.result();
        assertThat(two.isDone()).isFalse();
        assertThat(hold.releaseHeld()).isEqualTo(1);
        two.result();
        assertThat(hold.releaseOne()).isFalse();
    }

    private static Started<Boolean> syncing(StorageHandle handle) {
        return Concurrently.start(() -> {
            handle.sync();
            return true;
        });
    }

    @Test
    void aHeldReadCanBeInterruptedAndAHeldWriteCannot() throws Exception {
        Hold hold = plan.hold(PREAD, PWRITE);
        Started<Integer> read = Concurrently.start(() -> handle.pread(ByteBuffer.allocate(1), 0));
        hold.awaitHeld(1);
        read.thread().interrupt();
        assertThatThrownBy(read::result).isInstanceOf(ClosedByInterruptException.class);
        Started<Integer> write = Concurrently.start(() -> handle.pwrite(Bytes.buffer("a"), 0));
        hold.awaitHeld(1);
        write.thread().interrupt();
        write.awaitWaiting();
        assertThat(write.isDone()).isFalse();
        assertThat(hold.held()).hasSize(1);
    }

    @Test
    void delaysPassByTheClockOrEndWithThePlan() throws Exception {
        ManualClock clock = ManualClock.create();
        plan.on(SYNC).always().delay(Duration.ofSeconds(10), clock);
        Started<Boolean> first = syncing(handle);
        first.awaitWaiting();
        assertThat(first.isDone()).isFalse();
        clock.advance(Duration.ofSeconds(10));
        first.result();
        Started<Boolean> second = syncing(handle);
        second.awaitWaiting();
        plan.clear();
        second.result();
    }

    @Test
    void somethingCanBeDoneBeforeACall() throws IOException {
        plan.on(PREAD).next().run(() -> memory.put("object", Bytes.of("changed")));
        ByteBuffer dst = ByteBuffer.allocate(7);
        handle.pread(dst, 0);
        assertThat(Bytes.remaining(dst.flip())).isEqualTo(Bytes.of("changed"));
    }

    @Test
    void callsAreLoggedAndCounted() throws IOException {
        handle.pwrite(Bytes.buffer("abc"), 10);
        handle.flush();
        handle.pread(ByteBuffer.allocate(100), 12);
        assertThat(backend.log()).extracting(StorageCall::operation).containsExactly(OPEN, PWRITE, FLUSH, PREAD);
        assertThat(backend.log(PWRITE).get(0).extent()).isEqualTo(new Extent(10, 3));
        assertThat(backend.log(PWRITE).get(0).thread()).isSameAs(Thread.currentThread());
        assertThat(backend.log(PWRITE).get(0)).hasToString("PWRITE 'object' [10, 13)");
        assertThat(backend.counts().bytesOf(PREAD)).isEqualTo(1);
        assertThat(backend.openHandles()).isEqualTo(1);
        handle.close();
        assertThat(backend.openHandles()).isZero();
    }

    @Test
    void aHandleWhoseCloseFailsIsReleasedAllTheSame() {
        plan.on(StorageOperation.CLOSE).next().failWith(Kind.IO, Retry.NEVER);
        assertThatThrownBy(() -> handle.close()).isInstanceOf(StorageException.class);
        assertThat(backend.openHandles()).isZero();
        assertThat(memory.openHandles()).isZero();
    }

    @Test
    void aHandleWhoseCloseFailsWithAnErrorIsReleasedAllTheSame() {
        Error error = new OutOfMemoryError("pretended");
        plan.on(StorageOperation.CLOSE).next().failWith(() -> error);
        assertThatThrownBy(() -> handle.close()).isSameAs(error);
        assertThat(memory.openHandles()).isZero();
    }

    @Test
    void theFailureOfTheStoresOwnCloseDoesNotHideThePlannedOne() throws IOException {
        FaultPlan below = FaultPlan.create();
        StorageHandle twice = FaultInjectingBackend.over(FaultInjectingBackend.over(memory, below), plan)
                .open("other", Set.of(WRITE, CREATE));
        IOException planned = new IOException("planned");
        IOException own = new IOException("the store's own");
        plan.on(StorageOperation.CLOSE).next().failWith(() -> planned);
        below.on(StorageOperation.CLOSE).next().failWith(() -> own);
        assertThatThrownBy(twice::close).isSameAs(planned).hasSuppressedException(own);
    }

    @Test
    void aLentStoreStaysOpen() throws IOException {
        FaultInjectingBackend lent = FaultInjectingBackend.lent(memory, plan);
        lent.close();
        assertThat(lent.isClosed()).isTrue();
        assertThat(memory.isClosed()).isFalse();
        backend.close();
        assertThat(memory.isClosed()).isTrue();
    }
}
