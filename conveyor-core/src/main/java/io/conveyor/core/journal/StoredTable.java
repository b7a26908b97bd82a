package io.conveyor.core.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import org.jspecify.annotations.Nullable;

/**
 * A table that is not in stock, as its file tells.
 *
 * @param name of its file
 * @param origin whose it is; null if that cannot be believed
 * @param header what it says; null if this cannot read it
 * @param seemingKey the object that it seems to be about; empty if that cannot even be guessed
 * @param fault why this cannot read it; empty if it can
 */
record StoredTable(
        String name, @Nullable TableOrigin origin, @Nullable TableHeader header, String seemingKey, String fault) {

    private static final String CANNOT_BE_READ = "it cannot be read now: ";

    /** Reads the beginning of a table; null if it is in stock. */
    static @Nullable StoredTable read(OwnerDirectory owner, String name) throws ClosedByInterruptException {
        try (FileChannel file = owner.open(name)) {
            return read(file, name);
        } catch (NoSuchFileException noFile) {
            return unreadable(name, "", "a table is not a regular file, or has gone");
        } catch (ClosedByInterruptException interrupted) {
            throw interrupted;
        } catch (CorruptJournalException corrupt) {
            return unreadable(name, "", String.valueOf(corrupt.getMessage()));
        } catch (IOException unreadable) {
            return unreadable(name, "", CANNOT_BE_READ + unreadable);
        }
    }

    private static @Nullable StoredTable read(FileChannel file, String name) throws IOException {
        requireLength(file, JournalLayout.HEADER_BYTES);
        ByteBuffer head = ByteBuffer.allocate(JournalLayout.HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        StoredJournal.readFully(file, head, 0);
        head.clear();
        long state = head.getLong(JournalLayout.STATE_AT);
        if (state == JournalLayout.IN_STOCK) {
            return null;
        }
        TableOrigin origin;
        try {
            origin = TableOrigin.decode(head);
        } catch (CorruptJournalException damaged) {
            return unreadable(name, TableOrigin.seemingKey(head), String.valueOf(damaged.getMessage()));
        }
        try {
            if (state != JournalLayout.IN_USE) {
                throw new CorruptJournalException("a table is in no state that there is");
            }
            TableHeader header = TableHeader.decode(head, origin);
            requireLength(file, JournalLayout.TABLE_BYTES);
            return new StoredTable(name, origin, header, origin.key(), "");
        } catch (CorruptJournalException unknown) {
            return new StoredTable(name, origin, null, origin.key(), String.valueOf(unknown.getMessage()));
        }
    }

    /** Whether it is shorter than that, or longer though all of it is to be known. */
    private static void requireLength(FileChannel file, int bytes) throws IOException {
        long size = file.size();
        if (size < bytes || (bytes == JournalLayout.TABLE_BYTES && size > bytes)) {
            throw new CorruptJournalException("a table has " + size + " bytes instead of " + JournalLayout.TABLE_BYTES);
        }
    }

    private static StoredTable unreadable(String name, String seemingKey, String why) {
        return new StoredTable(name, null, null, seemingKey, why);
    }
}
