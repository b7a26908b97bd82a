package io.conveyor.benchmarks.engine;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.ConveyorOptions;
import io.conveyor.JournalOptions;
import io.conveyor.core.Conveyors;
import io.conveyor.spi.StorageBackend;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.OpenOption;
import java.nio.file.StandardOpenOption;

/**
 * A factory of its own with one open conveyor.
 *
 * @param factory closed with it
 * @param conveyor to be measured
 */
record Opened(ConveyorFactory factory, Conveyor conveyor) implements AutoCloseable {

    static final OpenOption[] READ_WRITE = {StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE
    };

    /** Opens {@code object} to be read and written, with {@code budget} bytes of memory, all of which may be pending. */
    static Opened on(StorageBackend store, long budget) throws IOException {
        return on(builder(store, budget));
    }

    /** The same with a journal. */
    static Opened on(StorageBackend store, long budget, JournalOptions journal) throws IOException {
        return on(builder(store, budget).journal(journal));
    }

    private static Conveyors.Builder builder(StorageBackend store, long budget) {
        ConveyorOptions options =
                ConveyorOptions.builder().maxPendingBytes(budget / 2).build();
        return Conveyors.builder(store).memoryBudget(budget).options(options);
    }

    private static Opened on(Conveyors.Builder builder) throws IOException {
        ConveyorFactory factory = builder.build();
        return new Opened(factory, factory.open("object", READ_WRITE));
    }

    /** Writes {@code src} {@code count} times, one after the other, from the start. */
    void write(ByteBuffer src, long count) throws IOException {
        conveyor.position(0);
        for (long i = 0; i < count; i++) {
            src.rewind();
            conveyor.write(src);
        }
    }

    /** Reads into {@code dst} from the start until {@code count} buffers are full. */
    void read(ByteBuffer dst, long count) throws IOException {
        conveyor.position(0);
        for (long i = 0; i < count; i++) {
            fill(conveyor, dst);
        }
    }

    /** Reads from the cursor of {@code conveyor} on until {@code dst} is full. */
    static void fill(Conveyor conveyor, ByteBuffer dst) throws IOException {
        dst.clear();
        while (dst.hasRemaining()) {
            if (conveyor.read(dst) < 0) {
                throw new IllegalStateException("the object ends at " + conveyor.position());
            }
        }
    }

    @Override
    public void close() throws IOException {
        conveyor.close();
        factory.close();
    }
}
