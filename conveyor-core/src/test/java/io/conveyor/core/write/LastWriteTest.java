package io.conveyor.core.write;

import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.core.log.CountedSegments;
import io.conveyor.core.log.WriteLog;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** The write behind which the next call publishes is handed out as the last one, and no other. */
class LastWriteTest {

    private static final int GRANULE = 8;

    /** A store whose flush publishes a version. */
    private final WriteBehind writes = writes(true, true, false);

    private static WriteBehind writes(boolean flushCall, boolean atomicCommit, boolean draft) {
        WriteTraits traits = new WriteTraits(
                4, flushCall, false, false, false, false, atomicCommit, draft, GRANULE, GRANULE, 1000, 100);
        return new WriteBehind(traits, new WriteLog(new CountedSegments(16, 100)), 0, false, offset -> 0);
    }

    private static void accept(WriteBehind writes, int length) {
        assertThat(writes.accept(ByteBuffer.allocate(length), 0, length, writes.size()))
                .isTrue();
    }

    private static Claim next(WriteBehind writes) {
        return Objects.requireNonNull(writes.next());
    }

    @Test
    void theLastOneBeforeAFlushThatPublishesIsIt() {
        accept(writes, 2 * GRANULE + 1);
        writes.wantVisible(writes.accepted());

        assertThat(next(writes).isLast()).isFalse();
        assertThat(next(writes).isLast()).isFalse();
        assertThat(next(writes).isLast()).isTrue();
    }

    @Test
    void whatIsAcceptedAfterTheFlushWasAskedForIsBehindIt() {
        accept(writes, 5);
        writes.wantVisible(writes.accepted());
        assertThat(writes.hasWork(false)).isTrue();
        accept(writes, 2);

        Claim last = next(writes);

        assertThat(last.length()).isEqualTo(5);
        assertThat(last.isLast()).isTrue();
    }

    @Test
    void theOneBehindAPublicationIsNot() {
        accept(writes, 5);
        writes.wantVisible(writes.accepted());
        writes.succeeded(next(writes), 0, 0);
        writes.succeeded(next(writes), 0, 0);
        accept(writes, GRANULE);

        assertThat(next(writes).isLast()).isFalse();
    }

    @Test
    void whatIsDrivenWithoutAFlushIsNot() {
        accept(writes, 5);
        writes.drive(writes.accepted());

        assertThat(next(writes).isLast()).isFalse();
    }

    @Test
    void aCutIsNot() {
        accept(writes, 5);
        writes.drive(writes.accepted());
        writes.succeeded(next(writes), 0, 0);
        writes.acceptCut(2);
        writes.wantVisible(writes.accepted());

        Claim cut = next(writes);

        assertThat(cut.kind()).isEqualTo(Claim.Kind.CUT);
        assertThat(cut.isLast()).isFalse();
    }

    @Test
    void aFlushThatPublishesNoVersionHasNone() {
        WriteBehind files = writes(true, false, false);
        accept(files, 5);
        files.wantVisible(files.accepted());

        assertThat(next(files).isLast()).isFalse();
    }

    @Test
    void theLastOneOfADraftIsItWhenTheCommitIsExpected() {
        WriteBehind draft = writes(false, false, true);
        accept(draft, GRANULE + 1);
        draft.expectCommit();
        draft.drive(draft.accepted());

        assertThat(next(draft).isLast()).isFalse();
        assertThat(next(draft).isLast()).isTrue();
    }

    @Test
    void aDraftOfWhichNoCommitIsExpectedHasNone() {
        WriteBehind draft = writes(false, false, true);
        accept(draft, 5);
        draft.drive(draft.accepted());

        assertThat(next(draft).isLast()).isFalse();
    }

    @Test
    void itIsItAgainWhenItIsMadeAgain() {
        accept(writes, 5);
        writes.wantVisible(writes.accepted());
        Claim last = next(writes);
        writes.retryLater(last);
        writes.retryNow(last);

        assertThat(next(writes)).isSameAs(last);
        assertThat(last.isLast()).isTrue();
    }

    @Test
    void itIsNotWhenItIsMadeAgainAfterTheFlushWasGivenUp() {
        accept(writes, 5);
        writes.wantVisible(writes.accepted());
        Claim last = next(writes);
        writes.failed(last, new IOException("no"));
        assertThat(writes.clear()).isTrue();

        assertThat(next(writes)).isSameAs(last);
        assertThat(last.isLast()).isFalse();
    }
}
