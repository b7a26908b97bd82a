package io.conveyor.core;

import static io.conveyor.testkit.StorageOperation.FLUSH;
import static io.conveyor.testkit.StorageOperation.PWRITE;
import static io.conveyor.testkit.StorageOperation.TRUNCATE;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.conveyor.ConflictException;
import io.conveyor.ConflictResolution;
import io.conveyor.Conveyor;
import io.conveyor.ConveyorOptions;
import io.conveyor.Extent;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import io.conveyor.Whence;
import io.conveyor.WriteBehindException;
import io.conveyor.testkit.Bytes;
import io.conveyor.testkit.MemoryBackend;
import java.io.IOException;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the handle was given and has not published is not in storage, however long it has left the log. */
class UnpublishedBytesTest {

    private static final byte[] THEIRS = Bytes.of("their version");

    @RegisterExtension
    final OneConveyor one = new OneConveyor(MemoryBackend.withCapabilities(PublishingStore.CAPABILITIES));

    private static void assertMissing(Conveyor conveyor, Extent... extents) {
        WriteBehindException failure = conveyor.failure().orElseThrow();
        long bytes = Stream.of(extents).mapToLong(Extent::length).sum();
        assertThat(failure.unwritten()).containsExactly(extents);
        assertThat(failure.unwrittenBytes()).isEqualTo(bytes);
        assertThat(failure.retainedBytes()).isEqualTo(bytes);
    }

    private void failFlush(Conveyor conveyor) {
        one.plan.on(FLUSH).next().failWith(Kind.IO, Retry.NEVER);
        assertThatThrownBy(conveyor::flush).isInstanceOf(WriteBehindException.class);
    }

    /** Writes {@code text}, and has the handle take it. */
    private static void give(Conveyor conveyor, String text, long offset) throws IOException {
        conveyor.write(Bytes.buffer(text), offset);
        conveyor.seek(0, Whence.END);
    }

    @Test
    void bytesWrittenTwiceCountOnce() throws Exception {
        Conveyor conveyor = one.open(READ, WRITE, CREATE);
        give(conveyor, "aaaaaaaa", 0);
        give(conveyor, "bb", 4);
        give(conveyor, "cc", 20);

        failFlush(conveyor);

        assertMissing(conveyor, new Extent(0, 8), new Extent(20, 2));
    }

    @Test
    void bytesThatTheHandleHasAndTheLogHasAnewCountOnce() throws Exception {
        Conveyor conveyor = one.open(READ, WRITE, CREATE);
        give(conveyor, "aaaaaaaa", 0);
        one.plan.on(PWRITE).always().failWith(Kind.IO, Retry.NEVER);
        conveyor.write(Bytes.buffer("bbbb"), 6);

        assertThatThrownBy(conveyor::flush).isInstanceOf(WriteBehindException.class);

        assertMissing(conveyor, new Extent(0, 10));
    }

    @Test
    void whatAnAcceptedCutWillCutOffIsNotMissing() throws Exception {
        Conveyor conveyor = one.open(READ, WRITE, CREATE);
        give(conveyor, "aaaaaaaa", 0);
        one.plan.on(TRUNCATE).always().failWith(Kind.IO, Retry.NEVER);
        conveyor.truncate(3);

        assertThatThrownBy(conveyor::flush).isInstanceOf(WriteBehindException.class);

        assertMissing(conveyor, new Extent(0, 3));
    }

    @Test
    void whatARetryHasPublishedIsNotMissing() throws Exception {
        Conveyor conveyor = one.open(
                ConveyorOptions.builder()
                        .retryBaseDelay(Duration.ZERO)
                        .retryMaxDelay(Duration.ZERO)
                        .build(),
                READ,
                WRITE,
                CREATE);
        give(conveyor, "aaaa", 0);
        one.plan.on(FLUSH).next().failWith(Kind.UNAVAILABLE, Retry.SAFE);
        conveyor.flush();
        one.plan.on(PWRITE).always().failWith(Kind.IO, Retry.NEVER);
        conveyor.write(Bytes.buffer("b"), 9);

        assertThatThrownBy(conveyor::flush).isInstanceOf(WriteBehindException.class);

        assertMissing(conveyor, new Extent(9, 1));
    }

