package io.conveyor.core;

import static io.conveyor.ConveyorOpenOption.ATOMIC_REPLACE;
import static io.conveyor.testkit.StorageOperation.COMMIT;
import static io.conveyor.testkit.StorageOperation.PWRITE;
import static io.conveyor.testkit.StorageOperation.SYNC;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorOptions;
import io.conveyor.Extent;
import io.conveyor.JournalOptions;
import io.conveyor.JournalOptions.Sync;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import io.conveyor.WriteBehindException;
import io.conveyor.testkit.Bytes;
import io.conveyor.testkit.Hold;
import io.conveyor.testkit.StorageOperation;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A close that could not store everything says what is missing, and what of that is still kept; so does the conveyor afterwards. */
@Timeout(60)
class MissingAfterCloseTest {

    @RegisterExtension
    final OneConveyor one = new OneConveyor();

    @TempDir
    private Path directory;

    @BeforeEach
    void storesAnOldVersion() {
        one.memory.put(OneConveyor.KEY, Bytes.of("old"));
    }

    private void journalled(Sync sync) {
        one.builder(builder -> builder.journal(
                JournalOptions.builder(directory.resolve("journal")).sync(sync).build()));
    }

    private static void assertMissing(WriteBehindException failure, long retained) {
        assertThat(failure.unwritten()).containsExactly(new Extent(0, 5));
        assertThat(failure.unwrittenBytes()).isEqualTo(5);
        assertThat(failure.retainedBytes()).isEqualTo(retained);
    }

    private static void assertMissingAfterClose(Conveyor conveyor, long retained) {
        assertMissing(catchThrowableOfType(WriteBehindException.class, conveyor::close), retained);
        assertMissing(conveyor.failure().orElseThrow(), retained);
    }

    private Conveyor written(OpenOption... options) throws Exception {
        Conveyor conveyor = one.open(options);
        conveyor.write(Bytes.buffer("hello"), 0);
        return conveyor;
    }

    private void breakAll(StorageOperation operation) {
        one.plan.on(operation).always().failWith(Kind.IO, Retry.NEVER);
    }

    // ---------------------------------------------------------------- without a journal

    @Test
    void nothingIsKeptOfWhatCouldNotBeWritten() throws Exception {
        breakAll(PWRITE);

        assertMissingAfterClose(written(WRITE, CREATE), 0);
    }

    @Test
    void nothingIsKeptOfADraftWhoseCommitFailed() throws Exception {
        breakAll(COMMIT);

        assertMissingAfterClose(written(WRITE, ATOMIC_REPLACE), 0);
    }

    @Test
    void aReplacementWhoseCommitFailedSaysWhatIsMissing() {
        breakAll(COMMIT);

        WriteBehindException failure = catchThrowableOfType(
                WriteBehindException.class,
                () -> one.factory().write(OneConveyor.KEY, draft -> draft.write(Bytes.buffer("hello"))));

        assertMissing(failure, 0);
    }

    @Test
    void aCommitThatHasNotEndedInTimeMayNotHaveStoredAnything() throws Exception {
        Hold hold = one.plan.on(COMMIT).next().hold();
        Conveyor conveyor = one.open(
                ConveyorOptions.builder().closeTimeout(Duration.ofMillis(100)).build(), WRITE, ATOMIC_REPLACE);
        conveyor.write(Bytes.buffer("hello"), 0);

        assertMissingAfterClose(conveyor, 0);

        hold.release();
    }

    @Test
    void aConveyorThatWasClosedWellHasNoFailure() throws Exception {
        Conveyor conveyor = written(WRITE, CREATE);

        conveyor.close();

        assertThat(conveyor.failure()).isEmpty();
    }

    @Test
    void aConveyorThatWasAbortedWithoutAFailureHasNone() throws Exception {
        Conveyor conveyor = written(WRITE, ATOMIC_REPLACE);

        conveyor.abort();

        assertThat(conveyor.failure()).isEmpty();
    }

    // ---------------------------------------------------------------- with a journal

    @Test
    void theJournalKeepsWhatCouldNotBeWritten() throws Exception {
        journalled(Sync.NONE);
        breakAll(PWRITE);

        assertMissingAfterClose(written(WRITE, CREATE), 5);
    }

    @Test
    void theJournalKeepsADraftWhoseCommitHadBegun() throws Exception {
        journalled(Sync.NONE);
        breakAll(COMMIT);

        assertMissingAfterClose(written(WRITE, ATOMIC_REPLACE), 5);
    }

    @Test
    void theJournalDropsADraftWhoseCommitHadNotBegun() throws Exception {
        journalled(Sync.NONE);
        breakAll(PWRITE);

        assertMissingAfterClose(written(WRITE, ATOMIC_REPLACE), 0);
    }

    @Test
    void theJournalDropsWhatWasAborted() throws Exception {
        journalled(Sync.NONE);
        breakAll(PWRITE);
        Conveyor conveyor = written(WRITE, CREATE);
        assertThatThrownBy(conveyor::flush).isInstanceOf(WriteBehindException.class);

        conveyor.abort();

        assertMissing(conveyor.failure().orElseThrow(), 0);
    }

    @Test
    void aJournalThatSurvivesALossOfPowerKeepsWhatAFailedSyncMayHaveLost() throws Exception {
        journalled(Sync.EVERY_WRITE);
        breakAll(SYNC);
        Conveyor conveyor = written(READ, WRITE, CREATE);
        assertThatThrownBy(conveyor::sync).isInstanceOf(WriteBehindException.class);
        assertMissing(conveyor.failure().orElseThrow(), 0);

        assertMissingAfterClose(conveyor, 5);
    }

    @Test
    void anotherJournalHasLetGoWhatAFailedSyncMayHaveLost() throws Exception {
        journalled(Sync.NONE);
        breakAll(SYNC);
        Conveyor conveyor = written(READ, WRITE, CREATE);
        assertThatThrownBy(conveyor::sync).isInstanceOf(WriteBehindException.class);

        assertMissingAfterClose(conveyor, 0);
    }
}
