package io.conveyor.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.ObjectAttributes;
import io.conveyor.Whence;
import io.conveyor.spi.StorageBackend;
import io.conveyor.spi.StorageCapabilities;
import io.conveyor.spi.StorageHandle;
import io.conveyor.testkit.ManualClock;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.nio.file.OpenOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A reader allocates nothing, whether its bytes are at hand, fetched by itself or asked for at random. */
class ReadsAllocateNothingTest {

    private static final int SIZE = 16 << 20;
    private static final int PIECE = 4 << 10;
    private static final int READS = SIZE / PIECE;
    private static final Duration QUICK = Duration.ofNanos(1_000);

    private final ManualClock clock = ManualClock.create();
    private final ByteBuffer dst = ByteBuffer.allocateDirect(PIECE);

    @Test
    void inOrder() throws IOException {
        assertThat(bytesAllocated(conveyor -> {
                    for (int i = 0; i < READS; i++) {
                        conveyor.read(dst.clear(), (long) i * PIECE);
                    }
                }))
                .isLessThan(READS);
    }

    @Test
    void atRandom() throws IOException {
        assertThat(bytesAllocated(conveyor -> {
                    for (int i = 0; i < READS; i++) {
                        conveyor.read(dst.clear(), i * 2_654_435_761L % (SIZE - PIECE));
                    }
                }))
                .isLessThan(READS);
    }

    private interface Reading {
        void of(Conveyor conveyor) throws IOException;
    }

    private long bytesAllocated(Reading reading) throws IOException {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        assumeThat(threads)
                .as("a machine that counts allocated bytes")
                .isInstanceOf(com.sun.management.ThreadMXBean.class);
        com.sun.management.ThreadMXBean counting = (com.sun.management.ThreadMXBean) threads;
        long me = Thread.currentThread().getId();
        try (ConveyorFactory factory =
                        Conveyors.builder(new QuickStore()).timeSource(clock).build();
                Conveyor conveyor = factory.open("object", StandardOpenOption.READ)) {
            reading.of(conveyor);
            reading.of(conveyor);
            long before = counting.getThreadAllocatedBytes(me);
            reading.of(conveyor);
            return counting.getThreadAllocatedBytes(me) - before;
        }
    }

    /** Answers at once, and allocates nothing itself. */
    private final class QuickStore implements StorageBackend, StorageHandle {

        @Override
        public int pread(ByteBuffer target, long offset) {
            clock.advance(QUICK);
            int count = (int) Math.min(target.remaining(), SIZE - offset);
            target.position(target.position() + count);
            return count;
        }

        @Override
        public String name() {
            return "quick";
        }

        @Override
        public StorageCapabilities capabilities() {
            return StorageCapabilities.builder().interruptSafeReads(true).build();
        }

        @Override
        public StorageHandle open(String key, Set<? extends OpenOption> options) {
            return this;
        }

        @Override
        public long lseek(long offset, Whence whence) {
            return SIZE;
        }

        @Override
        public ObjectAttributes attributes(String key) {
            throw new UnsupportedOperationException("attributes");
        }

        @Override
        public boolean delete(String key) {
            throw new UnsupportedOperationException("delete");
        }

        @Override
        public Stream<ObjectAttributes> list(String prefix) {
            return Stream.empty();
        }

        @Override
        public int pwrite(ByteBuffer src, long offset) {
            throw new UnsupportedOperationException("pwrite");
        }

        @Override
        public void truncate(long size) {}

        @Override
        public void flush() {}

        @Override
        public void sync() {}

        @Override
        public void abort() {}

        @Override
        public void ping() {}

        @Override
        public void close() {}
    }
}