    @Test
    void whatWasMadeVisibleAfterTheFailureWasClearedIsNotMissing() throws Exception {
        Conveyor conveyor = one.open(READ, WRITE, CREATE);
        give(conveyor, "aaaa", 0);
        failFlush(conveyor);
        assertThat(conveyor.clearError()).isTrue();
        conveyor.flush();
        give(conveyor, "bb", 4);

        failFlush(conveyor);

        assertMissing(conveyor, new Extent(4, 2));
    }

    @Test
    void manyBytesFarApartAreCountedThoughTheirRangesAreNotKeptApart() throws Exception {
        Conveyor conveyor = one.open(READ, WRITE, CREATE);
        for (int i = 0; i < 1_000; i++) {
            conveyor.write(Bytes.buffer("x"), 1_000_000L * i);
        }
        conveyor.seek(0, Whence.END);

        failFlush(conveyor);

        WriteBehindException failure = conveyor.failure().orElseThrow();
        assertThat(failure.unwrittenBytes()).isEqualTo(1_000);
        assertThat(failure.retainedBytes()).isEqualTo(1_000);
        assertThat(failure.unwritten().get(0).offset()).isZero();
    }

    // ---------------------------------------------------------------- conflicts

    /** A conveyor that has lost "ours" at 3 against {@link #THEIRS}. */
    private Conveyor conflicting() throws IOException {
        one.memory.put(OneConveyor.KEY, Bytes.of("base345678"));
        Conveyor conveyor = one.open(READ, WRITE);
        give(conveyor, "ours", 3);
        one.memory.put(OneConveyor.KEY, THEIRS);
        assertThatThrownBy(conveyor::flush).isInstanceOf(ConflictException.class);
        return conveyor;
    }

    @Test
    void aConflictKeepsAllOfOursFromStorage() throws Exception {
        Conveyor conveyor = conflicting();

        assertMissing(conveyor, new Extent(3, 4));
        WriteBehindException refused =
                catchThrowableOfType(WriteBehindException.class, () -> conveyor.write(Bytes.buffer("x"), 0));
        assertThat(refused.unwrittenBytes()).isEqualTo(4);
    }

    static Stream<ConflictResolution> resolutionsThatKeepOurs() {
        return Stream.of(ConflictResolution.REBASE, ConflictResolution.OVERWRITE);
    }

    @ParameterizedTest
    @MethodSource("resolutionsThatKeepOurs")
    void whatAResolutionKeepsIsMissingUntilItIsPublished(ConflictResolution resolution) throws Exception {
        Conveyor conveyor = conflicting();
        conveyor.resolve(resolution);

        failFlush(conveyor);

        assertMissing(conveyor, new Extent(3, 4));
    }

    static Stream<ConflictResolution> resolutionsThatKeepTheirs() {
        return Stream.of(ConflictResolution.DISCARD, ConflictResolution.saveAs("elsewhere"));
    }

    @ParameterizedTest
    @MethodSource("resolutionsThatKeepTheirs")
    void whatAResolutionDroppedOrStoredElsewhereIsNotMissing(ConflictResolution resolution) throws Exception {
        Conveyor conveyor = conflicting();
        conveyor.resolve(resolution);
        give(conveyor, "new", 10);

        failFlush(conveyor);

        assertMissing(conveyor, new Extent(10, 3));
    }

    @Test
    void whatAConflictKeptFromStorageIsMissingAfterClose() throws Exception {
        Conveyor conveyor = conflicting();

        WriteBehindException failure = catchThrowableOfType(WriteBehindException.class, conveyor::close);

        assertThat(failure.unwritten()).containsExactly(new Extent(3, 4));
        assertThat(failure.retainedBytes()).isZero();
        assertThat(conveyor.failure().orElseThrow().unwritten()).containsExactly(new Extent(3, 4));
    }
}
