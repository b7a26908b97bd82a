package io.conveyor.core.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * For which stores the tables in an owner's directory are, as their headers say. Nobody need have the lock: what cannot be read, or is being written, counts for
 * nobody.
 */
final class TableStores {

    private TableStores() {}

    /** Whether there are tables for other stores, and none for {@code store}. */
    static boolean areOthers(Path owner, String store) {
        boolean others = false;
        try (DirectoryStream<Path> tables = Files.newDirectoryStream(owner, "*.table")) {
            for (Path table : tables) {
                String of = of(table);
                if (store.equals(of)) {
                    return false;
                }
                others |= of != null;
            }
        } catch (IOException | DirectoryIteratorException unreadable) {
            // whoever gets the lock finds out
            return false;
        }
        return others;
    }

    private static @Nullable String of(Path table) {
        if (!Files.isRegularFile(table, LinkOption.NOFOLLOW_LINKS)) {
            return null;
        }
        try (FileChannel file = FileChannel.open(table, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS))) {
            ByteBuffer head = ByteBuffer.allocate(JournalLayout.HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
            StoredJournal.readFully(file, head, 0);
            boolean used = head.getLong(JournalLayout.STATE_AT) == JournalLayout.IN_USE;
            return used ? TableOrigin.decode(head.clear()).store() : null;
        } catch (IOException unreadable) {
            return null;
        }
    }
}
