package io.conveyor.core.journal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * What a storage handle wants to be known by whoever comes after it; kept in two slots of a table, as a {@link Publication} is. Nothing depends on it but how
 * soon, and how tidily, a journal is replayed: one that is damaged counts as none. Immutable.
 */
final class Resumption {

    private static final int LENGTH_AT = 8;
    private static final int CRC_AT = 12;
    private static final int TOKEN_AT = 16;

    /** The longest token that is kept. */
    static final int MOST_BYTES = JournalLayout.RESUME_BYTES - TOKEN_AT;

    static final Resumption NONE = new Resumption(0, new byte[0]);

    private final long sequence;
    private final byte[] token;

    private Resumption(long sequence, byte[] token) {
        this.sequence = sequence;
        this.token = token;
    }

    /** Grows with every change; the slot with the higher one counts. */
    long sequence() {
        return sequence;
    }

    /** A copy of the token; empty for none. */
    byte[] token() {
        return token.clone();
    }

    /** The next one. */
    Resumption then(byte[] next) {
        return new Resumption(sequence + 1, next.length > MOST_BYTES ? new byte[0] : next.clone());
    }

    /** Writes this to the slot that it does not share with its predecessor. */
    void encode(ByteBuffer table, long identity) {
        if (sequence > 0) {
            int at = slotAt(sequence);
            // invalid while it is half written
            JournalLayout.putLongReleased(table, at, 0);
            table.putInt(at + LENGTH_AT, token.length);
            table.putInt(at + CRC_AT, crc(sequence, token, identity));
            table.put(at + TOKEN_AT, token);
            JournalLayout.putLongReleased(table, at, sequence);
        }
    }

    static int slotAt(long sequence) {
        return (sequence & 1) == 0 ? JournalLayout.RESUME_A_AT : JournalLayout.RESUME_B_AT;
    }

    /** What counts in a table; {@link #NONE} if both slots are empty or damaged. */
    static Resumption decode(ByteBuffer table, long identity) {
        Resumption a = decode(table, JournalLayout.RESUME_A_AT, identity);
        Resumption b = decode(table, JournalLayout.RESUME_B_AT, identity);
        return later(later(NONE, a), b);
    }

    /** The later of two. */
    static Resumption later(Resumption a, @Nullable Resumption b) {
        return b != null && b.sequence > a.sequence ? b : a;
    }

    private static @Nullable Resumption decode(ByteBuffer table, int at, long identity) {
        long sequence = table.getLong(at);
        int length = table.getInt(at + LENGTH_AT);
        if (sequence <= 0 || slotAt(sequence) != at || length < 0 || length > MOST_BYTES) {
            return null;
        }
        byte[] token = new byte[length];
        table.get(at + TOKEN_AT, token);
        return table.getInt(at + CRC_AT) == crc(sequence, token, identity) ? new Resumption(sequence, token) : null;
    }

    private static int crc(long sequence, byte[] token, long identity) {
        CRC32C crc = new CRC32C();
        crc.update(ByteBuffer.allocate(16)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(0, sequence)
                .putLong(8, identity));
        crc.update(token);
        return (int) crc.getValue();
    }
}
