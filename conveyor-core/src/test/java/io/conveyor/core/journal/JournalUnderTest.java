package io.conveyor.core.journal;

import io.conveyor.core.log.WriteLog;
import io.conveyor.core.memory.SegmentPool;
import io.conveyor.spi.TimeSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A journal with its log and no engine: what a conveyor would do to it is done by hand. */
final class JournalUnderTest implements AutoCloseable {

    static final int SEGMENT = 4 << 10;
    static final long IDENTITY = 0x1234_5678_9ABC_DEF0L;
    static final String KEY = "a/key";
    static final String STORE = "memory:of-the-test";

    final AtOnce surroundings = new AtOnce();
    final OwnerDirectory owner;
    final JournalSpace space;
    final ConveyorJournal journal;
    final WriteLog log;

    JournalUnderTest(Path directory) throws IOException {
        this(directory, STORE);
    }

    JournalUnderTest(Path directory, String store) throws IOException {
        this(directory, store, 0, false, 1 << 20);
    }

    JournalUnderTest(Path directory, int flags, boolean powerLoss, long maxBytes) throws IOException {
        this(directory, STORE, flags, powerLoss, maxBytes);
    }

    JournalUnderTest(Path directory, String store, int flags, boolean powerLoss, long maxBytes) throws IOException {
        this(directory, JournalDisk.REAL, store, flags, powerLoss, maxBytes);
    }

    JournalUnderTest(Path directory, JournalDisk disk, String store, int flags, boolean powerLoss, long maxBytes)
            throws IOException {
        owner = OwnerDirectory.create(OwnerDirectory.prepare(directory), () -> IDENTITY, powerLoss);
        space = new JournalSpace(owner, disk, surroundings, SEGMENT, maxBytes, maxBytes, powerLoss);
        space.prepare();
        SegmentPool pool = new SegmentPool(1 << 20, SEGMENT, TimeSource.system());
        journal = new ConveyorJournal(space, pool, IDENTITY, KEY, store, flags, 0, null);
        log = new WriteLog(journal, journal);
    }

    /** Everything happens at once, and what is for later when {@link #pass} is called. */
    static final class AtOnce implements JournalSpace.Surroundings {

        private final List<Runnable> later = new ArrayList<>();
        private final List<Runnable> held = new ArrayList<>();
        private boolean holding;

        /** What is to happen soon waits from now on. */
        void hold() {
            holding = true;
        }

        /** What has been waiting happens now. */
        void release() {
            holding = false;
            List<Runnable> now = List.copyOf(held);
            held.clear();
            now.forEach(Runnable::run);
        }

        /** The pause is over for all that waits. */
        void pass() {
            List<Runnable> now = List.copyOf(later);
            later.clear();
            now.forEach(Runnable::run);
        }

        @Override
        public void run(Runnable task) {
            if (holding) {
                held.add(task);
            } else {
                task.run();
            }
        }

        @Override
        public void later(Runnable task) {
            later.add(task);
        }

        @Override
        public void changed() {
            // nobody waits here
        }

        @Override
        public Instant timeOfDay() {
            return Instant.parse("2026-01-02T03:04:05.678901234Z");
        }
    }

    /** Accepts a write; false if there is no room. */
    boolean write(String text, long offset) {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        boolean room = log.makeRoom(bytes.remaining());
        if (room) {
            log.append(bytes, 0, bytes.remaining(), offset);
        }
        return room;
    }

    /** A write whose copy fails: it is reserved, and not accepted. */
    void writeInVain(int length, long offset) {
        if (!log.makeRoom(length)) {
            throw new AssertionError("no room to fail in");
        }
        ByteBuffer tooShort = ByteBuffer.allocate(length - 1);
        try {
            log.append(tooShort, 0, length, offset);
        } catch (IndexOutOfBoundsException wanted) {
            return;
        }
        throw new AssertionError("the copy has not failed");
    }

    /** Forces what has been accepted to the disk. */
    void forced() {
        ConveyorJournal.Forcing work = journal.forcing();
        if (work != null) {
            work.run();
            journal.forced(work);
        }
    }

    void cut(long size) {
        if (!log.makeRoom(1)) {
            throw new AssertionError("no room for a cut");
        }
        log.cut(size);
    }

    /** Storage has everything before {@code position}. */
    void stored(long position) {
        log.release(position);
        journal.keepFrom(position);
    }

    /** What is in the journal's files now, as the next process would find it. */
    static List<StoredJournal> found(OwnerDirectory owner) throws IOException {
        return StoredJournal.in(owner);
    }

    /** The only journal there is. */
    StoredJournal stored() throws IOException {
        List<StoredJournal> all = found(owner);
        if (all.size() != 1) {
            throw new AssertionError(all.size() + " journals");
        }
        return all.get(0);
    }

    /** The entries of a journal as words. */
    static List<String> entries(StoredJournal journal) throws IOException {
        List<String> words = new ArrayList<>();
        journal.forEach((entry, bytes) -> {
            byte[] text = new byte[bytes.remaining()];
            bytes.get(text);
            words.add(
                    entry.cut()
                            ? "cut to " + entry.offset()
                            : new String(text, java.nio.charset.StandardCharsets.UTF_8) + "@" + entry.offset());
        });
        return words;
    }

    /** The files that hold something, tables and segments. */
    List<Path> files() throws IOException {
        try (Stream<Path> all = Files.list(owner.path())) {
            return all.filter(file -> !file.getFileName().toString().equals("owner.lock"))
                    .sorted()
                    .toList();
        }
    }

    @Override
    public void close() throws IOException {
        space.close(false, Duration.ofSeconds(10));
    }
}
