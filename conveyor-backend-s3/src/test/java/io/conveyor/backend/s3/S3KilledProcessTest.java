package io.conveyor.backend.s3;

import static io.conveyor.backend.s3.S3Fixture.MIB;
import static io.conveyor.backend.s3.S3Fixture.assertSame;
import static io.conveyor.backend.s3.S3Fixture.random;
import static io.conveyor.backend.s3.S3Fixture.readAll;
import static io.conveyor.backend.s3.S3Fixture.write;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.spi.StorageHandle;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class S3KilledProcessTest {

    private static final Duration ANY_AGE = Duration.ofMinutes(-1);

    @TempDir
    Path directory;

    @Test
    @Timeout(120)
    void aProcessKilledInMidUploadLeavesTheOldVersionAndAnOrphanThatCanBeAborted() throws Exception {
        try (S3ProxyServer server = S3ProxyServer.start()) {
            S3Options.Builder options = server.options();
            try (S3Backend backend = S3Backend.create(options.build())) {
                byte[] old = random(1, 1000);
                try (StorageHandle handle = backend.open("object", Set.of(WRITE, CREATE))) {
                    write(handle, old, 0);
                    handle.flush();
                }

                killInMidUpload(server.endpoint(), options.build().bucket(), backend);

                try (StorageHandle handle = backend.open("object", Set.of(READ))) {
                    assertSame(readAll(handle), old);
                }
                List<S3Orphan> orphans = backend.orphans(ANY_AGE);
                assertThat(orphans).hasSize(1);
                assertThat(orphans.get(0).key()).isEqualTo("object");
                backend.remove(orphans.get(0));
                assertThat(backend.orphans(ANY_AGE)).isEmpty();
                try (var files = Files.list(directory)) {
                    assertThat(files.filter(file -> file.toString().endsWith(".staging")))
                            .as("staging files")
                            .isEmpty();
                }
            }
        }
    }

    private void killInMidUpload(URI endpoint, String bucket, S3Backend backend) throws Exception {
        Process process = ChildProcess.start(
                directory.resolve("child.log"),
                Uploader.class,
                List.of("-Xmx64m"),
                List.of(endpoint.toString(), bucket, directory.toString()));
        try {
            while (backend.orphans(ANY_AGE).isEmpty()) {
                assertThat(process.isAlive())
                        .as("%s", directory.resolve("child.log"))
                        .isTrue();
                LockSupport.parkNanos(20_000_000);
            }
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    }

    /** Streams into the object, and never comes to a commit. */
    static final class Uploader {
        public static void main(String[] arguments) throws Exception {
            S3Backend backend = S3Backend.create(S3ProxyServer.options(URI.create(arguments[0]), arguments[1])
                    .stagingDirectory(Path.of(arguments[2]))
                    .build());
            StorageHandle handle = backend.open("object", Set.of(READ, WRITE));
            write(handle, random(2, 40 * MIB), 0);
            new CountDownLatch(1).await();
        }
    }
}
