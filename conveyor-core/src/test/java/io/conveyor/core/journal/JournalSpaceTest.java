package io.conveyor.core.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.core.journal.JournalFile.Kind;
import io.conveyor.testkit.Concurrently;
import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Which files there are, within the bound on all of them. */
class JournalSpaceTest {

    private static final int SEGMENT = JournalUnderTest.SEGMENT;
    private static final int TABLE = JournalLayout.TABLE_BYTES;
    private static final long MOST = 4L * (SEGMENT + TABLE);

    @TempDir
    private Path directory;

    private JournalUnderTest live;

    @BeforeEach
    void open() throws IOException {
        live = new JournalUnderTest(directory.resolve("journal"), 0, false, MOST);
    }

    @AfterEach
    void close() throws IOException {
        live.close();
    }

    /** All files of a kind that can be had; one more is made, at once, after each try that was in vain. */
    private List<JournalFile> takeAll(Kind kind) {
        List<JournalFile> all = new ArrayList<>();
        for (int misses = 0; misses < 2; ) {
            JournalFile file = live.space.take(kind);
            if (file == null) {
                misses++;
            } else {
                all.add(file);
                misses = 0;
            }
        }
        return all;
    }

    private void requireBound() throws IOException {
        long bytes = 0;
        for (Path file : live.files()) {
            bytes += java.nio.file.Files.size(file);
        }
        assertThat(live.space.allocatedBytes()).isEqualTo(bytes).isLessThanOrEqualTo(MOST);
    }

    @Test
    void idleSegmentsGoWhenThereIsNoRoomForATable() throws IOException {
        List<JournalFile> segments = takeAll(Kind.SEGMENT);
        assertThat(segments).hasSize((int) (MOST / SEGMENT));
        segments.forEach(live.space::recycle);
        assertThat(takeAll(Kind.TABLE)).hasSize((int) (MOST / TABLE));
        requireBound();
    }

    @Test
    void idleTablesGoWhenThereIsNoRoomForASegment() throws IOException {
        List<JournalFile> tables = takeAll(Kind.TABLE);
        assertThat(tables).hasSize((int) (MOST / TABLE));
        tables.forEach(live.space::recycle);
        assertThat(takeAll(Kind.SEGMENT)).hasSize((int) (MOST / SEGMENT));
        requireBound();
    }

    @Test
    void whatIsInUseStays() throws IOException {
        List<JournalFile> segments = takeAll(Kind.SEGMENT);
        segments.subList(0, 15).forEach(live.space::recycle);
        assertThat(takeAll(Kind.TABLE)).isEmpty();
        assertThat(takeAll(Kind.SEGMENT)).hasSize(15);
        requireBound();
    }

    @Test
    @Timeout(20)
    void closingDoesNotWaitForADiskThatDoesNotAnswer() throws Exception {
        CountDownLatch making = new CountDownLatch(1);
        CountDownLatch answer = new CountDownLatch(1);
        OwnerDirectory owner = OwnerDirectory.create(directory.resolve("journal"), () -> 7, false);
        JournalSpace hanging =
                new JournalSpace(owner, silent(making, answer), live.surroundings, SEGMENT, MOST, MOST, false);
        Concurrently.Started<Boolean> maker = Concurrently.start(() -> {
            hanging.prepare();
            return true;
        });
        making.await();
        // deaf to interrupts: who waits for it must not be
        Concurrently.Started<Boolean> closing = Concurrently.start(() -> {
            hanging.close(false, Duration.ofMillis(1));
            return true;
        });
        assertThat(closing.result()).isTrue();
        assertThat(owner.path()).exists();
        // the lock was given back
        assertThat(OwnerDirectory.dead(directory.resolve("journal"), JournalUnderTest.STORE))
                .singleElement()
                .satisfies(OwnerDirectory::remove);
        answer.countDown();
        assertThat(maker.result()).isTrue();
    }

    /** A disk that says when it is asked for a file, and answers late, and badly. */
    private static JournalDisk silent(CountDownLatch making, CountDownLatch answer) {
        return new JournalDisk() {
            @Override
            public void fill(FileChannel file, int bytes) throws IOException {
                making.countDown();
                awaitForever(answer);
                throw new IOException("it answers at last");
            }

            @Override
            public void force(Path file, MappedByteBuffer mapping) {
                REAL.force(file, mapping);
            }
        };
    }

    private static void awaitForever(CountDownLatch latch) {
        boolean done = false;
        while (!done) {
            try {
                latch.await();
                done = true;
            } catch (InterruptedException deaf) {
                // as a disk is
            }
        }
    }
}
