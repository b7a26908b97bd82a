package io.conveyor.spring.connection;

import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** An object that is written, changed in the middle and read. */
final class Report {

    static final String KEY = "2026/november.txt";

    /** What it is in the end. */
    static final byte[] CONTENT = bytes("what was written, then changed");

    private Report() {}

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Writes it and answers what the store says that it is. */
    static byte[] writeAndRead(ConveyorFactory files) throws IOException {
        files.write(KEY, out -> out.write(ByteBuffer.wrap(bytes("what is written, then changed "))));
        try (Conveyor change = files.open(KEY, READ, WRITE)) {
            change.write(ByteBuffer.wrap(bytes("was written, then changed")), 5);
        }
        try (InputStream in = files.newInputStream(KEY)) {
            return in.readAllBytes();
        }
    }
}
