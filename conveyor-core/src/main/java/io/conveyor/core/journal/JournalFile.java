package io.conveyor.core.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A mapped file of a live journal. Its bytes are used under the lock of the conveyor that has it.
 */
final class JournalFile {

    /** What a file holds. */
    enum Kind {
        TABLE("table"),
        SEGMENT("segment");

        final String suffix;

        Kind(String suffix) {
            this.suffix = suffix;
        }
    }

    private static final int PAGE = 4 << 10;
    private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(JournalLayout.TABLE_BYTES);

    final Kind kind;
    final int number;
    final ByteBuffer bytes;

    /** The same bytes, for whoever needs a position and a limit. */
    final ByteBuffer view;

    private final MappedByteBuffer mapping;
    private final Path path;
    private final JournalDisk disk;

    /** The log position behind the last byte or entry in it; 0 if there is none. */
    long end;

    /** Whether the log still uses it. */
    boolean inLog;

    /** For a table: how many entries were used. */
    int used;

    private JournalFile(Kind kind, int number, MappedByteBuffer mapping, Path path, JournalDisk disk) {
        this.kind = kind;
        this.number = number;
        this.mapping = mapping;
        this.bytes = mapping.order(ByteOrder.LITTLE_ENDIAN);
        this.view = mapping.duplicate();
        this.path = path;
        this.disk = disk;
    }

    static String name(int number, String suffix) {
        return String.format("%08x.%s", number, suffix);
    }

    /** Makes a file of zeros whose blocks exist, and maps it. Not to be called by a thread that somebody may interrupt. */
    static JournalFile create(OwnerDirectory owner, JournalDisk disk, Kind kind, int number, int bytes, boolean durable)
            throws IOException {
        Path inPreparation = owner.path().resolve(name(number, "new"));
        try (FileChannel channel = owner.create(inPreparation)) {
            disk.fill(channel, bytes);
            if (durable) {
                channel.force(true);
            }
            Path path = owner.path().resolve(name(number, kind.suffix));
            MappedByteBuffer mapping = channel.map(FileChannel.MapMode.READ_WRITE, 0, bytes);
            touch(mapping);
            Files.move(inPreparation, path);
            return new JournalFile(kind, number, mapping, path, disk);
        } catch (IOException | RuntimeException | Error failure) {
            try {
                Files.deleteIfExists(inPreparation);
            } catch (IOException suppressed) {
                failure.addSuppressed(suppressed);
            }
            throw failure;
        }
    }

    /** Has every page mapped now, by a thread that has the time. */
    private static void touch(ByteBuffer mapping) {
        for (int at = 0; at < mapping.capacity(); at += PAGE) {
            mapping.put(at, (byte) 0);
        }
    }

    /** For a table: it is in stock from now on. What it held must not be needed any more. */
    void leaveUse() {
        JournalLayout.putLongReleased(bytes, JournalLayout.STATE_AT, JournalLayout.IN_STOCK);
    }

    /** For a table that is in stock: it holds nothing any more. */
    void forget() {
        zero(JournalLayout.HEADER_BYTES, used * JournalLayout.ENTRY_BYTES);
        zero(JournalLayout.SLOT_A_AT, 2 * (JournalLayout.SLOT_B_AT - JournalLayout.SLOT_A_AT));
        zero(JournalLayout.RESUME_A_AT, 2 * JournalLayout.RESUME_BYTES);
    }

    private void zero(int from, int length) {
        bytes.put(from, ZEROS, 0, length);
    }

    /** Forces what was stored to the disk. */
    void force() {
        disk.force(path, mapping);
    }

    void delete() throws IOException {
        Files.deleteIfExists(path);
    }
}
