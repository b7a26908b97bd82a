package io.conveyor.core.journal;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.ConveyorOptions;
import io.conveyor.JournalInfo;
import io.conveyor.JournalOptions;
import io.conveyor.core.Conveyors;
import io.conveyor.spi.StorageBackend;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/** What a process that was killed has left in one owner's directory, to be changed, and found by factories. */
final class Remains {

    private static final long LOOK_NANOS = 200_000;

    private final Path journal;
    private final Map<String, byte[]> files = new LinkedHashMap<>();

    /** The files in use of {@code live} as they are now, in a journal directory that is to be made. */
    Remains(JournalUnderTest live, Path journal) throws IOException {
        this.journal = OwnerDirectory.prepare(journal);
        for (Path file : live.files()) {
            byte[] bytes = Files.readAllBytes(file);
            if (!isZero(bytes)) {
                files.put(file.getFileName().toString(), bytes);
            }
        }
    }

    private static boolean isZero(byte[] bytes) {
        for (byte each : bytes) {
            if (each != 0) {
                return false;
            }
        }
        return true;
    }

    /** The journal directory. */
    Path journal() {
        return journal;
    }

    /** A file's name by how it ends. */
    String name(String suffix) {
        return files.keySet().stream()
                .filter(name -> name.endsWith(suffix))
                .findFirst()
                .orElseThrow();
    }

    /** A copy of the file. */
    byte[] file(String name) {
        byte[] bytes = files.get(name);
        if (bytes == null) {
            throw new IllegalArgumentException("there is no " + name);
        }
        return bytes.clone();
    }

    /** All names. */
    Iterable<String> names() {
        return files.keySet();
    }

    /** Where the files of an owner lie. */
    Path owner(long number) {
        return journal.resolve(String.format("owner-%016x", number));
    }

    /** Leaves the files once more, as those of a process with that number. */
    void leave(long number) throws IOException {
        for (String name : files.keySet()) {
            leave(number, name, file(name));
        }
    }

    /** Leaves one file with other bytes. */
    void leave(long number, String name, byte[] bytes) throws IOException {
        Files.createDirectories(owner(number));
        Files.write(owner(number).resolve(name), bytes);
    }

    /** Deletes what that process has left, if a factory has not. */
    void clear(long number) throws IOException {
        if (Files.exists(owner(number))) {
            try (Stream<Path> left = Files.list(owner(number))) {
                for (Path file : left.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(owner(number));
        }
    }

    /** What is left when everything that can be replayed has been, ten seconds at most. */
    static List<JournalInfo> settled(ConveyorFactory factory) {
        await(() -> factory.journals().stream().allMatch(JournalInfo::needsDecision));
        return factory.journals();
    }

    /** The table as a later version might have written it: whose it is stands where it stood, and everything else is different. */
    static byte[] later(byte[] table, int version, int length) {
        byte[] later = java.util.Arrays.copyOf(table, length);
        java.util.Arrays.fill(later, JournalLayout.RELEASED_AT, JournalLayout.KEY_AT, (byte) 0xA5);
        java.util.Arrays.fill(later, JournalLayout.RESUME_A_AT, length, (byte) 0x5A);
        ByteBuffer view = ByteBuffer.wrap(later).order(ByteOrder.LITTLE_ENDIAN);
        view.putShort(JournalLayout.VERSION_AT, (short) version)
                .putShort(JournalLayout.FLAGS_AT, (short) 0xFFFF)
                .putInt(JournalLayout.INDEX_AT, -1)
                .putInt(JournalLayout.SEGMENT_BYTES_AT, Integer.MAX_VALUE);
        seal(later);
        return later;
    }

    /** Makes the checksum of a changed header right. */
    static void seal(byte[] table) {
        ByteBuffer view = ByteBuffer.wrap(table).order(ByteOrder.LITTLE_ENDIAN);
        CRC32C crc = new CRC32C();
        crc.update(table, 8, 48);
        crc.update(table, 1280, Short.toUnsignedInt(view.getShort(18)));
        crc.update(table, 256, Short.toUnsignedInt(view.getShort(20)));
        view.putInt(56, (int) crc.getValue());
    }

    /** The next factory that looks for journals here. */
    ConveyorFactory next(StorageBackend store) {
        return Conveyors.builder(store)
                .memoryBudget(1 << 20)
                .options(ConveyorOptions.builder()
                        .writeTimeout(Duration.ofSeconds(10))
                        .build())
                .journal(JournalOptions.builder(journal).build())
                .build();
    }

    /** Waits until something has come true, ten seconds at most. */
    static void await(BooleanSupplier come) {
        long began = System.nanoTime();
        while (!come.getAsBoolean()) {
            if (System.nanoTime() - began > 10_000_000_000L) {
                throw new AssertionError("it has not come true");
            }
            // leaves the processor to those who make it true
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }

    /** What an object holds. */
    static String read(ConveyorFactory factory, String key) throws IOException {
        try (Conveyor conveyor = factory.open(key)) {
            ByteBuffer content = ByteBuffer.allocate((int) conveyor.size());
            conveyor.read(content);
            return new String(content.array(), UTF_8);
        }
    }
}
