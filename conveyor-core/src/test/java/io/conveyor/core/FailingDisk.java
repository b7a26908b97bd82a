package io.conveyor.core;

import io.conveyor.core.journal.JournalDisk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** A real disk that is full, or cannot be forced, as long as a test wants it. */
final class FailingDisk implements JournalDisk {

    static final String FULL = "No space left on device";
    static final String BROKEN = "Input/output error";

    private final AtomicInteger refusals = new AtomicInteger();
    private volatile boolean full;
    private volatile boolean broken;
    private final AtomicBoolean faulty = new AtomicBoolean();

    /** Whether there is no space for another file. */
    void full(boolean is) {
        full = is;
    }

    /** Whether nothing more reaches it. */
    void broken(boolean is) {
        broken = is;
    }

    /** The next force fails as nobody foresaw. */
    void failsUnforeseenOnce() {
        faulty.set(true);
    }

    /** How often it has refused something. */
    int refusals() {
        return refusals.get();
    }

    @Override
    public void fill(FileChannel file, int bytes) throws IOException {
        if (full) {
            refusals.incrementAndGet();
            throw new IOException(FULL);
        }
        REAL.fill(file, bytes);
    }

    @Override
    public void force(Path file, MappedByteBuffer mapping) {
        if (broken) {
            refusals.incrementAndGet();
            throw new UncheckedIOException(new IOException(BROKEN));
        }
        if (faulty.getAndSet(false)) {
            refusals.incrementAndGet();
            throw new StackOverflowError("for the test");
        }
        REAL.force(file, mapping);
    }
}
