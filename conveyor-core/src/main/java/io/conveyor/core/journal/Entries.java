package io.conveyor.core.journal;

import java.nio.ByteBuffer;

/** Writes entries into a table and reads them back. The writing half allocates nothing. */
final class Entries {

    static final int FREE = 0;
    static final int RESERVED = 0x5A17C0DE;
    static final int COMMITTED = 0xC3E8393F;

    private static final byte BYTES = 1;
    private static final byte CUT = 2;
    private static final short MAGIC = 0x4A43;

    private static final int KIND = 4;
    private static final int IDENTITY = 8;
    private static final int SEQUENCE = 16;
    private static final int POSITION = 24;
    private static final int OFFSET = 32;
    private static final int SEGMENT = 40;
    private static final int SEGMENT_OFFSET = 44;
    private static final int CONTENT = 48;
    private static final int CHECK = 56;

    private Entries() {}

    /** Reserves the entry at {@code at} for bytes that are to be copied. Its number is {@code sequence}, the rest is as in {@link JournalEntry}. */
    static void reserve(
            ByteBuffer table,
            int at,
            long identity,
            long sequence,
            long position,
            long offset,
            int segment,
            int segmentOffset) {
        head(table, at, BYTES, identity, sequence, position, offset, segment, segmentOffset);
    }

    /** Reserves the entry at {@code at} for a cut to {@code size}. */
    static void reserveCut(ByteBuffer table, int at, long identity, long sequence, long position, long size) {
        head(table, at, CUT, identity, sequence, position, size, 0, 0);
    }

    private static void head(
            ByteBuffer table,
            int at,
            byte kind,
            long identity,
            long sequence,
            long position,
            long offset,
            int segment,
            int segmentOffset) {
        int what = kind | (JournalLayout.VERSION << 8) | (MAGIC << 16);
        table.putInt(at + KIND, what);
        table.putLong(at + IDENTITY, identity);
        table.putLong(at + SEQUENCE, sequence);
        table.putLong(at + POSITION, position);
        table.putLong(at + OFFSET, offset);
        table.putInt(at + SEGMENT, segment);
        table.putInt(at + SEGMENT_OFFSET, segmentOffset);
        table.putInt(at + CHECK, check(what, identity, sequence, position, offset, segment, segmentOffset));
        JournalLayout.putIntReleased(table, at, RESERVED);
    }

    /**
     * Says how many bytes the entry has and what their checksum is; they are copied now. Length and checksum are one word, so that an entry that is committed
     * can grow: a process that is killed leaves it as it was before, or as it is afterwards.
     */
    static void content(ByteBuffer table, int at, int length, int payloadCrc) {
        JournalLayout.putLongReleased(table, at + CONTENT, ((long) payloadCrc << 32) | length);
    }

    /** Accepts what was reserved. */
    static void commit(ByteBuffer table, int at) {
        JournalLayout.putIntReleased(table, at, COMMITTED);
    }

    /**
     * The state of an entry.
     *
     * @throws CorruptJournalException if it is none that there is
     */
    static int state(ByteBuffer table, int at) throws CorruptJournalException {
        int state = table.getInt(at);
        if (state != FREE && state != RESERVED && state != COMMITTED) {
            throw new CorruptJournalException("the entry at " + at + " is in no state that there is");
        }
        return state;
    }

    /**
     * Reads a committed entry.
     *
     * @param sequence the number it must have
     * @throws CorruptJournalException if it is damaged, or belongs to something else
     */
    static JournalEntry decode(ByteBuffer table, int at, TableHeader header, long sequence)
            throws CorruptJournalException {
        int what = table.getInt(at + KIND);
        int check = check(
                what,
                table.getLong(at + IDENTITY),
                table.getLong(at + SEQUENCE),
                table.getLong(at + POSITION),
                table.getLong(at + OFFSET),
                table.getInt(at + SEGMENT),
                table.getInt(at + SEGMENT_OFFSET));
        if (table.getInt(at + CHECK) != check
                || what >>> 16 != MAGIC
                || table.getLong(at + IDENTITY) != header.identity()
                || table.getLong(at + SEQUENCE) != sequence) {
            throw new CorruptJournalException("entry " + sequence + " is damaged");
        }
        int kind = what & 0xFF;
        int version = (what >>> 8) & 0xFF;
        if (version < 1 || version > JournalLayout.VERSION || (kind != BYTES && kind != CUT)) {
            throw new CorruptJournalException("entry " + sequence + " is of kind " + kind + " and version " + version
                    + ", which this does not know; a later version of Conveyor may");
        }
        long content = table.getLong(at + CONTENT);
        JournalEntry entry = new JournalEntry(
                kind == CUT,
                sequence,
                table.getLong(at + POSITION),
                table.getLong(at + OFFSET),
                (int) content,
                table.getInt(at + SEGMENT),
                table.getInt(at + SEGMENT_OFFSET),
                (int) (content >>> 32));
        requireBounds(entry, header.segmentBytes());
        return entry;
    }

    private static void requireBounds(JournalEntry entry, int segmentBytes) throws CorruptJournalException {
        boolean placed = entry.cut()
                ? entry.length() == 0 && entry.payloadCrc() == 0
                : entry.length() > 0
                        && entry.segmentOffset() >= 0
                        && entry.segmentOffset() <= segmentBytes - entry.length();
        boolean inside = entry.offset() >= 0
                && entry.offset() <= Long.MAX_VALUE - entry.length()
                && entry.logPosition() >= 0
                && entry.logPosition() < Cell.LAST - entry.length();
        if (!placed || !inside) {
            throw new CorruptJournalException("entry " + entry.sequence() + " lies outside its segment or any object");
        }
    }

    /**
     * Checks an entry's head, by values that the processor has at hand: to read back with wider loads what was stored a moment ago costs more than all of it. A
     * change of one word always changes the 64 bits that are mixed, of which 32 are kept.
     */
    private static int check(
            int what, long identity, long sequence, long position, long offset, int segment, int segmentOffset) {
        long mixed = mix(what, identity);
        mixed = mix(mixed, sequence);
        mixed = mix(mixed, position);
        mixed = mix(mixed, offset);
        return (int) mix(mixed, ((long) segmentOffset << 32) | Integer.toUnsignedLong(segment));
    }

    /** A round of multiply and shift; the number is the golden ratio's, as in SplitMix64. */
    private static long mix(long mixed, long word) {
        long product = (mixed ^ word) * 0x9E3779B97F4A7C15L;
        return product ^ (product >>> 32);
    }
}
