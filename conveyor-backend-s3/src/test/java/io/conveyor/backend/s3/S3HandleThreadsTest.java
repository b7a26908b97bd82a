package io.conveyor.backend.s3;

import static io.conveyor.backend.s3.S3Fixture.KEY;
import static io.conveyor.backend.s3.S3Fixture.MIB;
import static io.conveyor.backend.s3.S3Fixture.assertSame;
import static io.conveyor.backend.s3.S3Fixture.read;
import static io.conveyor.backend.s3.S3Fixture.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.StorageException;
import io.conveyor.StorageException.Kind;
import io.conveyor.spi.StorageHandle;
import io.conveyor.testkit.Bytes;
import io.conveyor.testkit.Concurrently;
import io.conveyor.testkit.Concurrently.Started;
import io.conveyor.testkit.Seed;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class S3HandleThreadsTest {

    private static final int THREADS = 4;

    /** The checksum goes before the bytes; whoever writes in between makes the part stale, and must not make it fail. */
    @Test
    void aPartThatChangesBetweenItsChecksumAndItsBytesIsNoFailure() throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options().checksum(S3Checksum.MD5));
        byte[] content = Bytes.at(0, 10 * MIB, 1);
        byte[] patch = Bytes.at(100, 1000, 2);
        try (StorageHandle handle = fixture.create()) {
            // in two pieces, so that the first part is sent from what is kept, not from the caller's buffer
            write(handle, Arrays.copyOf(content, 3 * MIB), 0);
            AtomicBoolean patched = new AtomicBoolean();
            fixture.store.beforePart(number -> {
                if (!patched.getAndSet(true)) {
                    writeUnchecked(handle, patch, 100);
                }
            });
            write(handle, Arrays.copyOfRange(content, 3 * MIB, 10 * MIB), 3L * MIB);
            assertThat(patched).isTrue();
            handle.flush();
        }
        System.arraycopy(patch, 0, content, 100, patch.length);
        assertSame(fixture.store.content(KEY), content);
    }

    private static void writeUnchecked(StorageHandle handle, byte[] bytes, long offset) {
        try {
            write(handle, bytes, offset);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Six parts fill what is left; each of them makes room when it has arrived. */
    @Test
    void whereStagingIsFullAWriteWaitsForThePartsOnTheirWay() throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options().stagingBytes(64L * MIB));
        byte[] content = Bytes.at(0, 75 * MIB, 1);
        try (StorageHandle handle = fixture.create()) {
            write(handle, Arrays.copyOf(content, 35 * MIB), 0);
            CountDownLatch served = new CountDownLatch(1);
            fixture.store.beforeHidden(() -> await(served));
            List<Started<Integer>> writers = new ArrayList<>();
            for (int part = 7; part < 15; part++) {
                int start = 5 * part * MIB;
                writers.add(Concurrently.start(() -> {
                    write(handle, Arrays.copyOfRange(content, start, start + 5 * MIB), start);
                    return start;
                }));
            }
            for (Started<Integer> writer : writers) {
                writer.awaitWaiting();
            }
            served.countDown();
            for (Started<Integer> writer : writers) {
                writer.result();
            }
            handle.flush();
        }
        assertSame(fixture.store.content(KEY), content);
    }

    @Test
    void whereStagingIsFullAndNothingIsOnItsWayAWriteIsRefused() throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options().stagingBytes(64L * MIB));
        try (StorageHandle handle = fixture.create()) {
            handle.pwrite(ByteBuffer.allocate(1), 1000L * MIB);
            assertThatThrownBy(() -> Concurrently.run(THREADS, index -> {
                        for (int block = 0; block < 64 * MIB / S3Staging.BLOCK; block++) {
                            handle.pwrite(ByteBuffer.allocate(1), (long) S3Staging.BLOCK * (THREADS * block + index));
                        }
                    }))
                    .isInstanceOfSatisfying(
                            StorageException.class, e -> assertThat(e.kind()).isEqualTo(Kind.NO_SPACE));
            handle.abort();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Pages of a few KiB in memory and in the file; and a share of a part each, so that parts are uploaded in between. */
    @ParameterizedTest
    @CsvSource({"10007, 4, 3000, 600", "10007, 0, 3000, 200", "3000001, 1, 1500000, 12"})
    void threadsWithRangesOfTheirOwnReadWhatTheyWrote(int share, int memoryMib, int longest, int steps)
            throws Exception {
        Seed seed = Seed.current();
        S3Fixture fixture = new S3Fixture(S3Fixture.options().stagingMemoryBytes((long) memoryMib * MIB));
        byte[][] mine = new byte[THREADS][share];
        try (StorageHandle handle = fixture.create()) {
            Concurrently.run(THREADS, index -> {
                Random random = seed.random(index);
                long start = (long) index * share;
                for (int step = 1; step <= steps; step++) {
                    int offset = random.nextInt(share);
                    int length = Math.min(share - offset, 1 + random.nextInt(longest));
                    byte[] bytes = Bytes.at(start + offset, length, step);
                    write(handle, bytes, start + offset);
                    System.arraycopy(bytes, 0, mine[index], offset, length);
                    byte[] expected = new byte[length];
                    System.arraycopy(mine[index], offset, expected, 0, length);
                    assertThat(Bytes.difference(expected, read(handle, start + offset, length), start + offset))
                            .as("step %d of thread %d, %s", step, index, seed)
                            .isEmpty();
                }
                write(handle, mine[index], start);
            });
            handle.flush();
        }
        byte[] all = new byte[THREADS * share];
        for (int index = 0; index < THREADS; index++) {
            System.arraycopy(mine[index], 0, all, index * share, share);
        }
        assertSame(fixture.store.content(KEY), all);
    }
}
