package io.conveyor.core.journal;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * What a table says about its journal; the same in all tables of one journal, but for the last two components.
 *
 * @param identity which conveyor it was
 * @param key the object
 * @param store the identity of the store
 * @param flags of {@link Flag}
 * @param segmentBytes how long its segments are
 * @param begun when the journal was begun, in nanoseconds since 1970; one owner gives no number to two journals
 * @param index which table of its journal it is
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

    boolean has(int flag) {
        return (flags & flag) != 0;
    }

    /** The header of a later table of the same journal. */
    TableHeader next(int laterIndex, long laterSequence) {
        return new TableHeader(identity, key, store, flags, segmentBytes, begun, laterIndex, laterSequence);
    }

    /**
     * Reads a header.
     *
     * @throws CorruptJournalException if it is none, of a later version, or damaged
     */
    static TableHeader decode(ByteBuffer table) throws CorruptJournalException {
        if (table.getLong(JournalLayout.MAGIC_AT) != JournalLayout.MAGIC) {
            throw new CorruptJournalException("a table does not begin as one");
        }
        int version = Short.toUnsignedInt(table.getShort(JournalLayout.VERSION_AT));
        if (version < 1 || version > JournalLayout.VERSION) {
            throw new CorruptJournalException("a table has version " + version + " of the layout, and this reads 1 to "
                    + JournalLayout.VERSION + "; a later version of Conveyor can read it");
        }
        int storeLength = Short.toUnsignedInt(table.getShort(JournalLayout.STORE_LENGTH_AT));
        int keyLength = Short.toUnsignedInt(table.getShort(JournalLayout.KEY_LENGTH_AT));
        int flags = Short.toUnsignedInt(table.getShort(JournalLayout.FLAGS_AT));
        int segmentBytes = table.getInt(JournalLayout.SEGMENT_BYTES_AT);
        int index = table.getInt(JournalLayout.INDEX_AT);
        long first = table.getLong(JournalLayout.FIRST_SEQUENCE_AT);
        boolean bounded = storeLength <= JournalLayout.LONGEST_STORE
                && keyLength <= JournalLayout.LONGEST_KEY
                && (flags & ~Flag.ALL) == 0
                && segmentBytes > 0
                && segmentBytes <= JournalLayout.LARGEST_SEGMENT
                && index >= 0
                && first >= 0;
        if (!bounded || table.getInt(JournalLayout.HEADER_CRC_AT) != crc(table, keyLength, storeLength)) {
            throw new CorruptJournalException("a table's header is damaged");
        }
        return new TableHeader(
                table.getLong(JournalLayout.IDENTITY_AT),
                text(table, JournalLayout.KEY_AT, keyLength),
                text(table, JournalLayout.STORE_AT, storeLength),
                flags,
                segmentBytes,
                table.getLong(JournalLayout.BEGUN_AT),
                index,
                first);
    }

    private static String text(ByteBuffer table, int at, int length) {
        byte[] bytes = new byte[length];
        table.get(at, bytes);
        return new String(bytes, UTF_8);
    }

    private static int crc(ByteBuffer table, int keyLength, int storeLength) {
        CRC32C crc = new CRC32C();
        crc.update(table.slice(JournalLayout.MAGIC_AT, JournalLayout.HEADER_CRC_AT - JournalLayout.MAGIC_AT));
        crc.update(table.slice(JournalLayout.STORE_AT, storeLength));
        crc.update(table.slice(JournalLayout.KEY_AT, keyLength));
        return (int) crc.getValue();
    }
}
