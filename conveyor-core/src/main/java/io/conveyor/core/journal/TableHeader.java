package io.conveyor.core.journal;

import java.nio.ByteBuffer;
import java.util.Comparator;

/**
 * What a table says about its journal; the same in all tables of one journal, but for the last two components.
 *
 * @param identity which conveyor it was
 * @param key the object
 * @param store the identity of the store
 * @param flags of {@link Flag}
 * @param segmentBytes how long its segments are
 * @param begun when the journal was begun, in nanoseconds since 1970; one owner gives no number to two journals
 * @param index which table of its journal it is, modulo 2^32
 * @param firstSequence the sequence number of its first entry
 */
record TableHeader(
        long identity,
        String key,
        String store,
        int flags,
        int segmentBytes,
        long begun,
        int index,
        long firstSequence) {

    /** Their order in a journal. A table that never had an entry begins where the next one does; numbers begin anew after 2^32 of them. */
    static final Comparator<TableHeader> IN_ORDER = Comparator.comparingLong(TableHeader::firstSequence)
            .thenComparing(TableHeader::index, (one, other) -> Integer.signum(one - other));

    /** What {@link #flags} may say. */
    static final class Flag {

        /** A whole-object replacement: nothing of it counts without an intent. */
        static final int DRAFT = 1;

        /** The first base does not count: the object begins empty. */
        static final int STARTS_EMPTY = 2;

        /** The synced cell is kept, and what lies behind it may be torn. */
        static final int POWER_LOSS = 4;

        /** The object may have to be created. */
        static final int MAY_CREATE = 8;

        private static final int ALL = 15;

        private Flag() {}
    }

    /** What people call it. */
    String name() {
        return "table " + Integer.toUnsignedString(index);
    }

    boolean has(int flag) {
        return (flags & flag) != 0;
    }

    /** The header of a later table of the same journal. */
    TableHeader next(int laterIndex, long laterSequence) {
        return new TableHeader(identity, key, store, flags, segmentBytes, begun, laterIndex, laterSequence);
    }

    /**
     * Reads what this version says beside its origin.
     *
     * @throws CorruptJournalException if it is of a later version, or says what cannot be
     */
    static TableHeader decode(ByteBuffer table, TableOrigin origin) throws CorruptJournalException {
        if (origin.isLater()) {
            throw new CorruptJournalException(
                    "a table has version " + origin.version() + " of the layout, and this reads 1 to "
                            + JournalLayout.VERSION + "; a later version of Conveyor can read it");
        }
        int flags = Short.toUnsignedInt(table.getShort(JournalLayout.FLAGS_AT));
        int segmentBytes = table.getInt(JournalLayout.SEGMENT_BYTES_AT);
        int index = table.getInt(JournalLayout.INDEX_AT);
        long first = table.getLong(JournalLayout.FIRST_SEQUENCE_AT);
        boolean bounded = (flags & ~Flag.ALL) == 0
                && segmentBytes > 0
                && segmentBytes <= JournalLayout.LARGEST_SEGMENT
                && first >= 0;
        if (!bounded) {
            throw new CorruptJournalException("a table's header says what cannot be");
        }
        return new TableHeader(
                origin.identity(), origin.key(), origin.store(), flags, segmentBytes, origin.begun(), index, first);
    }
}
