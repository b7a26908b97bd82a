package io.conveyor.backend.hdfs;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import io.conveyor.Whence;
import io.conveyor.spi.StorageHandle;
import io.conveyor.testkit.Bytes;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/** The main class of a process that dies while it writes. */
final class DoomedWriter {

    static final int CHUNK_BYTES = 10_000;
    static final int TAG = 5;

    private DoomedWriter() {}

    /** {@code append}: appends and syncs until killed. A step's name: overwrites at an offset, and dies after that step. */
    public static void main(String[] args) throws IOException {
        URI uri = URI.create(args[0]);
        HdfsOptions options = HdfsCluster.options(uri, args[1]).build();
        if (args[3].equals("append")) {
            append(HdfsBackend.create(options), args[2]);
            return;
        }
        StepProbe.Step last = StepProbe.Step.valueOf(args[3]);
        HdfsBackend backend = new HdfsBackend(options, null, step -> {
            if (step == last) {
                Runtime.getRuntime().halt(137);
            }
        });
        try (StorageHandle handle = Handles.open(backend, args[2], READ, WRITE)) {
            Handles.write(handle, Bytes.at(0, 100, TAG), Long.parseLong(args[4]));
            handle.flush();
        }
    }

    private static void append(HdfsBackend backend, String key) throws IOException {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        try (StorageHandle handle = Handles.open(backend, key, WRITE, CREATE)) {
            long offset = handle.lseek(0, Whence.END);
            while (true) {
                Handles.write(handle, Bytes.at(offset, CHUNK_BYTES, TAG), offset);
                handle.sync();
                offset += CHUNK_BYTES;
                out.println("synced " + offset);
            }
        }
    }
}
