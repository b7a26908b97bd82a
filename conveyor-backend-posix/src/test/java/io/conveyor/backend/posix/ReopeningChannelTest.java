package io.conveyor.backend.posix;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.testkit.Bytes;
import io.conveyor.testkit.Concurrently;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Calls on one file outlive what an interrupt does to its channel. */
class ReopeningChannelTest {

    @TempDir
    private Path directory;

    private Path file;

    private final List<FileChannel> opened = new ArrayList<>();

    private ReopeningChannel channel;

    @BeforeEach
    void open() throws Exception {
        file = Files.writeString(directory.resolve("file"), "0123456789");
        channel = ReopeningChannel.lazy(this::openOnce);
    }

    private FileChannel openOnce() throws IOException {
        FileChannel one = FileChannel.open(file, READ, WRITE);
        opened.add(one);
        return one;
    }

    @AfterEach
    void close() throws Exception {
        assertThat(Thread.interrupted()).as("a test leaves no interrupt behind").isFalse();
        channel.close();
        assertThat(opened).noneMatch(FileChannel::isOpen);
    }

    /** What an interrupt of another thread does to the channel. */
    private void closeUnderneath() throws IOException {
        opened.get(opened.size() - 1).close();
    }

    @Test
    void holdsNoDescriptorUntilTheFirstCall() throws Exception {
        assertThat(opened).isEmpty();
        channel.size();
        channel.size();
        assertThat(opened).hasSize(1);
    }

    @Test
    void everyCallGoesOnAfterTheChannelWasClosedUnderneath() throws Exception {
        channel.size();

        closeUnderneath();
        ByteBuffer read = ByteBuffer.allocate(4);
        assertThat(channel.read(read, 3)).isEqualTo(4);
        assertThat(new String(read.array(), UTF_8)).isEqualTo("3456");
        closeUnderneath();
        assertThat(channel.write(UTF_8.encode("AB"), 3)).isEqualTo(2);
        closeUnderneath();
        assertThat(channel.size()).isEqualTo(10);
        closeUnderneath();
        channel.truncate(6);
        closeUnderneath();
        channel.force(Durability.FSYNC, true, file);

        assertThat(opened).hasSize(6);
        assertThat(file).hasContent("012AB5");
    }

    @Test
    void anInterruptedReaderIsToldAndKeepsItsFlagAndTheChannel() throws Exception {
        channel.size();
        ByteBuffer read = ByteBuffer.allocate(4);

        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> channel.read(read, 0)).isInstanceOf(InterruptedIOException.class);

        assertThat(Thread.interrupted()).isTrue();
        assertThat(read.position()).isZero();
        assertThat(opened).singleElement().matches(FileChannel::isOpen);
    }

    @Test
    void changesAreMadeAlthoughTheThreadIsInterruptedAndItsFlagStays() throws Exception {
        Thread.currentThread().interrupt();
        channel.write(UTF_8.encode("AB"), 0);
        channel.truncate(5);
        channel.force(Durability.FSYNC, true, file);
        long size = channel.size();

        assertThat(Thread.interrupted()).isTrue();
        assertThat(size).isEqualTo(5);
        assertThat(file).hasContent("AB234");
    }

    @Test
    void anInterruptInTheMiddleOfAForceIsAFailureAndNotRepeated() throws Exception {
        List<Path> forced = new ArrayList<>();
        Durability interrupted = (one, metadata, path) -> {
            forced.add(path);
            one.close();
            one.force(metadata);
        };

        assertThatThrownBy(() -> channel.force(interrupted, true, file))
                .isInstanceOf(IOException.class)
                .isNotInstanceOf(ClosedChannelException.class);

        assertThat(forced).hasSize(1);
    }

    @Test
    void aChannelThatIsAlwaysClosedUnderneathIsAnErrorInTheEnd() {
        ReopeningChannel unlucky = ReopeningChannel.lazy(() -> {
            FileChannel one = openOnce();
            one.close();
            return one;
        });

        assertThatThrownBy(() -> unlucky.write(UTF_8.encode("x"), 0)).hasMessageContaining("times in a row");
        assertThatThrownBy(() -> unlucky.read(ByteBuffer.allocate(1), 0)).hasMessageContaining("times in a row");
        assertThat(opened).hasSize(2 * ReopeningChannel.MAX_ATTEMPTS);
    }

    @Test
    void nothingIsOpenedAgainAfterClose() throws Exception {
        channel.size();
        channel.close();

        assertThatThrownBy(() -> channel.read(ByteBuffer.allocate(1), 0)).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> channel.write(ByteBuffer.allocate(1), 0)).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> channel.force(Durability.FSYNC, true, file))
                .isInstanceOf(ClosedChannelException.class);
        assertThat(opened).hasSize(1);
    }

    @Test
    void buffersOnTheHeapTravelInSlicesAndKeepTheirLimit() throws Exception {
        byte[] bytes = Bytes.at(0, 2 * ReopeningChannel.SLICE_BYTES + 5, 1);
        ByteBuffer source = ByteBuffer.allocate(bytes.length + 7);
        source.put(bytes).flip();

        assertThat(channel.write(source, 100)).isEqualTo(bytes.length);
        assertThat(source.position()).isEqualTo(bytes.length);
        assertThat(source.limit()).isEqualTo(bytes.length);

        ByteBuffer target = ByteBuffer.allocate(bytes.length + 7);
        assertThat(channel.read(target, 100)).isEqualTo(bytes.length);
        assertThat(target.limit()).isEqualTo(bytes.length + 7);
        assertThat(channel.read(target, 100 + bytes.length)).isEqualTo(-1);
        assertThat(Bytes.remaining(target.flip())).isEqualTo(bytes);
    }

    /** The JDK copies a heap buffer to a direct one that it keeps for the thread, as large as the largest it ever needed. */
    @Test
    void buffersOnTheHeapLeaveLittleMemoryBehindInTheThread() throws Exception {
        BufferPoolMXBean direct = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .findFirst()
                .orElseThrow();
        long kept = Concurrently.start(() -> {
                    long before = direct.getMemoryUsed();
                    channel.write(ByteBuffer.allocate(32 << 20), 0);
                    channel.read(ByteBuffer.allocate(32 << 20), 0);
                    return direct.getMemoryUsed() - before;
                })
                .result();

        assertThat(kept).isLessThan(8L << 20);
    }
}
