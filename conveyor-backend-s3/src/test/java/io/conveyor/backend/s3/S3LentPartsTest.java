package io.conveyor.backend.s3;

import static io.conveyor.backend.s3.S3Fixture.KEY;
import static io.conveyor.backend.s3.S3Fixture.MIB;
import static io.conveyor.backend.s3.S3Fixture.assertSame;
import static io.conveyor.backend.s3.S3Fixture.random;
import static io.conveyor.backend.s3.S3Fixture.read;
import static io.conveyor.backend.s3.S3Fixture.spoil;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.StorageException;
import io.conveyor.Whence;
import io.conveyor.backend.s3.FakeS3.Fate;
import io.conveyor.spi.StorageHandle;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where no copy is kept of parts that have arrived, none is made of those that are handed over whole: they are staged in the caller's buffers. */
class S3LentPartsTest {

    private static final int PART = 6 * MIB;

    @TempDir
    Path directory;

    @Test
    void wholePartsAreCopiedNowhere() throws Exception {
        S3Fixture fixture = streaming(directory.resolve("missing"));
        byte[] content = random(1, 4 * PART);
        try (StorageHandle handle = fixture.create()) {
            for (int at = 0; at < content.length; at += PART) {
                assertThat(handle.pwrite(buffers(content, at), at)).isEqualTo(PART);
            }
            handle.flush();
        }
        assertSame(fixture.store.content(KEY), content);
    }

    @Test
    void aPartIsReadFromTheCallersBuffersWhileItIsOnItsWay() throws Exception {
        S3Fixture fixture = streaming(directory);
        byte[] content = random(1, PART);
        AtomicInteger looks = new AtomicInteger();
        try (StorageHandle handle = fixture.create()) {
            fixture.store.beforePart(number -> {
                looks.incrementAndGet();
                unchecked(() -> assertSame(read(handle, 7, PART - 7), Arrays.copyOfRange(content, 7, PART)));
            });
            handle.pwrite(buffers(content, 0), 0);
            handle.flush();
        }
        assertThat(looks).hasValue(1);
        assertSame(fixture.store.content(KEY), content);
    }

    @Test
    void whatDidNotArriveIsPublishedWhateverTheCallerPutsIntoTheBuffersAfterwards() throws Exception {
        S3Fixture fixture = streaming(directory);
        byte[] content = random(1, 2 * PART);
        try (StorageHandle handle = fixture.create()) {
            ByteBuffer[] first = buffers(content, 0);
            handle.pwrite(first, 0);
            ByteBuffer[] second = buffers(content, PART);
            sendNoPart(fixture);
            assertThatThrownBy(() -> handle.pwrite(second, PART)).isInstanceOf(StorageException.class);
            fixture.store.heal();
            spoil(first);
            spoil(second);

            handle.flush();
        }
        assertSame(fixture.store.content(KEY), content);
    }

    @Test
    void whatNeitherArrivedNorCanBeCopiedIsAsIfItHadNotBeenWritten() throws Exception {
        S3Fixture fixture = streaming(directory.resolve("missing"));
        byte[] content = random(1, 2 * PART);
        try (StorageHandle handle = fixture.create()) {
            handle.pwrite(buffers(content, 0), 0);
            ByteBuffer[] second = buffers(content, PART);
            sendNoPart(fixture);
            assertThatThrownBy(() -> handle.pwrite(second, PART))
                    .isInstanceOf(StorageException.class)
                    .hasMessageContaining("the staging file could not be written")
                    .satisfies(e -> assertThat(e.getSuppressed()).hasSize(1));
            fixture.store.heal();
            spoil(second);

            assertThat(handle.lseek(0, Whence.END)).isEqualTo(PART);
            handle.flush();
            assertSame(fixture.store.content(KEY), Arrays.copyOf(content, PART));

            handle.pwrite(buffers(content, PART), PART);
            handle.flush();
        }
        assertSame(fixture.store.content(KEY), content);
    }

    @Test
    void anInterruptThatComesLateDoesNotCloseTheStagingFile() throws Exception {
        S3Fixture fixture = streaming(directory);
        byte[] content = random(1, PART);
        try (StorageHandle handle = fixture.create()) {
            sendNoPart(fixture);
            fixture.store.beforePart(number -> Thread.currentThread().interrupt());
            assertThatThrownBy(() -> handle.pwrite(buffers(content, 0), 0)).isInstanceOf(IOException.class);
            assertThat(Thread.interrupted()).as("it stays interrupted").isTrue();
            fixture.store.beforePart(number -> {});
            fixture.store.heal();

            handle.flush();
        }
        assertSame(fixture.store.content(KEY), content);
    }

    @Test
    void aPartThatIsCutWhileItIsOnItsWayStaysAtHand() throws Exception {
        S3Fixture fixture = streaming(directory);
        byte[] content = random(1, 2 * PART);
        try (StorageHandle handle = fixture.create()) {
            handle.pwrite(buffers(content, 0), 0);
            ByteBuffer[] second = buffers(content, PART);
            fixture.store.beforePart(number -> unchecked(() -> handle.truncate(2 * PART - 100)));
            handle.pwrite(second, PART);
            fixture.store.beforePart(number -> {});
            spoil(second);

            assertSame(read(handle, PART, PART), Arrays.copyOfRange(content, PART, 2 * PART - 100));
            handle.flush();
        }
        assertSame(fixture.store.content(KEY), Arrays.copyOf(content, 2 * PART - 100));
    }

    private static S3Fixture streaming(Path directory) throws IOException {
        return new S3Fixture(S3Fixture.options()
                .partBytes(PART)
                .singlePutBytes(5 * MIB)
                .stagingDirectory(directory)
                .stagingMemoryBytes(0)
                .keepUploadedParts(false));
    }

    /** Until it is healed the store gets no part; all else it does. */
    private static void sendNoPart(S3Fixture fixture) {
        fixture.store.script((operation, index) -> operation.equals("UploadPart") ? Fate.NOT_SENT : Fate.SERVED);
    }

    /** A part of {@code content}, in buffers of the caller that end in the middle of blocks. */
    private static ByteBuffer[] buffers(byte[] content, int at) {
        int cut = 3 * S3Staging.BLOCK / 2;
        return new ByteBuffer[] {
            ByteBuffer.allocateDirect(cut + 3).position(3).put(content, at, cut).position(3),
            ByteBuffer.wrap(Arrays.copyOfRange(content, at + cut, at + PART))
        };
    }

    private interface Step {
        void now() throws IOException;
    }

    private static void unchecked(Step step) {
        try {
            step.now();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
