package io.conveyor.testkit;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.conveyor.StorageException;
import io.conveyor.Whence;
import io.conveyor.spi.StorageCapabilities;
import io.conveyor.spi.StorageCapabilities.FlushEffect;
import io.conveyor.spi.StorageCapabilities.ReleasePoint;
import io.conveyor.spi.StorageHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.InstantSource;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What the store in memory adds to the contract: it is strict, it counts, and tests can turn it. */
class MemoryBackendTest {

    private final MemoryBackend backend = MemoryBackend.create();

    @Test
    void growthByTruncateIsAViolation() throws IOException {
        StorageHandle handle = handle("object");
        StorageContractBase.write(handle, "hello", 0);
        assertThatThrownBy(() -> handle.truncate(5)).isInstanceOf(ContractViolation.class);
        assertThatThrownBy(() -> handle.truncate(6)).isInstanceOf(ContractViolation.class);
        assertThat(backend.violations()).hasSize(2);
        assertThat(backend.snapshot("object")).hasSize(5);
    }

    @Test
    void aFlushIsOnlyBesideAppendsAndOnlyWhereTheCapabilitiesSaySo() throws Exception {
        assertThat(flushBeside(false, 3)).as("not claimed").isInstanceOf(ContractViolation.class);
        assertThat(flushBeside(true, 3)).as("an append").isNull();
        assertThat(flushBeside(true, 1)).as("a write below the end").isInstanceOf(ContractViolation.class);
    }

    /** What becomes of a flush while a write at {@code offset} to an object of three bytes is under way. */
    private static @Nullable Throwable flushBeside(boolean claimed, long offset) throws Exception {
        MemoryBackend memory = MemoryBackend.withCapabilities(StorageCapabilities.builder()
                .flushEffect(StorageCapabilities.FlushEffect.VISIBLE)
                .flushesBesideAppends(claimed)
                .build());
        FaultPlan plan = FaultPlan.create();
        StorageHandle handle = FaultInjectingBackend.over(memory, plan).open("object", Set.of(WRITE, CREATE));
        handle.pwrite(Bytes.buffer("abc"), 0);
        handle.flush();
        Hold hold = plan.hold(StorageOperation.PWRITE);
        Concurrently.Started<Integer> write = Concurrently.start(() -> handle.pwrite(Bytes.buffer("d"), offset));
        hold.awaitHeld();
        Throwable thrown = catchThrowable(handle::flush);
        hold.release();
        write.result();
        return thrown;
    }

    @Test
    void changesByAnInterruptedThreadAreAViolation() throws Exception {
        StorageHandle handle = handle("object");
        Concurrently.start(() -> {
                    Thread.currentThread().interrupt();
                    assertThatThrownBy(() -> handle.pwrite(Bytes.buffer("x"), 0))
                            .isInstanceOf(ContractViolation.class);
                    assertThatThrownBy(handle::flush).isInstanceOf(ContractViolation.class);
                    assertThat(handle.pread(ByteBuffer.allocate(1), 0))
                            .as("a read is safe")
                            .isEqualTo(-1);
                    return true;
                })
                .result();
    }

    @Test
    void askingTheBackendForTheCursorIsAViolation() throws IOException {
        StorageHandle handle = handle("object");
        assertThatThrownBy(() -> handle.lseek(0, Whence.CUR)).isInstanceOf(ContractViolation.class);
        assertThatThrownBy(() -> handle.lseek(0, Whence.SET)).isInstanceOf(ContractViolation.class);
    }

    @Test
    void callsAndOpenHandlesAreCounted() throws IOException {
        StorageHandle handle = handle("object");
        StorageContractBase.write(handle, "hello", 0);
        handle.pread(ByteBuffer.allocate(3), 0);
        handle.pread(ByteBuffer.allocate(9), 3);
        assertThat(backend.calls(StorageOperation.PWRITE)).isEqualTo(1);
        assertThat(backend.counts().bytesOf(StorageOperation.PWRITE)).isEqualTo(5);
        assertThat(backend.calls(StorageOperation.PREAD)).isEqualTo(2);
        assertThat(backend.counts().bytesOf(StorageOperation.PREAD)).isEqualTo(5);
        assertThat(backend.openHandles()).isEqualTo(1);
        handle.close();
        handle.abort();
        assertThat(backend.openHandles()).isZero();
        assertThat(backend.counts().toString()).contains("PWRITE=1", "PREAD=2").doesNotContain("SYNC");
    }

