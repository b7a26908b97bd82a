package io.conveyor.core.journal;

import io.conveyor.core.journal.JournalFile.Kind;
import io.conveyor.core.log.Framing;
import io.conveyor.core.memory.SegmentPool;
import io.conveyor.core.memory.SegmentSource;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The journal of one conveyor: where its log takes segments from, and where it writes down what is in them. Used under the conveyor's lock, but for {@link
 * Forcing}.
 *
 * <p>While everything accepted is in storage a journal holds no table.
 */
public final class ConveyorJournal implements SegmentSource, Framing {

    private final JournalSpace space;
    private final SegmentPool pool;
    private final TableHeader template;
    private final long identity;

    /** Segments in the order of the log: those it uses, and before them those that are kept. */
    private final ArrayDeque<JournalFile> segments = new ArrayDeque<>();

    private final IdentityHashMap<ByteBuffer, JournalFile> byBuffer = new IdentityHashMap<>();

    /** Tables in order, the last one in use. */
    private final ArrayDeque<JournalFile> tables = new ArrayDeque<>();

    private final CRC32C crc = new CRC32C();

    private @Nullable JournalFile table;
    private ByteBuffer entries = ByteBuffer.allocate(0);
    private ByteBuffer entriesView = entries;
    private int index;
    private long sequence;

    private @Nullable JournalFile lastSegment;
    private ByteBuffer lastView = entries;

    /** What is reserved and not committed: where its bytes lie. */
    private JournalFile[] reservedIn = new JournalFile[4];

    private int[] reservedAt = new int[4];
    private int[] reservedLength = new int[4];
    private int reserved;
    private long reservedEnd;

    private long end;
    private long released;
    private long synced;
    private Publication publication;
    private Resumption resumption = Resumption.NONE;
    private boolean abandoned;

    /**
     * The journal of a conveyor that has just been opened.
     *
     * @param identity a number that no other conveyor has
     * @param flags of {@link TableHeader.Flag}, but for the loss of power
     * @param size the size of the object
     * @param version the version that the handle builds on, or null
     */
    ConveyorJournal(
            JournalSpace space,
            SegmentPool pool,
            long identity,
            String key,
            String store,
            int flags,
            long size,
            @Nullable String version) {
        this.space = space;
        this.pool = pool;
        this.identity = identity;
        this.template = new TableHeader(
                identity,
                key,
                store,
                flags | (space.isPowerLoss() ? TableHeader.Flag.POWER_LOSS : 0),
                space.segmentBytes(),
                0,
                0);
        this.publication = Publication.onto(size, version);
    }

    /**
     * The journal of a conveyor that has just been opened.
     *
     * @param draft whether it replaces the whole object
     * @param startsEmpty whether what is stored does not count, though it is still there
     * @param mayCreate whether the object may have to be created when the journal is replayed
     * @param size the size of the object
     * @param version the version that the handle builds on, or null
     */
    public static ConveyorJournal begin(
            JournalSpace space,
            SegmentPool pool,
            long identity,
            String key,
            String store,
            boolean draft,
            boolean startsEmpty,
            boolean mayCreate,
            long size,
            @Nullable String version) {
        int flags = (draft ? TableHeader.Flag.DRAFT : 0)
                | (startsEmpty ? TableHeader.Flag.STARTS_EMPTY : 0)
                | (mayCreate ? TableHeader.Flag.MAY_CREATE : 0);
        return new ConveyorJournal(space, pool, identity, key, store, flags, size, version);
    }

    long identity() {
        return identity;
    }

    /** How the journal is known to people. */
    public String id() {
        return String.format("%016x", identity);
    }

    // ---------------------------------------------------------------- segments

    @Override
    public int segmentBytes() {
        return space.segmentBytes();
    }

    @Override
    public @Nullable ByteBuffer tryAcquire() {
        JournalFile file = space.take(Kind.SEGMENT);
        if (file == null) {
            return null;
        }
        if (!pool.tryCharge(segmentBytes())) {
            space.recycle(file);
            return null;
        }
        file.inLog = true;
        segments.addLast(file);
        byBuffer.put(file.bytes, file);
        return file.bytes;
    }

    @Override
    public void release(ByteBuffer segment) {
        JournalFile file = Objects.requireNonNull(byBuffer.remove(segment), "a segment of this journal");
        file.inLog = false;
        if (lastSegment == file) {
            lastSegment = null;
        }
        if (file.end <= released || abandoned) {
            segments.removeLastOccurrence(file);
            giveBack(List.of(file));
        }
        pool.uncharge(segmentBytes());
    }

    private void giveBack(List<JournalFile> files) {
        JournalFile saying = table;
        if (saying != null) {
            space.recycle(files, saying);
        } else {
            files.forEach(space::recycle);
        }
    }

