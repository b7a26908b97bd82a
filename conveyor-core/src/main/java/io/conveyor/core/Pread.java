package io.conveyor.core;

import io.conveyor.StorageException;
import io.conveyor.core.read.Block;
import io.conveyor.spi.StorageHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads until a buffer or a block is full or storage ends: short reads are continued, and a backend that breaks its contract is told so.
 *
 * @param handle where from
 * @param key for messages
 */
record Pread(StorageHandle handle, String key) {

    /** A backend may answer a read with nothing now and then; this often in a row is a fault. */
    private static final int MOST_EMPTY_READS = 10;

    /** Tries once to fill {@code target} from {@code offset}; null if it is full or storage has ended. */
    @Nullable
    IOException fill(ByteBuffer target, long offset) {
        int start = target.position();
        IOException failure = null;
        int empty = 0;
        try {
            while (target.hasRemaining() && empty < MOST_EMPTY_READS) {
                int before = target.position();
                int room = target.remaining();
                int count = handle.pread(target, offset + before - start);
                if (count == -1) {
                    break;
                }
                checkCount(count, room);
                empty = count == 0 ? empty + 1 : 0;
                target.position(before + count);
            }
            if (empty > 0) {
                failure = new StorageException(
                        StorageException.Kind.PROTOCOL,
                        StorageException.Retry.NEVER,
                        "pread",
                        key,
                        null,
                        "the backend delivers nothing, and does not say that the object ends",
                        null);
            }
        } catch (IOException thrown) {
            failure = thrown;
        } catch (RuntimeException thrown) {
            failure = fault(thrown);
        }
        return failure;
    }

    /**
     * Tries once to fill a block, and tells it if that fails.
     *
     * @return how many bytes there were before storage ended
     */
    int fill(Block block) {
        ByteBuffer[] buffers = block.buffers();
        int got = 0;
        int empty = 0;
        try {
            while (got < block.capacity() && empty < MOST_EMPTY_READS) {
                int index = 0;
                while (!buffers[index].hasRemaining()) {
                    index++;
                }
                long count = index == buffers.length - 1
                        ? handle.pread(buffers[index], block.start() + got)
                        : handle.pread(from(buffers, index), block.start() + got);
                if (count == -1) {
                    break;
                }
                checkCount(count, block.capacity() - got);
                empty = count == 0 ? empty + 1 : 0;
                got += (int) count;
            }
        } catch (Throwable storage) {
            block.failedBy(storage);
        }
        return got;
    }

    private static ByteBuffer[] from(ByteBuffer[] buffers, int index) {
        return index == 0 ? buffers : Arrays.copyOfRange(buffers, index, buffers.length);
    }

    private void checkCount(long count, int room) throws StorageException {
        if (count < 0 || count > room) {
            throw new StorageException(
                    StorageException.Kind.PROTOCOL,
                    StorageException.Retry.NEVER,
                    "pread",
                    key,
                    null,
                    "the backend says that it delivered " + count + " bytes into room for " + room,
                    null);
        }
    }

    /** What a backend threw that it should not have. */
    IOException fault(Throwable fault) {
        return new StorageException(
                StorageException.Kind.PROTOCOL,
                StorageException.Retry.NEVER,
                "pread",
                key,
                null,
                "the backend failed by " + fault.getClass().getName(),
                fault);
    }
}
