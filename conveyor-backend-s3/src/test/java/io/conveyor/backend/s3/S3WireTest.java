package io.conveyor.backend.s3;

import static io.conveyor.backend.s3.S3Fixture.MIB;
import static io.conveyor.backend.s3.S3Fixture.assertSame;
import static io.conveyor.backend.s3.S3Fixture.random;
import static io.conveyor.backend.s3.S3Fixture.read;
import static io.conveyor.backend.s3.S3Fixture.write;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.spi.StorageHandle;
import io.conveyor.testkit.Bytes;
import java.nio.file.Path;
import java.util.Set;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What travels when little of a large object changes, counted on the server's side of the wire. The object has 96 MiB; with {@code
 * -Dconveyor.s3.large-mib=1024} it has a gibibyte, and no more travels.
 */
@ParameterizedClass
@EnumSource(
        value = S3Checksum.class,
        names = {"MD5", "CRC32C", "CRC32"})
class S3WireTest {

    private static final String KEY = "large";
    private static final long SIZE = Long.getLong("conveyor.s3.large-mib", 96) * MIB;
    private static final int TAG = 5;

    private final S3Checksum checksum;

    @TempDir
    Path directory;

    private S3ProxyServer server;
    private CountingWire wire;
    private S3Backend backend;

    S3WireTest(S3Checksum checksum) {
        this.checksum = checksum;
    }

    @BeforeEach
    void storeALargeObject() throws Exception {
        server = S3ProxyServer.start(new FilesystemNio2BlobStore(directory.toString()));
        wire = new CountingWire(server.endpoint());
        backend = S3Backend.create(server.options()
                .client(null)
                .endpoint(wire.endpoint())
                .checksum(checksum)
                .stagingDirectory(directory)
                .build());
        try (StorageHandle handle = backend.open(KEY, Set.of(WRITE, CREATE))) {
            for (long offset = 0; offset < SIZE; offset += 8 * MIB) {
                write(handle, Bytes.at(offset, 8 * MIB, TAG), offset);
            }
            handle.flush();
        }
    }

    @AfterEach
    void stop() throws Exception {
        backend.close();
        wire.close();
        server.close();
    }

    @Test
    void changingAHundredBytesInTheMiddleMovesOnePart() throws Exception {
        long offset = SIZE / 2 + 12345;
        assertMovesLittle(offset);

        try (StorageHandle handle = backend.open(KEY, Set.of(READ))) {
            assertSame(read(handle, offset - 50, 50), Bytes.at(offset - 50, 50, TAG));
            assertSame(read(handle, offset, 100), random(1, 100));
            assertSame(read(handle, offset + 100, 50), Bytes.at(offset + 100, 50, TAG));
            assertSame(read(handle, SIZE - 100, 200), Bytes.at(SIZE - 100, 100, TAG));
        }
    }

    @Test
    void appendingAHundredBytesMovesNextToNothing() throws Exception {
        assertMovesLittle(SIZE);

        try (StorageHandle handle = backend.open(KEY, Set.of(READ))) {
            assertSame(read(handle, SIZE - 100, 100), Bytes.at(SIZE - 100, 100, TAG));
            assertSame(read(handle, SIZE, 200), random(1, 100));
        }
    }

    private void assertMovesLittle(long offset) throws Exception {
        long up = wire.up();
        long down = wire.down();
        try (StorageHandle handle = backend.open(KEY, Set.of(READ, WRITE))) {
            write(handle, random(1, 100), offset);
            handle.flush();
        }
        System.out.printf(
                "100 bytes at %d of %d MiB: %d bytes sent, %d fetched%n",
                offset, SIZE / MIB, wire.up() - up, wire.down() - down);
        assertThat(wire.up() - up).as("bytes sent").isLessThan(16L * MIB);
        assertThat(wire.down() - down).as("bytes fetched").isLessThan(16L * MIB);
    }
}
