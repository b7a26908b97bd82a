package io.conveyor.backend.s3;

import static io.conveyor.backend.s3.S3Fixture.MIB;
import static io.conveyor.backend.s3.S3Fixture.assertSame;
import static io.conveyor.backend.s3.S3Fixture.patched;
import static io.conveyor.backend.s3.S3Fixture.random;
import static io.conveyor.backend.s3.S3Fixture.readAll;
import static io.conveyor.backend.s3.S3Fixture.write;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.ConflictException;
import io.conveyor.spi.StorageHandle;
import io.conveyor.testkit.Concurrently;
import java.util.Set;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.testcontainers.junit.jupiter.Container;
import org.testcontainers.junit.jupiter.Testcontainers;

/** Eight writers on one object of a server whose conditions are atomic, where a container engine has its image. */
@EnabledIf(
        value = "io.conveyor.backend.s3.S3Container#minioIsHere",
        disabledReason = "there is no container engine, or no image of MinIO")
@Testcontainers
class MinioRaceTest {

    @Container
    private static final S3Container SERVER = S3Container.minio();

    @ParameterizedTest(name = "{0} bytes, {1} rounds")
    @CsvSource({"2000, 100", "6291456, 5"})
    void exactlyOneOfEightWritersWins(int size, int rounds) throws Exception {
        try (S3Backend backend = S3Backend.create(SERVER.options().build())) {
            for (int round = 0; round < rounds; round++) {
                race(backend, "object" + round, round % 2 == 0 ? random(round, size) : new byte[0], size);
            }
        }
    }

    private static void race(S3Backend backend, String key, byte[] base, int size) throws Exception {
        if (base.length > 0) {
            try (StorageHandle handle = backend.open(key, Set.of(WRITE, CREATE))) {
                write(handle, base, 0);
                handle.flush();
            }
        }
        int length = base.length > 0 ? 100 : Math.min(size, MIB);
        CyclicBarrier start = new CyclicBarrier(8);
        AtomicInteger winner = new AtomicInteger(-1);
        AtomicInteger winners = new AtomicInteger();
        Concurrently.run(8, index -> {
            try (StorageHandle handle = backend.open(key, Set.of(READ, WRITE, CREATE))) {
                write(handle, random(1000 + index, length), 0);
                start.await();
                try {
                    handle.flush();
                    winners.incrementAndGet();
                    winner.set(index);
                } catch (ConflictException e) {
                    assertSame(S3Fixture.read(handle, 0, length), random(1000 + index, length));
                }
            }
        });
        assertThat(winners).hasValue(1);
        try (StorageHandle handle = backend.open(key, Set.of(READ))) {
            assertSame(readAll(handle), patched(base, random(1000 + winner.get(), length), 0));
        }
    }
}
