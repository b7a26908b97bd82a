package io.conveyor.core.journal;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Whose table it is. This stands at the same place in every version of the layout, so that a reader that is older than a table knows whose object it must not
 * let anybody write.
 *
 * @param version of the layout of all the rest
 * @param identity which conveyor it was
 * @param key the object
 * @param store the identity of the store
 * @param begun when the journal was begun, in nanoseconds since 1970
 */
record TableOrigin(int version, long identity, String key, String store, long begun) {

    /**
     * Reads it from the first {@link JournalLayout#HEADER_BYTES} of a table.
     *
     * @throws CorruptJournalException if it is none, or damaged; what it says cannot be believed then
     */
    static TableOrigin decode(ByteBuffer table) throws CorruptJournalException {
        if (table.getLong(JournalLayout.MAGIC_AT) != JournalLayout.MAGIC) {
            throw new CorruptJournalException("a table does not begin as one");
        }
        int storeLength = Short.toUnsignedInt(table.getShort(JournalLayout.STORE_LENGTH_AT));
        int keyLength = Short.toUnsignedInt(table.getShort(JournalLayout.KEY_LENGTH_AT));
        String key = text(table, JournalLayout.KEY_AT, keyLength, JournalLayout.LONGEST_KEY);
        String store = text(table, JournalLayout.STORE_AT, storeLength, JournalLayout.LONGEST_STORE);
        int version = Short.toUnsignedInt(table.getShort(JournalLayout.VERSION_AT));
        if (key == null
                || store == null
                || version == 0
                || table.getInt(JournalLayout.HEADER_CRC_AT) != crc(table, keyLength, storeLength)) {
            throw new CorruptJournalException("a table's header is damaged");
        }
        return new TableOrigin(
                version, table.getLong(JournalLayout.IDENTITY_AT), key, store, table.getLong(JournalLayout.BEGUN_AT));
    }

    /** The key that a damaged header seems to name; empty if none is to be read there. */
    static String seemingKey(ByteBuffer table) {
        int length = Short.toUnsignedInt(table.getShort(JournalLayout.KEY_LENGTH_AT));
        String key = text(table, JournalLayout.KEY_AT, length, JournalLayout.LONGEST_KEY);
        return key == null ? "" : key;
    }

    /** Whether only a later version of Conveyor can read the rest. */
    boolean isLater() {
        return version > JournalLayout.VERSION;
    }

    private static @Nullable String text(ByteBuffer table, int at, int length, int most) {
        try {
            return length > most
                    ? null
                    : UTF_8.newDecoder().decode(table.slice(at, length)).toString();
        } catch (CharacterCodingException noText) {
            return null;
        }
    }

    private static int crc(ByteBuffer table, int keyLength, int storeLength) {
        CRC32C crc = new CRC32C();
        crc.update(table.slice(JournalLayout.MAGIC_AT, JournalLayout.HEADER_CRC_AT - JournalLayout.MAGIC_AT));
        crc.update(table.slice(JournalLayout.STORE_AT, storeLength));
        crc.update(table.slice(JournalLayout.KEY_AT, keyLength));
        return (int) crc.getValue();
    }
}
