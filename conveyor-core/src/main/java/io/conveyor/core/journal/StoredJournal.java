package io.conveyor.core.journal;

import io.conveyor.Extent;
import io.conveyor.core.extent.ExtentIndex;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A journal that nobody writes any more, as its files tell. Everything in them is checked before it is believed. One thread at a time.
 */
public final class StoredJournal {

    /** What came of reading it. */
    public enum Condition {
        /** Nothing in it is needed. */
        DONE,
        /** It can be replayed. */
        WHOLE,
        /** It cannot be trusted from some place on. */
        CORRUPT
    }

    /** Takes entries in order. */
    public interface Visitor {

        /**
         * The next entry.
         *
         * @param bytes what was written, to be consumed before the call returns; empty for a cut
         */
        void accept(JournalEntry entry, ByteBuffer bytes) throws IOException;
    }

    /** A table that can be read. */
    private record Table(String name, TableHeader header) {}

    private static final String CANNOT_BE_READ = "it cannot be read now: ";

    private final OwnerDirectory owner;

    /** All of its tables, also those that cannot be read. */
    private final List<StoredTable> files;

    /** Those that can be read, in order. */
    private final List<Table> tables;

    /** Whose it is; null if that cannot be believed. */
    private final @Nullable TableOrigin origin;

    private final @Nullable TableHeader header;
    private Condition condition = Condition.WHOLE;
    private String detail = "";
    private long released;
    private long synced;
    private @Nullable Publication publication;
    private Resumption resumption = Resumption.NONE;
    private long end;
    private int entries;

    /** How far offsets are ahead of log positions in the first entry that is needed, and so in all of a stream. */
    private long lead;

    private long bytes;

    /** The numbers of the segments that a replay reads. */
    private final Set<Integer> segments = new HashSet<>();

    /** How far entries may be replayed, by sequence number. */
    private long lastSequence = -1;

    /** The journal that {@code files} are of, at least one. */
    private StoredJournal(OwnerDirectory owner, List<StoredTable> files) {
        this.owner = owner;
        this.files = files;
        this.origin = files.get(0).origin();
        this.tables = readable(files);
        this.header = tables.isEmpty() ? null : tables.get(0).header;
    }

    private static List<Table> readable(List<StoredTable> files) {
        List<Table> tables = new ArrayList<>();
        for (StoredTable each : files) {
            TableHeader header = each.header();
            if (header != null) {
                tables.add(new Table(each.name(), header));
            }
        }
        tables.sort(Comparator.comparing(table -> table.header, TableHeader.IN_ORDER));
        return tables;
    }

    // ---------------------------------------------------------------- finding

    /** The journals in an owner's directory, oldest first; those of which nothing is needed, too. */
    public static List<StoredJournal> in(OwnerDirectory owner) throws IOException {
        return in(owner, origin -> true);
    }

    /**
     * The journals of one store in an owner's directory, oldest first; those of which nothing is needed, too. Of those of other stores nothing but the headers is
     * read; if there are any the directory stays when it is removed, and what cannot be read at all may be theirs and is not among the result.
     */
    public static List<StoredJournal> in(OwnerDirectory owner, String store) throws IOException {
        boolean[] others = {false};
        List<StoredJournal> found = in(owner, origin -> {
            boolean wanted = origin.store().equals(store);
            others[0] |= !wanted;
            return wanted;
        });
        if (others[0]) {
            owner.share();
            found.removeIf(journal -> journal.origin == null);
        }
        return found;
    }

    private static List<StoredJournal> in(OwnerDirectory owner, Predicate<TableOrigin> wanted) throws IOException {
        Map<Long, List<StoredTable>> byIdentity = new TreeMap<>();
        List<StoredJournal> found = new ArrayList<>();
        for (String name : owner.files()) {
            StoredTable table = name.endsWith(".table") ? StoredTable.read(owner, name) : null;
            TableOrigin origin = table == null ? null : table.origin();
            if (origin != null && wanted.test(origin)) {
                byIdentity
                        .computeIfAbsent(origin.identity(), identity -> new ArrayList<>())
                        .add(table);
            } else if (table != null && origin == null) {
                found.add(checked(owner, List.of(table)));
            }
        }
        for (List<StoredTable> tables : byIdentity.values()) {
            found.add(checked(owner, tables));
        }
        found.sort(Comparator.comparing(StoredJournal::created));
        return found;
    }

