package io.conveyor.core.journal;

import io.conveyor.core.journal.JournalFile.Kind;
import io.conveyor.core.log.Framing;
import io.conveyor.core.memory.SegmentPool;
import io.conveyor.core.memory.SegmentSource;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
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

    private static final long NO_STREAM = Long.MIN_VALUE;

    private final JournalSpace space;
    private final SegmentPool pool;
    private final TableHeader template;
    private final long identity;

    /** Segments in the order of the log: those it uses, and before them those that are kept. */
    private final ArrayDeque<JournalFile> segments = new ArrayDeque<>();

    /** Tables in order, the last one in use. */
    private final ArrayDeque<JournalFile> tables = new ArrayDeque<>();

    /** The checksum of the last entry's bytes, which goes on if it grows. */
    private final CRC32C crc = new CRC32C();

    /** What is about to go back to the space; empty but for a moment. */
    private final ArrayList<JournalFile> free = new ArrayList<>();

    /** Gives them back where power may be lost; null before the first. */
    private @Nullable GivingBack givingBack;

    /** What a table begins with; null before the first. */
    private @Nullable FreshTable fresh;

    private @Nullable JournalFile table;
    private ByteBuffer entries = ByteBuffer.allocate(0);

    /** The number of the next table. A busy conveyor begins one every few writes, so that it overflows. */
    private int index;

    private long sequence;

    /** The last table that was given back; null if none was. */
    private @Nullable JournalFile retired;

    private @Nullable JournalFile lastSegment;

    /** What is reserved and not committed, in order. */
    private Stretch[] reserved = {new Stretch(), new Stretch()};

    private int reservedCount;

    /** What was accepted last; its entry grows if the next bytes go on where it ends, and {@link #mayGrow}. */
    private Stretch last = new Stretch();

    private boolean mayGrow;

    private long end;
    private long released;
    private long synced;

    /** How far offsets are ahead of log positions, from {@link #streamFrom} on; {@link #NO_STREAM} behind a cut. */
    private long lead = NO_STREAM;

    private long streamFrom;

    /** Whether what was accepted since the last publication lies on another version than it was written onto. */
    private boolean rebased;

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
                space.beginning(),
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
        return file.bytes;
    }

    @Override
    public void release(ByteBuffer segment) {
        leaveLog(segment);
        giveBack(table);
        pool.uncharge(segmentBytes());
    }

    @Override
    public void release(@Nullable ByteBuffer[] ring, int first, int count) {
        for (int i = 0; i < count; i++) {
            leaveLog(Objects.requireNonNull(ring[(first + i) & (ring.length - 1)]));
        }
        giveBack(table);
        pool.uncharge((long) count * segmentBytes());
    }

    private void leaveLog(ByteBuffer segment) {
        JournalFile file = oldestOf(segment);
        file.inLog = false;
        if (lastSegment == file) {
            lastSegment = null;
        }
        if (last.file == file) {
            last.file = null;
            mayGrow = false;
        }
        if (file.end <= released || abandoned) {
            segments.removeFirstOccurrence(file);
            free.add(file);
        }
    }

    /** The log gives segments back in its order, mostly: the first one that it still uses is the one. */
    @SuppressWarnings("ReferenceEquality") // which buffer it is, not what is in it
    private JournalFile oldestOf(ByteBuffer segment) {
        for (JournalFile file : segments) {
            if (file.bytes == segment && file.inLog) {
                return file;
            }
        }
        throw new IllegalStateException("not a segment of this journal");
    }

    /** Gives back what is {@link #free}; {@code saying} is the table that says that it is not needed any more, or null if the last one did. */
    private void giveBack(@Nullable JournalFile saying) {
        if (free.isEmpty()) {
            return;
        }
        JournalFile says = saying == null ? retired : saying;
        try {
            if (says != null && space.isPowerLoss()) {
                inOrder().add(free, says);
            } else {
                giveBackNow();
            }
        } finally {
            free.clear();
        }
    }

    private GivingBack inOrder() {
        GivingBack inOrder = givingBack;
        if (inOrder == null) {
            inOrder = new GivingBack(space);
            givingBack = inOrder;
        }
        return inOrder;
    }

    private void giveBackNow() {
        for (int i = 0; i < free.size(); i++) {
            if (free.get(i).kind == Kind.TABLE) {
                free.get(i).leaveUse();
                free.get(i).forget();
            }
        }
        space.recycle(free);
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
        JournalFile next = stretches <= JournalLayout.ENTRIES ? space.take(Kind.TABLE) : null;
        if (next == null) {
            return false;
        }
        use(next);
        return true;
    }

    private void use(JournalFile next) {
        FreshTable begins = fresh;
        if (begins == null) {
            begins = new FreshTable(template, publication);
            fresh = begins;
        }
        begins.write(next.bytes, index++, sequence, released, synced);
        resumption.encode(next.bytes, identity);
        next.used = 0;
        JournalLayout.putLongReleased(next.bytes, JournalLayout.STATE_AT, JournalLayout.IN_USE);
        tables.addLast(next);
        table = next;
        entries = next.bytes;
        mayGrow = false;
    }

    @Override
    public void reserve(ByteBuffer segment, int at, int length, long logPosition, long offset) {
        if (abandoned) {
            return;
        }
        JournalFile current = Objects.requireNonNull(table, "no room was asked for");
        if (offset - logPosition != lead) {
            lead = offset - logPosition;
            streamFrom = logPosition;
        }
        if (reservedCount > 0 && reserved[reservedCount - 1].logEnd != logPosition) {
            // what was reserved before was not committed: its copy failed
            reservedCount = 0;
        }
        if (reservedCount == reserved.length) {
            reserveMore();
        }
        JournalFile file = fileOf(segment);
        Stretch stretch = reserved[reservedCount];
        stretch.place(file, at, length, logPosition, offset);
        if (reservedCount == 0 && mayGrow && last.isFollowedBy(stretch)) {
            stretch.continueFrom(last);
        } else {
            stretch.begin(JournalLayout.entryAt(current.used));
            Entries.reserve(entries, stretch.entry, identity, sequence, logPosition, offset, file.number, at);
            counted(current);
        }
        reservedCount++;
    }

    /** An entry is reserved, and not before: what could not be written down is none, and the next one takes its place. */
    private void counted(JournalFile current) {
        current.used++;
        sequence++;
    }

    private void reserveMore() {
        reserved = Arrays.copyOf(reserved, 2 * reservedCount);
        for (int i = reservedCount; i < reserved.length; i++) {
            reserved[i] = new Stretch();
        }
    }

    /** The log writes into its newest segment, mostly. */
    @SuppressWarnings("ReferenceEquality") // which buffer it is, not what is in it
    private JournalFile fileOf(ByteBuffer segment) {
        JournalFile file = lastSegment;
        if (file == null || file.bytes != segment) {
            Iterator<JournalFile> newestFirst = segments.descendingIterator();
            do {
                file = newestFirst.next();
            } while (file.bytes != segment);
            lastSegment = file;
        }
        return file;
    }

    @Override
    public void commit() {
        if (abandoned || reservedCount == 0) {
            return;
        }
        for (int i = 0; i < reservedCount; i++) {
            commit(reserved[i]);
        }
        Stretch before = last;
        last = reserved[reservedCount - 1];
        reserved[reservedCount - 1] = before;
        reservedCount = 0;
        mayGrow = true;
        end = last.logEnd;
        Objects.requireNonNull(table).end = end;
    }

    private void commit(Stretch stretch) {
        JournalFile file = Objects.requireNonNull(stretch.file);
        file.end = stretch.logEnd;
        if (!stretch.isContinuation()) {
            crc.reset();
        }
        crc.update(file.view.limit(stretch.until).position(stretch.from));
        Entries.content(entries, stretch.entry, stretch.until - stretch.entryFrom, (int) crc.getValue());
        if (!stretch.isContinuation()) {
            Entries.commit(entries, stretch.entry);
        }
    }

    @Override
    public void cut(long logPosition, long size) {
        if (abandoned) {
            return;
        }
        JournalFile current = Objects.requireNonNull(table, "no room was asked for");
        reservedCount = 0;
        mayGrow = false;
        lead = NO_STREAM;
        int at = JournalLayout.entryAt(current.used);
        Entries.reserveCut(entries, at, identity, sequence, logPosition, size);
        counted(current);
        Entries.content(entries, at, 0, 0);
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
        freeSegments();
        while (Objects.requireNonNull(tables.peekFirst()) != current && tables.getFirst().end <= released) {
            free.add(tables.removeFirst());
        }
        giveBack(current);
    }

    /**
     * Everything before {@code position} is kept by storage, in a form that is not published. Unlike {@link #keepFrom} it never ends the journal, which knows
     * what that form is; and it keeps at least one byte that survives what the journal is to survive, so that where the rest begins is known.
     */
    public void entrust(long position) {
        long most = (space.isPowerLoss() ? Math.min(synced, end) : end) - 1;
        if (!abandoned && table != null && Math.min(position, most) > released) {
            note(publication.entrusting(position));
            keepFrom(Math.min(position, most));
        }
    }

    /**
     * Whether everything since the last publication was appended to the object, in order, so that a position in the log is one in the object; and whether no
     * publication has begun since.
     */
    public boolean isStream() {
        return lead != NO_STREAM
                && !rebased
                && publication.intent() < 0
                && streamFrom <= publication.basePosition()
                && publication.basePosition() + lead == publication.baseSize();
    }

    /** How far offsets are ahead of log positions in a stream. */
    public long lead() {
        return lead;
    }

    /** What the log has given back and nobody needs any more is free. */
    private void freeSegments() {
        JournalFile oldest = segments.peekFirst();
        while (oldest != null && !oldest.inLog && (oldest.end <= released || abandoned)) {
            free.add(segments.removeFirst());
            oldest = segments.peekFirst();
        }
    }

    /** Nothing that is written down is needed any more: gives back the tables, and the segments that the log has given back. */
    private void retire() {
        JournalFile current = table;
        if (current == null) {
            return;
        }
        // the last position only at the end: as long as this table is to be found, it speaks for those after it, too
        long until = abandoned ? Cell.LAST : released;
        JournalLayout.putLongReleased(entries, JournalLayout.RELEASED_AT, Cell.of(until, identity));
        freeSegments();
        free.addAll(tables);
        tables.clear();
        retired = current;
        table = null;
        mayGrow = false;
        giveBack(current);
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
            rebased = false;
            note(publication.published(Math.max(0, position), size, version));
        }
    }

    /** What was accepted is to be laid onto {@code version}, which somebody else has published. */
    public void rebased(@Nullable String version) {
        if (!abandoned) {
            note(publication.rebased(version));
            rebased = true;
        }
    }

    /** What was accepted is to take the place of {@code version}, which somebody else has published. */
    public void overwriting(@Nullable String version) {
        if (!abandoned) {
            note(publication.overwriting(version));
            rebased = true;
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
        if (fresh != null) {
            fresh.buildOn(now);
        }
        if (table != null) {
            now.encode(entries, identity);
        }
    }

    /** Whether storage should be asked to make things durable, so that the journal does not fill up. */
    public boolean wantsSync() {
        return space.isPowerLoss() && wantsRelief();
    }

    /** Whether storage should take over what it can, so that the journal does not fill up. */
    public boolean wantsRelief() {
        return table != null && space.isHalfFull();
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
        freeSegments();
        giveBack(table);
        lastSegment = null;
    }

    /**
     * Everything is where it should be, or is not wanted any more: the journal ends. With power-loss protection that is on the disk then, so that it is not
     * replayed over what a later conveyor of the object makes durable; blocks for the disk. The last table speaks for all before it, and is given back after them.
     */
    public void done() {
        if (!abandoned) {
            JournalFile last = table != null ? table : retired;
            abandon();
            if (space.isPowerLoss() && last != null) {
                forceEnd(last);
            }
        }
    }

    private static void forceEnd(JournalFile last) {
        try {
            last.force();
        } catch (UncheckedIOException | InternalError disk) {
            // tried again before the file is used for anything else, and told of by the space
        }
    }

    /** Whether there is anything in it that a replay would write. */
    public boolean isEmpty() {
        return table == null;
    }

    /** The names of the tables in use, the oldest first; those that are on their way back are none of them. */
    List<String> tables() {
        List<String> names = new ArrayList<>();
        for (JournalFile file : tables) {
            names.add(JournalFile.name(file.number, file.kind.suffix));
        }
        return names;
    }

    /** Whether a replay brings what is in it to storage: of a draft only if its commit has begun. */
    public boolean isWanted() {
        return !isEmpty() && (!template.has(TableHeader.Flag.DRAFT) || publication.intent() >= 0);
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
        // what the disk has promised must not be overwritten
        mayGrow = false;
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

    /**
     * As {@link #forcing}, and what was said last of a publication with it. The entries go first: a table on the disk speaks for those before it.
     */
    public @Nullable Forcing forcingIntent() {
        JournalFile current = table;
        if (current == null) {
            return null;
        }
        Forcing accepted = forcing();
        List<JournalFile> files = accepted == null ? new ArrayList<>() : accepted.files;
        if (!files.contains(current)) {
            files.add(current);
        }
        return new Forcing(files, accepted == null ? synced : accepted.upTo);
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
