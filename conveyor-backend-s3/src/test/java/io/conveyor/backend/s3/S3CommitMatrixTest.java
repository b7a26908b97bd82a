package io.conveyor.backend.s3;

import static io.conveyor.backend.s3.S3Fixture.KEY;
import static io.conveyor.backend.s3.S3Fixture.MIB;
import static io.conveyor.backend.s3.S3Fixture.assertSame;
import static io.conveyor.backend.s3.S3Fixture.patched;
import static io.conveyor.backend.s3.S3Fixture.random;
import static io.conveyor.backend.s3.S3Fixture.readAll;
import static io.conveyor.backend.s3.S3Fixture.write;
import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.StorageException;
import io.conveyor.StorageException.Retry;
import io.conveyor.backend.s3.FakeS3.Fate;
import io.conveyor.spi.StorageHandle;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each request of a commit fails in each way, once or until the network is back. The outcome is always one of: committed and said to be,
 * or not committed and said to be failed and to be tried again; nothing is lost, and the next flush commits.
 */
class S3CommitMatrixTest {

    /** A way to come by something to commit. */
    private record Work(String name, Content before, int offset, Content patch) {

        byte[] after() {
            return patched(before.bytes(), patch.bytes(), offset);
        }

        S3Fixture fixture(int attempts) throws IOException {
            S3Fixture fixture =
                    new S3Fixture(S3Fixture.options().attempts(attempts).throttledAttempts(attempts));
            if (before.length > 0) {
                fixture.store.store(KEY, before.bytes());
            }
            return fixture;
        }

        @Override
        public String toString() {
            return name;
        }
    }

    /** Bytes, made anew each time; of length 0 for an object that is not there. */
    private record Content(int seed, int length) {
        byte[] bytes() {
            return random(seed, length);
        }
    }

    private static final Content NOTHING = new Content(0, 0);
    private static final Content LARGE = new Content(1, 11 * MIB / 2);

    private static final List<Work> WORKS = List.of(
            new Work("a new small object", NOTHING, 0, new Content(2, 1000)),
            new Work("a changed small object", new Content(3, 2000), 500, new Content(4, 100)),
            new Work("a new streamed object", NOTHING, 0, new Content(5, 11 * MIB / 2)),
            new Work("a changed large object", LARGE, 11 * MIB / 2 - 200, new Content(6, 100)),
            new Work("an appended large object", LARGE, 11 * MIB / 2, new Content(7, 6 * MIB)));

    private static final List<Fate> FATES = List.of(
            Fate.NOT_SENT,
            Fate.ANSWER_LOST,
            Fate.SLOW_DOWN,
            Fate.CONFLICT_409,
            Fate.INTERNAL_ERROR_AFTER,
            Fate.SLOW_DOWN_AFTER,
            Fate.REFUSED_412_AFTER);

    /** Work, the request that fails, how, the tries that the backend has, and whether all requests after that fail, too. */
    static Stream<Arguments> matrix() throws IOException {
        List<Arguments> all = new ArrayList<>();
        for (Work work : WORKS) {
            for (int request = 0; request < requests(work); request++) {
                for (Fate fate : FATES) {
                    all.add(Arguments.of(work, Named.of("request " + request, request), fate, 1, false));
                    all.add(Arguments.of(work, Named.of("request " + request, request), fate, 1, true));
                    all.add(Arguments.of(work, Named.of("request " + request, request), fate, 3, false));
                }
            }
        }
        return all.stream();
    }

    static Stream<Arguments> matrixOfOutages() throws IOException {
        return matrix().filter(
                        arguments -> (boolean) Objects.requireNonNull(arguments.get()[4]));
    }

    private static int requests(Work work) throws IOException {
        S3Fixture fixture = work.fixture(1);
        try (StorageHandle handle = fixture.create()) {
            fixture.store.heal();
            write(handle, work.patch().bytes(), work.offset());
            handle.flush();
            return fixture.store.log().size();
        }
    }

    @ParameterizedTest
    @MethodSource("matrix")
    void theOutcomeIsKnownAndNothingIsLost(Work work, int request, Fate fate, int attempts, boolean lasting)
            throws Exception {
        S3Fixture fixture = work.fixture(attempts);
        try (StorageHandle handle = fixture.create()) {
            fixture.store.script(
                    (operation, index) -> index == request || (lasting && index > request) ? fate : Fate.SERVED);
            boolean reported = isCommitted(() -> {
                write(handle, work.patch().bytes(), work.offset());
                handle.flush();
            });
            fixture.store.heal();
            checkOutcome(fixture, work, reported, lasting);

            // What the engine does after clearError: the same bytes once more, then a flush.
            write(handle, work.patch().bytes(), work.offset());
            assertSame(readAll(handle), work.after());
            handle.flush();
            assertSame(fixture.store.content(KEY), work.after());
            handle.flush();
        }
        assertThat(fixture.store.keys()).containsExactly(KEY);
    }

    private static void checkOutcome(S3Fixture fixture, Work work, boolean reported, boolean lasting) {
        boolean committed = Arrays.equals(fixture.store.content(KEY), work.after());
        if (reported) {
            assertThat(committed).as("said to be committed").isTrue();
        } else if (committed) {
            // Nobody could be asked any more; the next flush asks first.
            assertThat(lasting).as("committed, but said to have failed").isTrue();
        } else {
            assertSame(
                    fixture.store.content(KEY),
                    work.before().length() == 0 ? null : work.before().bytes());
        }
    }

    @FunctionalInterface
    private interface Step {
        void run() throws IOException;
    }

    private static boolean isCommitted(Step step) throws IOException {
        try {
            step.run();
            return true;
        } catch (StorageException e) {
            assertThat(e.retry()).as("%s", e).isIn(Retry.SAFE, Retry.OUTCOME_UNKNOWN);
            assertThat(e.key()).contains(KEY);
            return false;
        }
    }

    @ParameterizedTest
    @MethodSource("matrixOfOutages")
    void aFlushThatIsRepeatedAsItIsCommitsOnce(Work work, int request, Fate fate, int attempts, boolean lasting)
            throws Exception {
        S3Fixture fixture = work.fixture(attempts);
        StorageHandle handle = fixture.create();
        fixture.store.script(
                (operation, index) -> index == request || (lasting && index > request) ? fate : Fate.SERVED);
        boolean written = isCommitted(() -> write(handle, work.patch().bytes(), work.offset()));
        boolean flushed = written && isCommitted(handle::flush);
        fixture.store.heal();
        if (written) {
            byte[] seen = fixture.store.content(KEY);
            handle.flush();
            assertSame(fixture.store.content(KEY), work.after());
            if (flushed || Arrays.equals(seen, work.after())) {
                assertThat(fixture.store.log())
                        .as("requests of a flush after the commit")
                        .doesNotContain("PutObject", "CompleteMultipartUpload");
            }
        }
        handle.close();
        if (fate != Fate.ANSWER_LOST && fate != Fate.INTERNAL_ERROR_AFTER && fate != Fate.SLOW_DOWN_AFTER) {
            // A lost answer to CreateMultipartUpload leaves an empty upload that nobody knows the id of.
            assertThat(fixture.store.uploadCount()).isZero();
        }
    }
}
