package io.conveyor.core.journal;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * What a journal builds on, and what it may have published since.
 *
 * @param sequence grows with every change; the slot with the higher one counts
 * @param basePosition everything before it is in the base version
 * @param baseSize the size of the base version
 * @param baseVersion the base version by {@link #hash}
 * @param intent a publication of everything before it has begun; -1 if none has
 * @param intentSize how long the object will be then
 * @param entrusted everything before it was left to storage, unpublished; 0 if nothing was
 * @param overwrites whether nothing of the base version counts
 */
record Publication(
        long sequence,
        long basePosition,
        long baseSize,
        long baseVersion,
        long intent,
        long intentSize,
        long entrusted,
        boolean overwrites) {

    static final int BYTES = 64;

    private static final int CRC_AT = 56;
    private static final int FLAGS_AT = 60;
    private static final int OVERWRITES = 1;

    /** The base at the beginning. */
    static Publication onto(long size, @Nullable String version) {
        return new Publication(1, 0, size, hash(version), -1, 0, 0, false);
    }

    /** A publication begins. */
    Publication intending(long position, long size) {
        return new Publication(
                sequence + 1, basePosition, baseSize, baseVersion, position, size, entrusted, overwrites);
    }

    /** There is a new base. */
    Publication published(long position, long size, @Nullable String version) {
        return new Publication(sequence + 1, position, size, hash(version), -1, 0, 0, false);
    }

    /** Everything before {@code position} is left to storage. */
    Publication entrusting(long position) {
        return new Publication(
                sequence + 1, basePosition, baseSize, baseVersion, intent, intentSize, position, overwrites);
    }

    /**
     * What was accepted is to be laid onto another version, or on nothing if it was to overwrite one before. Not what was left to storage behind a version that it was appended to: that holds bytes of that one,
     * so nobody is to take it for a part of the other.
     */
    Publication rebased(@Nullable String version) {
        boolean bound = entrusted > 0 && baseSize > 0;
        return onto(version, bound, overwrites);
    }

    /**
     * What was accepted is to take the place of another version. What was there where the entries begin is not in the journal: if anything was, nobody is to take the
     * other version for it.
     */
    Publication overwriting(@Nullable String version) {
        boolean all = baseSize == 0;
        return onto(version, !all, all);
    }

    private Publication onto(@Nullable String version, boolean never, boolean empty) {
        long base = never ? ~hash(version) : hash(version);
        return new Publication(sequence + 1, basePosition, baseSize, base, -1, 0, entrusted, empty);
    }

    /** A version's name in eight bytes; 0 if there is none. */
    static long hash(@Nullable String version) {
        if (version == null) {
            return 0;
        }
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(version.getBytes(UTF_8));
            long hash = ByteBuffer.wrap(digest).order(ByteOrder.LITTLE_ENDIAN).getLong();
            return hash == 0 ? 1 : hash;
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every JVM has SHA-256", impossible);
        }
    }

    /** Writes this to the slot that it does not share with its predecessor. */
    void encode(ByteBuffer table, long identity) {
        int at = slotAt(sequence);
        byte[] slot = encoded(identity);
        // invalid while it is half written
        JournalLayout.putLongReleased(table, at, 0);
        table.put(at + Long.BYTES, slot, Long.BYTES, slot.length - Long.BYTES);
        JournalLayout.putLongReleased(table, at, sequence);
    }

    /** The slot that says this. */
    byte[] encoded(long identity) {
        ByteBuffer slot = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
        slot.putLong(sequence)
                .putLong(basePosition)
                .putLong(baseSize)
                .putLong(baseVersion)
                .putLong(intent + 1)
                .putLong(intentSize)
                .putLong(entrusted);
        slot.putInt(FLAGS_AT, overwrites ? OVERWRITES : 0);
        slot.putInt(CRC_AT, crc(slot, identity));
        return slot.array();
    }

    static int slotAt(long sequence) {
        return (sequence & 1) == 0 ? JournalLayout.SLOT_A_AT : JournalLayout.SLOT_B_AT;
    }

    /** What counts in a table, or null if both slots are empty or damaged. */
    static @Nullable Publication decode(ByteBuffer table, long identity) {
        Publication a = decode(table, JournalLayout.SLOT_A_AT, identity);
        Publication b = decode(table, JournalLayout.SLOT_B_AT, identity);
        return later(a, b);
    }

    static @Nullable Publication later(@Nullable Publication a, @Nullable Publication b) {
        if (a == null || b == null) {
            return a == null ? b : a;
        }
        return a.sequence > b.sequence ? a : b;
    }

    private static @Nullable Publication decode(ByteBuffer table, int at, long identity) {
        ByteBuffer slot = table.slice(at, BYTES).order(ByteOrder.LITTLE_ENDIAN);
        long sequence = slot.getLong(0);
        Publication found = new Publication(
                sequence,
                slot.getLong(8),
                slot.getLong(16),
                slot.getLong(24),
                slot.getLong(32) - 1,
                slot.getLong(40),
                slot.getLong(48),
                slot.getInt(FLAGS_AT) == OVERWRITES);
        boolean valid = sequence > 0
                && slotAt(sequence) == at
                && found.basePosition >= 0
                && found.baseSize >= 0
                && found.intent >= -1
                && found.intentSize >= 0
                && found.entrusted >= 0
                && slot.getInt(CRC_AT) == crc(slot, identity);
        return valid ? found : null;
    }

    private static int crc(ByteBuffer slot, long identity) {
        CRC32C crc = new CRC32C();
        crc.update(slot.slice(0, CRC_AT));
        crc.update(ByteBuffer.allocate(8).putLong(0, identity));
        if (slot.getInt(FLAGS_AT) != 0) {
            // those without flags are as they were before there were any
            crc.update(slot.slice(FLAGS_AT, Integer.BYTES));
        }
        return (int) crc.getValue();
    }
}