    private static StoredJournal checked(OwnerDirectory owner, List<StoredTable> tables) throws IOException {
        StoredJournal journal = new StoredJournal(owner, tables);
        if (!journal.tables.isEmpty()) {
            journal.check();
        }
        for (StoredTable each : tables) {
            if (each.header() == null) {
                journal.corrupt(each.name() + ": " + each.fault());
            }
        }
        return journal;
    }

    /**
     * Deletes the files in an owner's directory that hold nothing: nobody will use them again. Segments stay if there is a journal of which it cannot be told which it
     * needs.
     *
     * @param found all that {@link #in(OwnerDirectory, String)} has found there
     */
    public static void deleteIdle(OwnerDirectory owner, List<StoredJournal> found) throws IOException {
        if (owner.isShared()) {
            return;
        }
        Set<String> needed = new HashSet<>();
        boolean known = true;
        for (StoredJournal journal : found) {
            if (journal.condition == Condition.DONE) {
                journal.remove();
                continue;
            }
            known &= journal.condition != Condition.CORRUPT;
            journal.files.forEach(table -> needed.add(table.name()));
            journal.segments.forEach(number -> needed.add(JournalFile.name(number, JournalFile.Kind.SEGMENT.suffix)));
        }
        for (String name : owner.files()) {
            if (!needed.contains(name) && (known || !name.endsWith(JournalFile.Kind.SEGMENT.suffix))) {
                owner.delete(name);
            }
        }
    }

    /**
     * What a journal that nobody writes any more says in its owner's directory; null if there is nothing of it. Tables that it has given back are not looked at: they are
     * emptied at this moment, perhaps, or belong to another one.
     */
    public static @Nullable StoredJournal find(OwnerDirectory owner, ConveyorJournal of) throws IOException {
        List<StoredTable> tables = new ArrayList<>();
        for (String name : of.tables()) {
            StoredTable table = StoredTable.read(owner, name);
            if (table != null) {
                tables.add(table);
            }
        }
        // whose it is the first one says
        tables.sort(Comparator.comparing(table -> table.origin() == null));
        return tables.isEmpty() ? null : checked(owner, tables);
    }

    /**
     * Reads it once more: it may have been damaged since.
     *
     * @param ours the journal of this process that it is, or null: of one whose process is dead nothing is on its way back
     * @return what can be replayed of it now
     * @throws CorruptJournalException if nothing of it is there any more, or it cannot be told what is
     */
    public StoredJournal again(@Nullable ConveyorJournal ours) throws IOException {
        TableOrigin of = origin;
        if (ours != null) {
            StoredJournal journal = find(owner, ours);
            if (journal != null && journal.origin != null) {
                return journal;
            }
        } else if (of != null) {
            for (StoredJournal journal : in(owner, other -> other.identity() == of.identity())) {
                if (journal.origin != null) {
                    return journal;
                }
            }
        }
        throw new CorruptJournalException("none of its tables can be read any more");
    }

