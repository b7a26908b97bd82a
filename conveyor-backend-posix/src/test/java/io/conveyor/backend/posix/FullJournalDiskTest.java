package io.conveyor.backend.posix;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.conveyor.BackPressureTimeoutException;
import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.ConveyorOptions;
import io.conveyor.JournalOptions;
import io.conveyor.core.Conveyors;
import io.conveyor.testkit.FaultInjectingBackend;
import io.conveyor.testkit.FaultPlan;
import io.conveyor.testkit.Hold;
import io.conveyor.testkit.StorageOperation;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The disk of the journal is full: the writer is told, what was accepted is intact, and writing goes on when there is space again. */
@Timeout(60)
class FullJournalDiskTest {

    private static final int DISK = 2 << 20;
    private static final int BLOCK = 4 << 10;

    @TempDir
    private Path directory;

    private final FaultPlan plan = FaultPlan.create();

    @Test
    void aFullDiskIsAnErrorBeforeAnythingIsAcceptedAndPassesWhenThereIsSpace() throws Exception {
        Path mounted = Files.createDirectory(
                directory.resolve("small"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Path root = Files.createDirectory(directory.resolve("root"));
        try (SmallFileSystem disk = SmallFileSystem.mount(mounted, DISK)) {
            try (ConveyorFactory factory = factory(root, mounted.resolve("journal"))) {
                Hold hold = plan.hold(StorageOperation.PWRITE);
                Conveyor conveyor = factory.open("key", READ, WRITE, CREATE);
                Path ballast = Files.write(mounted.resolve("ballast"), new byte[DISK / 4]);
                long accepted = fill(conveyor);

                BackPressureTimeoutException full = catchThrowableOfType(
                        BackPressureTimeoutException.class, () -> conveyor.write(block(accepted), accepted));
                assertThat(full.getCause()).isInstanceOf(IOException.class);
                assertThat(conveyor.size()).isEqualTo(accepted);
                requireContent(conveyor, accepted);

                Files.delete(ballast);
                long more = fill(conveyor);
                assertThat(more).isGreaterThan(accepted);
                hold.release();
                conveyor.flush();
                requireContent(conveyor, more);
                conveyor.close();
            }
        }
    }

    private ConveyorFactory factory(Path root, Path journal) throws IOException {
        return Conveyors.builder(FaultInjectingBackend.over(
                        PosixBackend.builder().root(root).build(), plan))
                .memoryBudget(8 << 20)
                .options(ConveyorOptions.builder()
                        .writeTimeout(Duration.ofMillis(400))
                        .maxPendingBytes(6 << 20)
                        .build())
                .journal(JournalOptions.builder(journal).build())
                .build();
    }

    /** Writes on from the end until there is no room; answers the size. */
    private static long fill(Conveyor conveyor) throws IOException {
        while (true) {
            long size = conveyor.size();
            try {
                conveyor.write(block(size), size);
            } catch (BackPressureTimeoutException full) {
                return conveyor.size();
            }
        }
    }

    private static ByteBuffer block(long at) {
        byte[] bytes = new byte[BLOCK];
        Arrays.fill(bytes, (byte) (at / BLOCK + 1));
        return ByteBuffer.wrap(bytes);
    }

    private static void requireContent(Conveyor conveyor, long size) throws IOException {
        ByteBuffer found = ByteBuffer.allocate(BLOCK);
        for (long at = 0; at < size; at += BLOCK) {
            conveyor.read(found.clear(), at);
            assertThat(found.flip()).as("at %s", at).isEqualTo(block(at));
        }
    }
}