    // ---------------------------------------------------------------- entries

    @Override
    public boolean hasRoom(int stretches) {
        if (abandoned) {
            return true;
        }
        JournalFile current = table;
        if (current != null && current.used + stretches <= JournalLayout.ENTRIES) {
            return true;
        }
        JournalFile next = space.take(Kind.TABLE);
        if (next == null) {
            return false;
        }
        use(next);
        return true;
    }

    private void use(JournalFile next) {
        template.next(index++, sequence).encode(next.bytes);
        next.bytes.putLong(JournalLayout.RELEASED_AT, Cell.of(released, identity));
        next.bytes.putLong(JournalLayout.SYNCED_AT, Cell.of(synced, identity));
        publication.encode(next.bytes, identity);
        resumption.encode(next.bytes, identity);
        next.used = 0;
        JournalLayout.putLongReleased(next.bytes, JournalLayout.STATE_AT, JournalLayout.IN_USE);
        tables.addLast(next);
        table = next;
        entries = next.bytes;
        entriesView = next.bytes.duplicate();
    }

    @Override
    public void reserve(ByteBuffer segment, int at, int length, long logPosition, long offset) {
        if (abandoned) {
            return;
        }
        JournalFile current = Objects.requireNonNull(table, "no room was asked for");
        JournalFile file = fileOf(segment);
        if (reserved > 0 && reservedEnd != logPosition) {
            // what was reserved before was not committed: its copy failed
            reserved = 0;
        }
        if (reserved == reservedAt.length) {
            reservedIn = Arrays.copyOf(reservedIn, 2 * reserved);
            reservedAt = Arrays.copyOf(reservedAt, 2 * reserved);
            reservedLength = Arrays.copyOf(reservedLength, 2 * reserved);
        }
        int entryAt = JournalLayout.entryAt(current.used++);
        Entries.reserve(
                entries, entriesView, crc, entryAt, identity, sequence++, logPosition, offset, length, file.number, at);
        reservedIn[reserved] = file;
        reservedAt[reserved] = at;
        reservedLength[reserved++] = length;
        reservedEnd = logPosition + length;
    }

    @SuppressWarnings("ReferenceEquality") // which buffer it is, not what is in it
    private JournalFile fileOf(ByteBuffer segment) {
        JournalFile last = lastSegment;
        if (last == null || last.bytes != segment) {
            last = Objects.requireNonNull(byBuffer.get(segment), "a segment of this journal");
            lastSegment = last;
            lastView = segment.duplicate();
        }
        return last;
    }

    @Override
    public void commit() {
        if (abandoned) {
            return;
        }
        JournalFile current = Objects.requireNonNull(table, "nothing is reserved");
        int first = current.used - reserved;
        long position = reservedEnd;
        for (int i = reserved - 1; i >= 0; i--) {
            JournalFile file = reservedIn[i];
            file.end = position;
            position -= reservedLength[i];
            Entries.payload(
                    entries, JournalLayout.entryAt(first + i), checksum(file, reservedAt[i], reservedLength[i]));
        }
        for (int i = 0; i < reserved; i++) {
            Entries.commit(entries, JournalLayout.entryAt(first + i));
        }
        reserved = 0;
        end = reservedEnd;
        current.end = end;
    }

    private int checksum(JournalFile file, int at, int length) {
        ByteBuffer view = file == lastSegment ? lastView : file.bytes.duplicate();
        crc.reset();
        crc.update(view.limit(at + length).position(at));
        return (int) crc.getValue();
    }

    @Override
    public void cut(long logPosition, long size) {
        if (abandoned) {
            return;
        }
        JournalFile current = Objects.requireNonNull(table, "no room was asked for");
        reserved = 0;
        int at = JournalLayout.entryAt(current.used++);
        Entries.reserveCut(entries, entriesView, crc, at, identity, sequence++, logPosition, size);
        Entries.commit(entries, at);
        end = logPosition + 1;
        current.end = end;
    }

    // ---------------------------------------------------------------- progress

    /** Everything before {@code position} is where it needs no journal. */
    public void keepFrom(long position) {
        if (position <= released || abandoned) {
            return;
        }
        released = position;
        JournalFile current = table;
        if (current == null) {
            return;
        }
        if (released >= end) {
            retire();
            return;
        }
        JournalLayout.putLongReleased(entries, JournalLayout.RELEASED_AT, Cell.of(released, identity));
        List<JournalFile> free = releasedSegments();
        while (Objects.requireNonNull(tables.peekFirst()) != current && tables.getFirst().end <= released) {
            free.add(unused(tables.removeFirst()));
        }
        if (!free.isEmpty()) {
            space.recycle(free, current);
        }
    }

