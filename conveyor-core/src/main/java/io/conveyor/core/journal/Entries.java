package io.conveyor.core.journal;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** Writes entries into a table and reads them back. The writing half allocates nothing. */
final class Entries {

    static final int FREE = 0;
    static final int RESERVED = 0x5A17C0DE;
    static final int COMMITTED = 0xC3E8393F;

    private static final byte BYTES = 1;
    private static final byte CUT = 2;
    private static final short MAGIC = 0x4A43;

    private static final int KIND = 4;
    private static final int VERSION = 5;
    private static final int MAGIC_AT = 6;
    private static final int IDENTITY = 8;
    private static final int SEQUENCE = 16;
    private static final int POSITION = 24;
    private static final int OFFSET = 32;
    private static final int LENGTH = 40;
    private static final int SEGMENT = 44;
    private static final int SEGMENT_OFFSET = 48;
    private static final int PAYLOAD_CRC = 52;
    private static final int CRC = 56;

    private Entries() {}

    /**
     * Reserves the entry at {@code at} for bytes that are to be copied. Its number is {@code sequence}, the rest is as in {@link JournalEntry}.
     *
     * @param view a view of the same table, whose position and limit are used
     */
    static void reserve(
            ByteBuffer table,
            ByteBuffer view,
            CRC32C crc,
            int at,
            long identity,
            long sequence,
            long position,
            long offset,
            int length,
            int segment,
            int segmentOffset) {
        table.put(at + KIND, BYTES);
        fill(table, at, identity, sequence, position, offset, length, segment, segmentOffset);
        table.putInt(at + CRC, crc(view, crc, at));
        JournalLayout.putIntReleased(table, at, RESERVED);
    }

    /** Reserves the entry at {@code at} for a cut to {@code size}. */
    static void reserveCut(
            ByteBuffer table,
            ByteBuffer view,
            CRC32C crc,
            int at,
            long identity,
            long sequence,
            long position,
            long size) {
        table.put(at + KIND, CUT);
        fill(table, at, identity, sequence, position, size, 0, 0, 0);
        table.putInt(at + CRC, crc(view, crc, at));
        JournalLayout.putIntReleased(table, at, RESERVED);
    }

    private static void fill(
            ByteBuffer table,
            int at,
            long identity,
            long sequence,
            long position,
            long offset,
            int length,
            int segment,
            int segmentOffset) {
        table.put(at + VERSION, (byte) JournalLayout.VERSION);
        table.putShort(at + MAGIC_AT, MAGIC);
        table.putLong(at + IDENTITY, identity);
        table.putLong(at + SEQUENCE, sequence);
        table.putLong(at + POSITION, position);
        table.putLong(at + OFFSET, offset);
        table.putInt(at + LENGTH, length);
        table.putInt(at + SEGMENT, segment);
        table.putInt(at + SEGMENT_OFFSET, segmentOffset);
    }

    /** Notes the checksum of the bytes, which are copied now. */
    static void payload(ByteBuffer table, int at, int payloadCrc) {
        table.putInt(at + PAYLOAD_CRC, payloadCrc);
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
        if (table.getInt(at + CRC) != crc(table.duplicate(), new CRC32C(), at)
                || table.getShort(at + MAGIC_AT) != MAGIC
                || table.getLong(at + IDENTITY) != header.identity()
                || table.getLong(at + SEQUENCE) != sequence) {
            throw new CorruptJournalException("entry " + sequence + " is damaged");
        }
        byte kind = table.get(at + KIND);
        int version = table.get(at + VERSION);
        if (version < 1 || version > JournalLayout.VERSION || (kind != BYTES && kind != CUT)) {
            throw new CorruptJournalException("entry " + sequence + " is of kind " + kind + " and version " + version
                    + ", which this does not know; a later version of Conveyor may");
        }
        JournalEntry entry = new JournalEntry(
                kind == CUT,
                sequence,
                table.getLong(at + POSITION),
                table.getLong(at + OFFSET),
                table.getInt(at + LENGTH),
                table.getInt(at + SEGMENT),
                table.getInt(at + SEGMENT_OFFSET),
                table.getInt(at + PAYLOAD_CRC));
        requireBounds(entry, header.segmentBytes());
        return entry;
    }

    private static void requireBounds(JournalEntry entry, int segmentBytes) throws CorruptJournalException {
        boolean placed = entry.cut()
                ? entry.length() == 0
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

    private static int crc(ByteBuffer view, CRC32C crc, int at) {
        crc.reset();
        crc.update(view.limit(at + PAYLOAD_CRC).position(at + KIND));
        return (int) crc.getValue();
    }
}
