package io.conveyor.backend.posix;

import io.conveyor.ConveyorFactory;
import io.conveyor.ConveyorOptions;
import io.conveyor.JournalOptions;
import io.conveyor.core.Conveyors;
import io.conveyor.testkit.KillScript;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;

/** A program that writes with a journal, acknowledges each step on its output, and is killed. */
final class JournalledWriter {

    private JournalledWriter() {}

    /** Takes the root, the journal's directory, the seed, the write delay in milliseconds, how the journal is synced, and the work. */
    public static void main(String[] arguments) throws Exception {
        long seed = Long.parseLong(arguments[2]);
        ConveyorFactory factory = factory(
                Path.of(arguments[0]),
                Path.of(arguments[1]),
                Duration.ofMillis(Long.parseLong(arguments[3])),
                JournalOptions.Sync.valueOf(arguments[4]));
        KilledWork.Step step = KilledWork.valueOf(arguments[5]).begin(factory, seed);
        byte[] acknowledgement = "ack\n".getBytes(StandardCharsets.US_ASCII);
        try (OutputStream out = new FileOutputStream(FileDescriptor.out)) {
            while (true) {
                step.take();
                out.write(acknowledgement);
            }
        }
    }

    static ConveyorFactory factory(Path root, Path journal, Duration delay, JournalOptions.Sync sync) throws Exception {
        return Conveyors.builder(PosixBackend.builder().root(root).build())
                .memoryBudget(4 << 20)
                .options(ConveyorOptions.builder().writeDelay(delay).build())
                .journal(JournalOptions.builder(journal)
                        .maxBytes(16 << 20)
                        .sync(sync)
                        // several times in a life, however short
                        .syncInterval(Duration.ofMillis(2))
                        .build())
                .build();
    }

    /** A program that recovers what the other one has left, and is killed, too. */
    static final class Recoverer {

        private Recoverer() {}

        /** Takes the root and the journal's directory. */
        public static void main(String[] arguments) throws Exception {
            System.out.println("begin");
            try (ConveyorFactory factory =
                    factory(Path.of(arguments[0]), Path.of(arguments[1]), Duration.ZERO, JournalOptions.Sync.NONE)) {
                for (int i = 0; i < KilledWork.OBJECTS; i++) {
                    factory.open(KillScript.key(i)).close();
                }
            }
            System.out.println("done");
        }
    }
}