    private List<JournalFile> releasedSegments() {
        List<JournalFile> free = new ArrayList<>();
        JournalFile oldest = segments.peekFirst();
        while (oldest != null && !oldest.inLog && (oldest.end <= released || abandoned)) {
            free.add(segments.removeFirst());
            oldest = segments.peekFirst();
        }
        return free;
    }

    private static JournalFile unused(JournalFile table) {
        JournalLayout.putLongReleased(table.bytes, JournalLayout.STATE_AT, JournalLayout.IN_STOCK);
        zero(table.bytes, JournalLayout.HEADER_BYTES, table.used * JournalLayout.ENTRY_BYTES);
        zero(table.bytes, JournalLayout.SLOT_A_AT, 2 * (JournalLayout.SLOT_B_AT - JournalLayout.SLOT_A_AT));
        zero(table.bytes, JournalLayout.RESUME_A_AT, 2 * JournalLayout.RESUME_BYTES);
        table.used = 0;
        return table;
    }

    private static void zero(ByteBuffer bytes, int from, int length) {
        for (int at = from; at < from + length; at += Long.BYTES) {
            bytes.putLong(at, 0);
        }
    }

    /** Nothing that is written down is needed any more: gives back the tables, and the segments that the log has given back. */
    private void retire() {
        JournalFile current = table;
        if (current == null) {
            return;
        }
        JournalLayout.putLongReleased(entries, JournalLayout.RELEASED_AT, Cell.of(Cell.LAST, identity));
        List<JournalFile> free = releasedSegments();
        while (tables.peekFirst() != current) {
            free.add(unused(tables.removeFirst()));
        }
        tables.clear();
        unused(current);
        table = null;
        free.add(current);
        space.recycle(free, current);
    }

    /** A publication of everything before {@code position} is about to begin; the object will be {@code size} bytes long. */
    public void intend(long position, long size) {
        if (!abandoned) {
            note(publication.intending(Math.max(0, position), size));
        }
    }

    /** Everything before {@code position} has been published as {@code version}. */
    public void published(long position, long size, @Nullable String version) {
        if (!abandoned) {
            note(publication.published(Math.max(0, position), size, version));
        }
    }

    /** Whoever replays this tells storage {@code token}, so that it takes over what the handle has left there; empty for none. */
    public void resumeBy(byte[] token) {
        resumption = resumption.then(token);
        if (table != null && !abandoned) {
            resumption.encode(entries, identity);
        }
    }

    private void note(Publication now) {
        publication = now;
        if (table != null) {
            now.encode(entries, identity);
        }
    }

    /** Whether storage should be asked to make things durable, so that the journal does not fill up. */
    public boolean wantsSync() {
        return space.isPowerLoss() && table != null && space.isHalfFull();
    }

    /** A draft that takes more than half of the space is not kept any more: without the intent to commit it would not be replayed anyway. */
    public void abandonLargeDraft() {
        long held = (long) segments.size() * segmentBytes();
        if (template.has(TableHeader.Flag.DRAFT) && !abandoned && held > space.maxBytes() / 2) {
            abandon();
        }
    }

    private void abandon() {
        abandoned = true;
        retire();
        List<JournalFile> free = releasedSegments();
        if (!free.isEmpty()) {
            giveBack(free);
        }
        lastSegment = null;
    }

    /** Everything is where it should be, or is not wanted any more: the journal ends. */
    public void done() {
        if (!abandoned) {
            abandon();
        }
    }

    /** Whether there is anything in it that a replay would write. */
    public boolean isEmpty() {
        return table == null;
    }

    // ---------------------------------------------------------------- forcing

    /** What has to be forced so that everything accepted so far survives a loss of power; to be run without the conveyor's lock. */
    public static final class Forcing {

        private final List<JournalFile> files;
        private final long upTo;

        private Forcing(List<JournalFile> files, long upTo) {
            this.files = files;
            this.upTo = upTo;
        }

        /** Forces it; blocks for the disk. */
        public void run() {
            files.forEach(JournalFile::force);
        }
    }

    /** What has to be forced now, or null if nothing; under the conveyor's lock. */
    public @Nullable Forcing forcing() {
        if (table == null || synced >= end) {
            return null;
        }
        List<JournalFile> files = new ArrayList<>();
        for (JournalFile file : segments) {
            if (file.end > synced) {
                files.add(file);
            }
        }
        for (JournalFile file : tables) {
            if (file.end > synced) {
                files.add(file);
            }
        }
        return new Forcing(files, end);
    }

    /** It has been forced; under the conveyor's lock. */
    public void forced(Forcing done) {
        if (done.upTo > synced) {
            synced = done.upTo;
            if (table != null) {
                JournalLayout.putLongReleased(entries, JournalLayout.SYNCED_AT, Cell.of(synced, identity));
            }
        }
    }

    /** Everything before it survives a loss of power. */
    public long synced() {
        return synced;
    }
}