    private static ByteBuffer content(OwnerDirectory owner, String name) throws IOException {
        try (FileChannel file = owner.open(name)) {
            ByteBuffer content = ByteBuffer.allocate(JournalLayout.TABLE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
            readFully(file, content, 0);
            return content.clear();
        } catch (NoSuchFileException noFile) {
            throw new CorruptJournalException("a table is not a regular file, or has gone");
        }
    }

    static void readFully(FileChannel file, ByteBuffer into, long from) throws IOException {
        long at = from;
        while (into.hasRemaining()) {
            int count = file.read(into, at);
            if (count < 0) {
                throw new CorruptJournalException("a file ended while it was read");
            }
            at += count;
        }
    }

    // ---------------------------------------------------------------- checking

    private void corrupt(@Nullable String why) {
        condition = Condition.CORRUPT;
        detail = String.valueOf(why);
    }

    private void check() throws IOException {
        try {
            checkCells();
            if (released == Cell.LAST && condition == Condition.WHOLE) {
                condition = Condition.DONE;
                return;
            }
            new Walk(true).run((entry, content) -> {
                if (entries == 0) {
                    lead = entry.offset() - entry.logPosition();
                }
                entries++;
                bytes += entry.length();
                end = entry.logEnd();
                lastSequence = entry.sequence();
                if (!entry.cut()) {
                    segments.add(entry.segment());
                }
            });
            requirePromised();
            endIfEmpty();
        } catch (CorruptJournalException why) {
            if (mayBeCut(why)) {
                detail = "the tail was cut at log position " + Math.max(released, end)
                        + ", which the disk had not promised: " + why.getMessage();
                condition = Condition.WHOLE;
                endIfEmpty();
            } else {
                corrupt(why.getMessage());
            }
        } catch (ClosedByInterruptException interrupted) {
            throw interrupted;
        } catch (IOException unreadable) {
            corrupt(CANNOT_BE_READ + unreadable);
        }
        if (condition == Condition.WHOLE && isIncompleteDraft() && resumeToken().length == 0) {
            condition = Condition.DONE;
        }
    }

    private void endIfEmpty() {
        if (entries == 0 && condition == Condition.WHOLE) {
            condition = Condition.DONE;
            if (isPartlyEntrusted()) {
                corrupt("its beginning was left to the store, and nothing is there that says where the rest begins");
            }
        }
    }

    /** Whether what was found may be what a loss of power leaves behind the last bytes that were forced to the disk. */
    private boolean mayBeCut(CorruptJournalException why) {
        return isPowerLoss()
                && !why.isFileMissing()
                && condition == Condition.WHOLE
                && isPromisedThere()
                && publication != null;
    }

    private boolean isPromisedThere() {
        return Math.max(released, end) >= synced;
    }

    /** Entries that are not there at all leave no trace but this one. */
    private void requirePromised() throws CorruptJournalException {
        if (!isPromisedThere()) {
            throw new CorruptJournalException("what was forced to the disk reached log position " + synced
                    + ", and the entries end at " + Math.max(released, end));
        }
    }

    /** Reads the cells and slots of all tables, before it matters which of them are missing. */
    private void checkCells() throws IOException {
        TableHeader first = tables.get(0).header;
        for (Table table : tables) {
            TableHeader each = table.header;
            if (!each.equals(first.next(each.index(), each.firstSequence()))) {
                throw new CorruptJournalException(each.name() + " does not belong here");
            }
            ByteBuffer content = content(owner, table.name);
            released = Math.max(released, cell(content, JournalLayout.RELEASED_AT, each));
            synced = Math.max(synced, cell(content, JournalLayout.SYNCED_AT, each));
            publication = Publication.later(publication, Publication.decode(content, each.identity()));
            resumption = Resumption.later(resumption, Resumption.decode(content, each.identity()));
        }
        if (publication == null) {
            corrupt("what the journal builds on is not to be read");
        }
    }

    /** A cell; 0 if it is damaged, so that the entries may still be looked at. */
    private long cell(ByteBuffer content, int at, TableHeader of) {
        try {
            return Cell.position(content.getLong(at), of.identity());
        } catch (CorruptJournalException damaged) {
            corrupt(of.name() + ": " + damaged.getMessage());
            return 0;
        }
    }

    /** A walk through the entries that are needed. */
    private final class Walk {

        private final boolean verify;
        private final ByteBuffer payload =
                ByteBuffer.allocate(tables.isEmpty() ? 0 : tables.get(0).header.segmentBytes());
        private @Nullable FileChannel segment;
        private int segmentNumber = -1;
        private long expected = -1;
        private long sequence = -1;

        /** The number of the table that comes next. */
        private int next = tables.isEmpty() ? 0 : tables.get(0).header.index();

        /** Whether tables are missing before the next entry, so that the released cell has to cover them. */
        private boolean gap = !tables.isEmpty() && tables.get(0).header.firstSequence() > 0;

        /** Whether those are missing between tables that are there. */
        private boolean between;

        /** What is missing if there is a gap. */
        private String lost = "what came before the first table";

        Walk(boolean verify) {
            this.verify = verify;
        }

        void run(Visitor visitor) throws IOException {
            try {
                for (Table table : tables) {
                    walk(table, visitor);
                }
                // before the first table it is as it should be: nothing was accepted since those before it were done
                // with
                requireNoGap(between);
            } finally {
                closeSegment();
            }
        }

        private void walk(Table table, Visitor visitor) throws IOException {
            ByteBuffer content = content(owner, table.name);
            begin(table.header);
            boolean free = false;
            for (int i = 0; i < JournalLayout.ENTRIES; i++) {
                int at = JournalLayout.entryAt(i);
                int state = Entries.state(content, at);
                if (state == Entries.FREE) {
                    free = true;
                    continue;
                }
                if (free) {
                    throw new CorruptJournalException("entry " + sequence + " is missing");
                }
                if (state == Entries.COMMITTED) {
                    entry(Entries.decode(content, at, table.header, sequence), visitor);
                }
                sequence++;
            }
        }

        private void begin(TableHeader table) throws CorruptJournalException {
            if (table.index() - next < 0) {
                throw new CorruptJournalException(table.name() + " is there twice");
            }
            if (table.index() != next) {
                requireNoGap(between);
                gap = true;
                between = true;
                lost = table.next(next, sequence).name();
                expected = -1;
            } else if (sequence >= 0 && table.firstSequence() != sequence) {
                throw new CorruptJournalException(
                        "entries between " + sequence + " and " + table.firstSequence() + " are missing");
            }
            next = table.index() + 1;
            sequence = table.firstSequence();
        }

        private void requireNoGap(boolean missed) throws CorruptJournalException {
            if (missed) {
                throw CorruptJournalException.missing(lost);
            }
        }

        private void entry(JournalEntry entry, Visitor visitor) throws IOException {
            requireNoGap(gap && entry.logPosition() > released);
            gap = false;
            between = false;
            if (expected >= 0 && entry.logPosition() != expected) {
                throw new CorruptJournalException("entry " + entry.sequence() + " does not follow the one before it");
            }
            expected = entry.logEnd();
            if (entry.logEnd() > released && (verify || entry.sequence() <= lastSequence)) {
                visitor.accept(entry, payloadOf(entry));
            }
        }

        private ByteBuffer payloadOf(JournalEntry entry) throws IOException {
            payload.clear().limit(entry.length());
            if (entry.cut()) {
                return payload;
            }
            readFully(segment(entry.segment()), payload, entry.segmentOffset());
            payload.flip();
            CRC32C crc = new CRC32C();
            crc.update(payload);
            if ((int) crc.getValue() != entry.payloadCrc()) {
                throw new CorruptJournalException("the bytes of entry " + entry.sequence() + " are damaged");
            }
            return payload.rewind();
        }

        private FileChannel segment(int number) throws IOException {
            FileChannel open = segment;
            if (open != null && segmentNumber == number) {
                return open;
            }
            closeSegment();
            try {
                open = owner.open(JournalFile.name(number, JournalFile.Kind.SEGMENT.suffix));
            } catch (NoSuchFileException missing) {
                throw CorruptJournalException.missing("segment " + number);
            }
            segment = open;
            segmentNumber = number;
            if (open.size() != payload.capacity()) {
                throw new CorruptJournalException(
                        "segment " + number + " has " + open.size() + " bytes instead of " + payload.capacity());
            }
            return open;
        }

        private void closeSegment() throws IOException {
            FileChannel open = segment;
            segment = null;
            segmentNumber = -1;
            if (open != null) {
                open.close();
            }
        }
    }

    // ---------------------------------------------------------------- what it says

    /** How it is known to people. */
    public String id() {
        return origin != null
                ? String.format("%016x", origin.identity())
                : "unreadable-" + files.get(0).name().substring(0, 8) + "-" + owner;
    }

    /** The object, or what a damaged header seems to name; empty if that cannot be read. */
    public String key() {
        return files.get(0).seemingKey();
    }

    /** The identity of the store; null if that cannot be read. */
    public @Nullable String store() {
        return origin != null ? origin.store() : null;
    }

    /** What came of reading it. */
    public Condition condition() {
        return condition;
    }

    /** What is wrong with it, or was cut; empty if nothing. */
    public String detail() {
        return detail;
    }

    /** How many entries a replay writes. */
    public int entries() {
        return entries;
    }

    /** How many bytes a replay writes. */
    public long bytes() {
        return bytes;
    }

    /** When its conveyor was opened; the beginning of time if it is too damaged to tell. */
    public Instant created() {
        return origin == null ? Instant.EPOCH : Instant.ofEpochSecond(0, origin.begun());
    }

    /** Whether it replaces the whole object. */
    public boolean isDraft() {
        return header != null && header.has(TableHeader.Flag.DRAFT);
    }

    /** Whether it replaces the whole object, and its end had not been reached: nothing of it is wanted. */
    public boolean isIncompleteDraft() {
        return isDraft() && !isIntended();
    }

    /** What storage is to be told, so that it takes over what was left there; empty for nothing. */
    public synchronized byte[] resumeToken() {
        return resumption.token();
    }

    /**
     * Whether the object begins empty: it was opened so, and storage has nothing since but what was left to it unpublished; or what is there was to be overwritten.
     */
    public boolean startsEmpty() {
        return header != null
                && publication != null
                && (publication.overwrites()
                        || (header.has(TableHeader.Flag.STARTS_EMPTY)
                                && publication.basePosition() == 0
                                && (released == 0 || isPartlyEntrusted())));
    }

    /** Whether the object may have to be created. */
    public boolean mayCreate() {
        return header != null && header.has(TableHeader.Flag.MAY_CREATE) && released == 0;
    }

    /** Whether it is to survive a loss of power. */
    public boolean isPowerLoss() {
        return header != null && header.has(TableHeader.Flag.POWER_LOSS);
    }

    /** Whether the version is the one that the journal builds on. */
    public boolean buildsOn(@Nullable String version) {
        return publication != null && publication.baseVersion() == Publication.hash(version);
    }

    /** Whether a publication had begun of which nothing more is known. */
    public boolean isIntended() {
        return publication != null && publication.intent() >= 0;
    }

    /** How long the object is if the publication that had begun has succeeded. */
    public long intendedSize() {
        return publication == null ? -1 : publication.intentSize();
    }

    /** Whether something that is not published was left to storage, and is not in the journal any more. */
    public boolean isPartlyEntrusted() {
        Publication now = publication;
        return now != null && now.entrusted() > 0 && released > now.basePosition();
    }

    /** Whether something that is not published was left to storage; the journal may have it all the same. */
    public boolean isEntrusted() {
        return publication != null && publication.entrusted() > 0;
    }

    /** Whether the object was empty, or not there, where the entries begin. */
    public boolean beginsAtZero() {
        return publication != null && publication.baseSize() == 0;
    }

    /**
     * Of a stream, the log position of what was written at {@code offset}.
     *
     * @throws CorruptJournalException if that is before everything that the journal holds
     */
    public long positionAt(long offset) throws CorruptJournalException {
        long position = offset - lead;
        if (entries == 0 || position < released) {
            throw new CorruptJournalException("what was left to storage ends at offset " + offset
                    + " of the object, and the journal begins behind that");
        }
        return position;
    }

    /** Where everything it holds ends in the log. */
    public long end() {
        return end;
    }

    /** Everything before it was to be published. */
    public long intendedEnd() {
        return publication == null ? -1 : publication.intent();
    }

    // ---------------------------------------------------------------- using it

    /**
     * Visits, in order, all entries that are needed; of a corrupt journal those before the first bad one.
     *
     * @throws CorruptJournalException if one of them has been damaged since they were checked
     */
    public void forEach(Visitor visitor) throws IOException {
        if (lastSequence < 0) {
            return;
        }
        long[] visited = {-1};
        try {
            new Walk(false).run((entry, content) -> {
                visitor.accept(entry, content);
                visited[0] = entry.sequence();
            });
        } catch (CorruptJournalException damaged) {
            if (visited[0] != lastSequence) {
                throw damaged;
            }
            // what was damaged before lies after the last
        }
        if (visited[0] != lastSequence) {
            throw new CorruptJournalException("entry " + lastSequence + " is missing, and was there before");
        }
    }

    /** The ranges that were written before {@code position}, and what they hold in the end. */
    public Image image(long position) throws IOException {
        Image image = new Image();
        forEach((entry, content) -> {
            if (entry.logPosition() < position) {
                image.add(entry, (int) Math.min(entry.length(), position - entry.logPosition()));
            }
        });
        return image;
    }

    /** Where in the object which part of the log ended up. */
    public static final class Image {

        private final ExtentIndex index = new ExtentIndex();

        private void add(JournalEntry entry, int length) {
            if (entry.cut()) {
                index.remove(entry.offset(), Long.MAX_VALUE);
            } else {
                index.put(entry.offset(), entry.offset() + length, entry.logPosition());
            }
        }

        /** The parts of an entry that nothing later has replaced. */
        public List<Extent> lasting(JournalEntry entry) {
            List<Extent> parts = new ArrayList<>();
            if (!entry.cut()) {
                index.visit(entry.offset(), entry.offset() + entry.length(), (start, end, position) -> {
                    if (position - start == entry.logPosition() - entry.offset()) {
                        parts.add(new Extent(start, end - start));
                    }
                });
            }
            return parts;
        }
    }

    /**
     * Notes that everything in it is about to be published, and that the object will be {@code size} bytes long; durably, if it is to survive a loss of power.
     */
    public void intend(long size) throws IOException {
        if (publication != null) {
            note(publication.intending(end, size), isPowerLoss());
        }
    }

    private void note(Publication next, boolean durably) throws IOException {
        if (!tables.isEmpty()) {
            ByteBuffer slots = ByteBuffer.allocateDirect(JournalLayout.KEY_AT).order(ByteOrder.LITTLE_ENDIAN);
            next.encode(slots, tables.get(0).header.identity());
            int at = Publication.slotAt(next.sequence());
            overwrite(slots.limit(at + Publication.BYTES).position(at), at, durably);
            publication = next;
        }
    }

    /** Notes that everything before {@code position} is published as {@code version}. */
    public void published(long position, long size, @Nullable String version) throws IOException {
        if (publication != null) {
            note(publication.published(position, size, version), false);
        }
    }

    /** Notes what the next one who replays this is to tell storage, if this one does not come to its end. */
    public synchronized void resumeBy(byte[] token) throws IOException {
        if (!tables.isEmpty()) {
            resumption = resumption.then(token);
            ByteBuffer slots =
                    ByteBuffer.allocateDirect(JournalLayout.HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
            resumption.encode(slots, tables.get(0).header.identity());
            int at = Resumption.slotAt(resumption.sequence());
            overwrite(slots.limit(at + JournalLayout.RESUME_BYTES).position(at), at, false);
        }
    }

    private void overwrite(ByteBuffer with, int at, boolean durably) throws IOException {
        try (FileChannel file = owner.open(tables.get(tables.size() - 1).name)) {
            long to = at;
            while (with.hasRemaining()) {
                to += file.write(with, to);
            }
            if (durably) {
                file.force(false);
            }
        }
    }

    /**
     * Says that it is done with, where this can read that, and removes its tables, those that are still there; the segments go with the owner's directory.
     */
    public void remove() throws IOException {
        remove(owner.steps());
    }

    void remove(DoneTables.Steps steps) throws IOException {
        new DoneTables(owner, steps).remove(files);
    }

    /** Whose directory it lies in. */
    public OwnerDirectory owner() {
        return owner;
    }
}
