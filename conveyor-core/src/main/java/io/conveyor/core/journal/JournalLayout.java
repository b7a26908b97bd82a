package io.conveyor.core.journal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Where what lies in a table; the picture is in {@code docs/journal.md}. */
final class JournalLayout {

    static final int VERSION = 1;

    static final int TABLE_BYTES = 64 << 10;
    static final int HEADER_BYTES = 4 << 10;
    static final int ENTRY_BYTES = 64;
    static final int ENTRIES = (TABLE_BYTES - HEADER_BYTES) / ENTRY_BYTES;

    /** The longest segment that is read; those written are at most a quarter of it. */
    static final int LARGEST_SEGMENT = 1 << 20;

    static final long IN_STOCK = 0;
    static final long IN_USE = 0x314C42545659A5C3L;
    static final long MAGIC = 0x314C4E524A595643L;

    static final int STATE_AT = 0;
    static final int MAGIC_AT = 8;
    static final int VERSION_AT = 16;
    static final int STORE_LENGTH_AT = 18;
    static final int KEY_LENGTH_AT = 20;
    static final int FLAGS_AT = 22;
    static final int IDENTITY_AT = 24;
    static final int INDEX_AT = 32;
    static final int SEGMENT_BYTES_AT = 36;
    static final int FIRST_SEQUENCE_AT = 40;
    static final int BEGUN_AT = 48;
    static final int HEADER_CRC_AT = 56;
    static final int RELEASED_AT = 64;
    static final int SYNCED_AT = 72;
    static final int SLOT_A_AT = 128;
    static final int SLOT_B_AT = 192;
    static final int KEY_AT = 256;
    static final int LONGEST_KEY = 1024;
    static final int STORE_AT = KEY_AT + LONGEST_KEY;
    static final int LONGEST_STORE = 2048;
    static final int RESUME_A_AT = STORE_AT + LONGEST_STORE;
    static final int RESUME_BYTES = 384;
    static final int RESUME_B_AT = RESUME_A_AT + RESUME_BYTES;

    private static final VarHandle INT = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private JournalLayout() {}

    /** Stores an int after everything that was stored before. */
    static void putIntReleased(ByteBuffer table, int at, int value) {
        INT.setRelease(table, at, value);
    }

    /** Stores a long after everything that was stored before. */
    static void putLongReleased(ByteBuffer table, int at, long value) {
        LONG.setRelease(table, at, value);
    }

    /** Where an entry begins. */
    static int entryAt(int index) {
        return HEADER_BYTES + index * ENTRY_BYTES;
    }
}
