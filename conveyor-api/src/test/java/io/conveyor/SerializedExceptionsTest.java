package io.conveyor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What was thrown in one process can be looked at in another: test runners, task queues and remote calls send exceptions by serialization. */
class SerializedExceptionsTest {

    private static final Extent EXTENT = new Extent(4_096, 512);

    @Test
    void aFailureOfStorageComesBackAsItWas() throws Exception {
        StorageException read = readBack(failureOfStorage(EXTENT));

        assertThat(read).hasMessage(failureOfStorage(EXTENT).getMessage());
        assertThat(read.kind()).isEqualTo(StorageException.Kind.NO_SPACE);
        assertThat(read.retry()).isEqualTo(StorageException.Retry.NEVER);
        assertThat(read.operation()).isEqualTo("pwrite");
        assertThat(read.key()).contains("key");
        assertThat(read.extent()).contains(EXTENT);
        assertThat(read).hasRootCauseMessage("the device is full");
    }

    @Test
    void aFailureOfStorageWithoutBytesComesBackAsItWas() throws Exception {
        assertThat(readBack(failureOfStorage(null)).extent()).isEmpty();
    }

    private static StorageException failureOfStorage(@Nullable Extent extent) {
        return new StorageException(
                StorageException.Kind.NO_SPACE,
                StorageException.Retry.NEVER,
                "pwrite",
                "key",
                extent,
                "the disk is full",
                new IOException("the device is full"));
    }

    @Test
    void aFailureOfABackgroundWriteComesBackAsItWas() throws Exception {
        List<Extent> unwritten = List.of(EXTENT, new Extent(8_192, 10), new Extent(16_384, 1));

        WriteBehindException read =
                readBack(new WriteBehindException("key", EXTENT, unwritten, 523, 500, failureOfStorage(EXTENT)));

        assertThat(read.key()).isEqualTo("key");
        assertThat(read.firstFailed()).isEqualTo(EXTENT);
        assertThat(read.unwritten()).isEqualTo(unwritten);
        assertThat(read.unwrittenBytes()).isEqualTo(523);
        assertThat(read.retainedBytes()).isEqualTo(500);
        assertThat(read).hasCauseInstanceOf(StorageException.class);
    }

    @Test
    void aWriteThatFoundNoRoomComesBackAsItWas() throws Exception {
        BackPressureTimeoutException read =
                readBack(new BackPressureTimeoutException("key", Duration.ofSeconds(3), 1_000));

        assertThat(read.key()).isEqualTo("key");
        assertThat(read.waited()).isEqualTo(Duration.ofSeconds(3));
        assertThat(read.pendingBytes()).isEqualTo(1_000);
    }

    @Test
    void aConflictComesBackAsItWas() throws Exception {
        ConflictException read = readBack(new ConflictException("key", "somebody was faster", true, null));

        assertThat(read.key()).isEqualTo("key");
        assertThat(read.outcomeUnknown()).isTrue();
        assertThat(read).hasMessage("conflict on 'key': somebody was faster");
    }

    @SuppressWarnings({"unchecked", "BanSerializableRead"}) // the test wrote it itself
    private static <E extends Exception> E readBack(E exception) throws IOException, ClassNotFoundException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(exception);
        }
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            return (E) in.readObject();
        }
    }
}
