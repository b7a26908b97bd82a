package io.conveyor.core.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * Removes the tables of journals that are done with, and of which nothing is replayed whenever that is interrupted: the last table says that all is done before the
 * first one goes, and goes last itself.
 */
final class DoneTables {

    /** What is done to the files. */
    interface Steps {

        /** Forces what was written into a table to the disk. */
        void force(String name, FileChannel file) throws IOException;

        /** Makes durable which files there are. */
        void forceDirectory() throws IOException;

        /** Deletes a file, if it is there. */
        void delete(String name) throws IOException;
    }

    private final OwnerDirectory owner;
    private final Steps steps;

    DoneTables(OwnerDirectory owner, Steps steps) {
        this.owner = owner;
        this.steps = steps;
    }

    /** Removes all that are in use; those in stock may go in any order. */
    void removeAll() throws IOException {
        Map<Long, List<StoredTable>> byIdentity = new TreeMap<>();
        for (String name : owner.files()) {
            StoredTable table = name.endsWith(".table") ? StoredTable.read(owner, name) : null;
            TableOrigin origin = table == null ? null : table.origin();
            if (origin != null) {
                byIdentity
                        .computeIfAbsent(origin.identity(), identity -> new ArrayList<>())
                        .add(table);
            }
        }
        for (List<StoredTable> journal : byIdentity.values()) {
            remove(journal);
        }
    }

    /** Removes those of one journal; some of them may be gone. */
    void remove(List<StoredTable> journal) throws IOException {
        List<StoredTable> inOrder = new ArrayList<>();
        List<StoredTable> unreadable = new ArrayList<>();
        for (StoredTable table : journal) {
            (table.header() == null ? unreadable : inOrder).add(table);
        }
        inOrder.sort(Comparator.comparing(DoneTables::header, TableHeader.IN_ORDER));
        int last = sayDone(inOrder);
        // without it those that are left might make a whole journal
        for (StoredTable table : unreadable) {
            steps.delete(table.name());
        }
        for (int i = 0; i < inOrder.size(); i++) {
            if (i == last && i > 0 && isPowerLoss(inOrder)) {
                steps.forceDirectory();
            }
            steps.delete(inOrder.get(i).name());
        }
    }

    private static TableHeader header(StoredTable table) {
        return Objects.requireNonNull(table.header());
    }

    private static boolean isPowerLoss(List<StoredTable> tables) {
        return header(tables.get(0)).has(TableHeader.Flag.POWER_LOSS);
    }

    /** Says that all is done in the last table that is there; the result is which that is, or -1 if none is. */
    private int sayDone(List<StoredTable> inOrder) throws IOException {
        int last = inOrder.size() - 1;
        while (last >= 0 && !isThereToSayDone(inOrder.get(last))) {
            last--;
        }
        return last;
    }

    private boolean isThereToSayDone(StoredTable table) throws IOException {
        TableHeader header = header(table);
        ByteBuffer cell = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        cell.putLong(0, Cell.of(Cell.LAST, header.identity()));
        try (FileChannel file = owner.open(table.name())) {
            long to = JournalLayout.RELEASED_AT;
            while (cell.hasRemaining()) {
                to += file.write(cell, to);
            }
            if (header.has(TableHeader.Flag.POWER_LOSS)) {
                steps.force(table.name(), file);
            }
            return true;
        } catch (NoSuchFileException gone) {
            return false;
        }
    }
}
