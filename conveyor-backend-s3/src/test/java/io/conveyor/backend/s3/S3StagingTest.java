package io.conveyor.backend.s3;

import static io.conveyor.backend.s3.S3Fixture.assertSame;
import static io.conveyor.backend.s3.S3Fixture.patched;
import static io.conveyor.backend.s3.S3Fixture.random;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.conveyor.spi.StorageHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class S3StagingTest {

    private static final int BLOCK = S3Staging.BLOCK;

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
        ByteBuffer[] buffers = new ByteBuffer[lengths.length];
        int at = 0;
        for (int i = 0; i < lengths.length; i++) {
            int length = i == lengths.length - 1 ? bytes.length - at : lengths[i];
            ByteBuffer direct = ByteBuffer.allocateDirect(length + 3).position(3);
            buffers[i] = direct.put(bytes, at, length).position(3);
            at += length;
        }
        staging.write(buffers, bytes.length, offset);
    }

    private static byte[] read(S3Staging staging, long offset, int length) throws IOException {
        byte[] bytes = new byte[length];
        staging.read(ByteBuffer.wrap(bytes), offset);
        return bytes;
    }
}