    @Test
    void openListingsAreCounted() throws IOException {
        Stream<?> listing = backend.list("");
        assertThat(backend.openListings()).isEqualTo(1);
        listing.close();
        listing.close();
        assertThat(backend.openListings()).isZero();
    }

    @Test
    void aFailedFlushForgetsWhatWasNotFlushed() throws IOException {
        MemoryBackend forgetful = MemoryBackend.withCapabilities(StorageCapabilities.builder()
                .releaseAt(ReleasePoint.FLUSH)
                .flushEffect(FlushEffect.VISIBLE)
                .syncEffect(StorageCapabilities.SyncEffect.REPEATABLE)
                .build());
        StorageHandle handle = forgetful.open("object", Set.of(READ, WRITE, CREATE));
        StorageContractBase.write(handle, "kept", 0);
        handle.flush();
        StorageContractBase.write(handle, "forgotten", 0);
        forgetful.failFlushes(1);
        assertThatThrownBy(handle::flush).isInstanceOf(StorageException.class);
        assertThat(StorageContractBase.readAll(handle)).isEqualTo(Bytes.of("kept"));
        handle.flush();
        assertThat(forgetful.snapshot("object")).isEqualTo(Bytes.of("kept"));
    }

    @Test
    void aFullStoreTakesWhatFitsAndThenFails() throws IOException {
        backend.limitSpace(8);
        StorageHandle handle = handle("object");
        ByteBuffer src = Bytes.buffer("0123456789");
        assertThat(handle.pwrite(src, 0)).isEqualTo(8);
        assertThatThrownBy(() -> handle.pwrite(src, 8))
                .isInstanceOfSatisfying(
                        StorageException.class,
                        full -> assertThat(full.kind()).isEqualTo(StorageException.Kind.NO_SPACE));
        assertThat(src.position()).isEqualTo(8);
        assertThat(handle.pwrite(Bytes.buffer("AB"), 2)).as("no growth").isEqualTo(2);
        backend.limitSpace(10);
        assertThat(handle.pwrite(src, 8)).isEqualTo(2);
        assertThat(backend.snapshot("object")).isEqualTo(Bytes.of("01AB456789"));
    }

    @Test
    void somebodyElseCanChangeAnObject() throws IOException {
        MemoryBackend dated = MemoryBackend.builder()
                .clock(InstantSource.fixed(Instant.EPOCH))
                .build();
        dated.put("object", Bytes.of("one"));
        String first = dated.attributes("object").version();
        assertThat(dated.attributes("object").lastModified()).isEqualTo(Instant.EPOCH);
        dated.put("object", Bytes.of("two"));
        assertThat(dated.attributes("object").version()).isNotEqualTo(first);
        assertThat(dated.contains("object")).isTrue();
        assertThat(dated.remove("object")).isTrue();
        assertThatThrownBy(() -> dated.snapshot("object")).isInstanceOf(NoSuchElementException.class);
    }

    @Test
    void anotherBackendSharesTheObjectsAndNothingElse() throws IOException {
        backend.put("object", Bytes.of("shared"));
        MemoryBackend other = backend.another();
        backend.close();
        assertThat(other.attributes("object").size()).isEqualTo(6);
        assertThat(backend.calls(StorageOperation.ATTRIBUTES)).isZero();
        assertThatThrownBy(() -> backend.attributes("object")).isInstanceOf(IOException.class);
        assertThat(backend.snapshot("object")).isEqualTo(Bytes.of("shared"));
    }

    private StorageHandle handle(String key) throws IOException {
        return backend.open(key, Set.of(READ, WRITE, CREATE));
    }
}
