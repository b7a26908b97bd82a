package io.conveyor.backend.s3;

import static io.conveyor.backend.s3.S3Fixture.assertSame;
import static io.conveyor.backend.s3.S3Fixture.patched;
import static io.conveyor.backend.s3.S3Fixture.random;
import static io.conveyor.backend.s3.S3Fixture.spoil;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.conveyor.spi.StorageHandle;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class S3StagingTest {

    private static final int BLOCK = S3Staging.BLOCK;

    private final S3Staging.Loan loan = new S3Staging.Loan();

    @TempDir
    Path directory;

    @Test
    void severalBuffersAreWrittenOneAfterTheOtherFromMemoryIntoTheFile() throws Exception {
        try (S3Staging staging = staging(2, 100)) {
            byte[] content = random(1, 9 * BLOCK + 17);
            write(staging, content, BLOCK - 5, 1, BLOCK, 3, 2 * BLOCK + 7, 0, 100, 5 * BLOCK);
            assertSame(read(staging, BLOCK - 5, content.length), content);
        }
    }

    @Test
    void thePositionsOfSeveralBuffersStay() throws Exception {
        try (S3Staging staging = staging(1, 100)) {
            ByteBuffer first = ByteBuffer.wrap(random(1, 3 * BLOCK)).position(7);
            ByteBuffer second = ByteBuffer.allocateDirect(10);
            staging.write(new ByteBuffer[] {first, second}, first.remaining() + 10, 0);
            assertThat(first.position()).isEqualTo(7);
            assertThat(second.position()).isZero();
        }
    }

    @Test
    void slotsThatLieApartInTheFileAreUsedAgain() throws Exception {
        try (S3Staging staging = staging(0, 12)) {
            byte[] content = random(1, 12 * BLOCK);
            write(staging, content, 0, content.length);
            // the odd ones go, the even ones stay
            for (int block = 1; block < 12; block += 2) {
                staging.release(block * (long) BLOCK, (block + 1) * (long) BLOCK, (start, end) -> false);
            }
            byte[] more = random(2, 6 * BLOCK);
            write(staging, more, 100L * BLOCK, 3 * BLOCK + 1, 3 * BLOCK - 1);
            assertSame(read(staging, 100L * BLOCK, more.length), more);
            for (int block = 0; block < 12; block += 2) {
                assertSame(
                        read(staging, block * (long) BLOCK, BLOCK),
                        Arrays.copyOfRange(content, block * BLOCK, (block + 1) * BLOCK));
            }
        }
    }

    @Test
    void aWriteOverStagedBytesReplacesThem() throws Exception {
        try (S3Staging staging = staging(1, 100)) {
            byte[] content = random(1, 4 * BLOCK);
            write(staging, content, 0, content.length);
            byte[] patch = random(2, 2 * BLOCK);
            write(staging, patch, BLOCK / 2, 100, 2 * BLOCK - 100);
            assertSame(read(staging, 0, content.length), patched(content, patch, BLOCK / 2));
        }
    }

    @Test
    void whatDoesNotFitChangesNothing() throws Exception {
        try (S3Staging staging = staging(1, 4)) {
            byte[] content = random(1, 3 * BLOCK);
            write(staging, content, 0, content.length);
            assertThatThrownBy(() -> write(staging, random(2, 3 * BLOCK), 2 * BLOCK, BLOCK, 2 * BLOCK))
                    .isInstanceOf(S3Staging.FullException.class);
            assertThat(staging.usedBytes()).isEqualTo(3 * BLOCK);
            assertSame(read(staging, 0, content.length), content);
        }
    }

    @Test
    void whatIsLentIsNoLongerTheCallersOnceItIsKept() throws Exception {
        try (S3Staging staging = staging(1, 100)) {
            byte[] content = random(1, 4 * BLOCK);
            ByteBuffer[] lent = buffers(content, 1, BLOCK, 0, 100, 2 * BLOCK);
            assertThat(staging.lend(loan, lent, content.length, 5L * BLOCK)).isTrue();
            assertSame(read(staging, 5L * BLOCK + 3, 3 * BLOCK), Arrays.copyOfRange(content, 3, 3 * BLOCK + 3));

            staging.keep(loan, content.length, 5L * BLOCK);

            spoil(lent);
            assertSame(read(staging, 5L * BLOCK, content.length), content);
        }
    }

    @Test
    void whatIsLentAndGivenUpIsNeverCopied() throws Exception {
        try (S3Staging staging = staging(0, 100)) {
            ByteBuffer[] lent = buffers(random(1, 4 * BLOCK), 4 * BLOCK);
            staging.lend(loan, lent, 4 * BLOCK, 0);
            staging.release(0, 4 * BLOCK, (start, end) -> false);
            staging.keep(loan, 4 * BLOCK, 0);

            assertThat(staging.usedBytes()).isZero();
            assertThat(openFiles()).isEmpty();
        }
    }

    @Test
    void onlyWholeBlocksThatAreNotHereYetAreLent() throws Exception {
        try (S3Staging staging = staging(1, 100)) {
            byte[] content = random(1, 3 * BLOCK);
            write(staging, content, 0, content.length);
            ByteBuffer[] block = buffers(random(2, BLOCK), BLOCK);
            assertThat(staging.lend(loan, block, BLOCK, 2L * BLOCK)).as("here").isFalse();
            assertThat(staging.lend(loan, block, BLOCK, 3L * BLOCK + 1))
                    .as("not aligned")
                    .isFalse();
            assertThat(staging.lend(loan, buffers(content, 17), 17, 3L * BLOCK))
                    .as("no whole block")
                    .isFalse();
            assertThat(staging.lend(loan, block, BLOCK, 3L * BLOCK)).isTrue();
            assertSame(read(staging, 0, content.length), content);
        }
    }

    @Test
    void whatIsLentCountsAsIfItWereHere() throws Exception {
        try (S3Staging staging = staging(1, 4)) {
            staging.lend(loan, buffers(random(1, 3 * BLOCK), 3 * BLOCK), 3 * BLOCK, 0);
            assertThat(staging.usedBytes()).isEqualTo(3 * BLOCK);
            ByteBuffer[] more = buffers(random(2, 2 * BLOCK), 2 * BLOCK);
            assertThatThrownBy(() -> staging.lend(loan, more, 2 * BLOCK, 10L * BLOCK))
                    .isInstanceOf(S3Staging.FullException.class);
            assertThatThrownBy(() -> staging.write(more, 2 * BLOCK, 10L * BLOCK))
                    .isInstanceOf(S3Staging.FullException.class);
        }
    }

    @Test
    void nobodyReadsFromTheCallersBuffersAfterwards() throws Exception {
        byte[] content = random(1, 8 * BLOCK);
        ExecutorService readers = Executors.newFixedThreadPool(2);
        try (S3Staging staging = staging(2, 100)) {
            for (int round = 0; round < 200; round++) {
                ByteBuffer[] lent = buffers(content, 8 * BLOCK);
                S3Staging.Loan loan = new S3Staging.Loan();
                staging.lend(loan, lent, content.length, 0);
                CountDownLatch begun = new CountDownLatch(2);
                Callable<byte[]> look = () -> {
                    begun.countDown();
                    return read(staging, 0, content.length);
                };
                Future<byte[]> one = readers.submit(look);
                Future<byte[]> another = readers.submit(look);
                begun.await();
                staging.keep(loan, content.length, 0);
                spoil(lent);
                assertSame(one.get(), content);
                assertSame(another.get(), content);
                staging.release(0, content.length, (start, end) -> false);
            }
        } finally {
            readers.shutdownNow();
        }
    }

    @Test
    void whatCannotBeCopiedIsNotHereAnyMore() throws Exception {
        try (S3Staging staging = new S3Staging(directory.resolve("missing"), BLOCK, 100L * BLOCK)) {
            ByteBuffer[] lent = buffers(random(1, 3 * BLOCK), 3 * BLOCK);
            staging.lend(loan, lent, 3 * BLOCK, 0);
            assertThatThrownBy(() -> staging.keep(loan, 3 * BLOCK, 0)).isInstanceOf(IOException.class);
            assertThatThrownBy(() -> read(staging, 0, 3 * BLOCK)).isInstanceOf(EOFException.class);
            assertThat(staging.lend(new S3Staging.Loan(), lent, 2 * BLOCK, 10L * BLOCK))
                    .isTrue();
            assertThat(staging.lend(new S3Staging.Loan(), buffers(random(2, BLOCK), BLOCK), BLOCK, 2L * BLOCK))
                    .as("written again")
                    .isTrue();
        }
    }

    @Test
    void whoClosesItDoesNotWaitForItsFileToBeGivenBack() throws Exception {
        List<Runnable> apart = new ArrayList<>();
        S3Staging staging = staging(1, 10);
        write(staging, random(1, 3 * BLOCK), 0, 3 * BLOCK);

        staging.close(apart::add);

        assertThatThrownBy(() -> read(staging, 0, BLOCK)).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> write(staging, random(2, BLOCK), 0, BLOCK)).isInstanceOf(ClosedChannelException.class);
        assertThat(openFiles()).hasSize(1);
        assertThat(apart).hasSize(1);
        apart.get(0).run();
        assertThat(openFiles()).isEmpty();
        staging.close(apart::add);
        assertThat(apart).as("given back once").hasSize(1);
    }

    @Test
    void whatNeededNoFileHasNothingToGiveBack() throws Exception {
        List<Runnable> apart = new ArrayList<>();
        S3Staging staging = staging(1, 10);
        write(staging, random(1, BLOCK), 0, BLOCK);

        staging.close(apart::add);

        assertThat(apart).isEmpty();
    }

    @Test
    void aHandleThatIsClosedAfterItsBackendLeavesNoFileOpen() throws Exception {
        S3Fixture fixture =
                new S3Fixture(S3Fixture.options().stagingMemoryBytes(0).stagingDirectory(directory));
        StorageHandle handle = fixture.create();
        S3Fixture.write(handle, random(1, BLOCK), 0);
        assertThat(openFiles()).hasSize(1);
        fixture.backend.close();

        handle.close();

        assertThat(openFiles()).isEmpty();
    }

    /** The staging files that this process has open; where the system does not say, nothing is tested. */
    private List<String> openFiles() throws IOException {
        Path descriptors = Path.of("/proc/self/fd");
        assumeTrue(Files.isDirectory(descriptors), "the system does not say which files are open");
        List<String> files = new ArrayList<>();
        try (Stream<Path> open = Files.list(descriptors)) {
            for (Path each : open.toList()) {
                try {
                    files.add(Files.readSymbolicLink(each).toString());
                } catch (NoSuchFileException e) {
                    // closed meanwhile
                }
            }
        }
        files.removeIf(file -> !file.startsWith(directory.toString()));
        return files;
    }

    private S3Staging staging(int memoryBlocks, int blocks) {
        return new S3Staging(directory, memoryBlocks * (long) BLOCK, blocks * (long) BLOCK);
    }

    /** Writes {@code bytes} in buffers of these lengths, the last of which takes the rest. */
    private static void write(S3Staging staging, byte[] bytes, long offset, int... lengths) throws IOException {
        staging.write(buffers(bytes, lengths), bytes.length, offset);
    }

    private static ByteBuffer[] buffers(byte[] bytes, int... lengths) {
        ByteBuffer[] buffers = new ByteBuffer[lengths.length];
        int at = 0;
        for (int i = 0; i < lengths.length; i++) {
            int length = i == lengths.length - 1 ? bytes.length - at : lengths[i];
            ByteBuffer direct = ByteBuffer.allocateDirect(length + 3).position(3);
            buffers[i] = direct.put(bytes, at, length).position(3);
            at += length;
        }
        return buffers;
    }

    private static byte[] read(S3Staging staging, long offset, int length) throws IOException {
        byte[] bytes = new byte[length];
        staging.read(ByteBuffer.wrap(bytes), offset);
        return bytes;
    }
}
