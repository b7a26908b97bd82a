package io.conveyor.backend.hdfs;

import static io.conveyor.backend.hdfs.Handles.open;
import static io.conveyor.backend.hdfs.Handles.write;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.spi.StorageHandle;
import io.conveyor.testkit.Bytes;
import io.conveyor.testkit.Seed;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Reads that go on in a stream, over three blocks, bring what reads at offsets bring. */
class HdfsReadsInOrderTest {

    private static final int TAG = 6;
    private static final int SIZE = 2 * HdfsCluster.BLOCK_BYTES + HdfsCluster.BLOCK_BYTES / 2;

    /** Divides neither a block nor a packet nor a checksum's chunk. */
    private static final int MOST_ROOM = 20_011;

    private final byte[] content = Bytes.at(0, SIZE, TAG);
    private final Seed seed = Seed.current();
    private final Random random = seed.random();
    private HdfsBackend backend;
    private StorageHandle handle;

    @BeforeEach
    void writeAFile() throws IOException {
        backend = HdfsBackend.create(HdfsCluster.shared().options().build());
        try (StorageHandle writing = open(backend, "object", WRITE, CREATE)) {
            write(writing, content, 0);
            writing.flush();
        }
        handle = open(backend, "object", READ);
    }

    @AfterEach
    void closeTheBackend() throws IOException {
        handle.close();
        backend.close();
    }

    @Test
    void severalBuffersAreFilledInOrder() throws IOException {
        long at = 0;
        while (at < SIZE) {
            at += read(at, buffers());
        }

        assertThat(at).as(seed::toString).isEqualTo(SIZE);
        assertThat(handle.pread(buffers(), SIZE)).as(seed::toString).isEqualTo(-1);
    }

    @Test
    void readsElsewhereAndRestsInBetweenDoNotDisturbThem() throws IOException {
        long at = 0;
        while (at < SIZE) {
            at += read(at, buffers());
            switch (random.nextInt(8)) {
                case 0 -> handle.restReads();
                case 1 -> read(random.nextInt(SIZE), buffers());
                case 2 -> readOne(random.nextInt(SIZE));
                case 3 -> at += at < SIZE ? readOne(at) : 0;
                default -> {} // goes on
            }
        }

        assertThat(at).as(seed::toString).isEqualTo(SIZE);
    }

    /** At least two with room, and perhaps some without. */
    private ByteBuffer[] buffers() {
        ByteBuffer[] buffers = new ByteBuffer[2 + random.nextInt(5)];
        for (int i = 0; i < buffers.length; i++) {
            buffers[i] = buffer(i < 2 || random.nextInt(4) > 0 ? room() : 0);
        }
        return buffers;
    }

    private int room() {
        return 1 + random.nextInt(MOST_ROOM);
    }

    private ByteBuffer buffer(int room) {
        return random.nextBoolean() ? ByteBuffer.allocate(room) : ByteBuffer.allocateDirect(room);
    }

    private int readOne(long offset) throws IOException {
        ByteBuffer dst = buffer(room());
        int count = handle.pread(dst, offset);
        check(offset, count, dst);
        return count;
    }

    private long read(long offset, ByteBuffer[] dsts) throws IOException {
        long count = handle.pread(dsts, offset);
        check(offset, count, dsts);
        return count;
    }

    private void check(long offset, long count, ByteBuffer... dsts) {
        assertThat(count).as("what was read at %d, %s", offset, seed).isPositive();
        long at = offset;
        for (ByteBuffer dst : dsts) {
            boolean isLast = dst.hasRemaining();
            byte[] read = Bytes.remaining(dst.flip());
            assertThat(Bytes.difference(Bytes.at(at, read.length, TAG), read, at))
                    .as("at %d, %s", offset, seed)
                    .isEmpty();
            at += read.length;
            if (isLast) {
                break;
            }
        }
        assertThat(at - offset)
                .as("in the first ones, of what was read at %d, %s", offset, seed)
                .isEqualTo(count);
    }
}
