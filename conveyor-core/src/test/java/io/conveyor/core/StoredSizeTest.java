package io.conveyor.core;

import static io.conveyor.ConveyorOpenOption.ATOMIC_REPLACE;
import static io.conveyor.testkit.StorageOperation.LSEEK;
import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorOptions;
import io.conveyor.StorageException;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import io.conveyor.spi.StorageHandle;
import io.conveyor.testkit.Bytes;
import io.conveyor.testkit.Concurrently;
import io.conveyor.testkit.Concurrently.Started;
import io.conveyor.testkit.Hold;
import java.io.IOException;
import java.nio.file.OpenOption;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A conveyor that has been told that another one changed the object asks for the size until it has an answer that it can use. */
class StoredSizeTest {

    private static final ConveyorOptions SEVERAL =
            ConveyorOptions.builder().allowSeveralWriters(true).build();

    @RegisterExtension
    final OneConveyor one = new OneConveyor();

    @BeforeEach
    void storesTenBytes() {
        one.memory.put(OneConveyor.KEY, Bytes.of("0123456789"));
    }

    private void anotherMakesItTwentyBytesLong() throws IOException {
        try (Conveyor another = one.factory().open(OneConveyor.KEY, SEVERAL, WRITE)) {
            another.write(Bytes.buffer("abcdefghij"), 10);
        }
    }

    @Test
    void anObjectThatIsCutToNothingAsAnotherOpensItIsEmpty() throws Exception {
        Conveyor conveyor = one.open(READ);
        assertThat(one.read(0, 5)).isEqualTo("01234");

        one.factory().open(OneConveyor.KEY, WRITE, TRUNCATE_EXISTING).close();

        assertThat(conveyor.size()).isZero();
        assertThat(one.read(0, 5)).isEmpty();
    }

    @Test
    void aDraftThatIsOpenedChangesNothingThatOthersWouldHaveToAskFor() throws Exception {
        Conveyor conveyor = one.open(READ);
        conveyor.size();
        Conveyor draft = one.factory().open(OneConveyor.KEY, WRITE, TRUNCATE_EXISTING, ATOMIC_REPLACE);
        long asked = one.backend.calls(LSEEK);

        assertThat(conveyor.size()).isEqualTo(10);

        assertThat(one.backend.calls(LSEEK)).isEqualTo(asked);
        draft.abort();
    }

    @Test
    void anObjectThatIsCutToNothingByAnOpenThatFailsThenIsEmpty() throws Exception {
        Conveyor conveyor = one.open(READ);
        assertThat(one.read(0, 5)).isEqualTo("01234");
        one.plan.on(LSEEK).next().failWith(Kind.IO, Retry.NEVER);

        assertThatThrownBy(() -> one.factory().open(OneConveyor.KEY, WRITE, TRUNCATE_EXISTING))
                .isInstanceOf(StorageException.class);

        assertThat(conveyor.size()).isZero();
    }

    @Test
    void whatAnotherProcessEmptiesAndFillsAnewWhileItIsReadHasNoZerosThatNobodyWrote() throws Exception {
        one.open(READ);
        StorageHandle theirs = one.memory.open(OneConveyor.KEY, Set.of(WRITE));
        theirs.truncate(3);
        Hold hold = one.plan.on(LSEEK).next().hold();
        Started<String> read = Concurrently.start(() -> one.read(0, 10));
        hold.awaitHeld();
        theirs.pwrite(Bytes.buffer("abcdefghij"), 0);
        theirs.close();
        hold.release();

        assertThat(read.result())
                .as("each byte as it was when it was asked for")
                .isEqualTo("012defghij");
        assertThat(one.read(0, 10)).isEqualTo("abcdefghij");
    }

    @Test
    void aQuestionThatFailsIsAskedAgain() throws Exception {
        Conveyor conveyor = one.open(READ);
        anotherMakesItTwentyBytesLong();
        one.plan.on(LSEEK).next().failWith(Kind.IO, Retry.NEVER);

        assertThatThrownBy(conveyor::size).isInstanceOf(StorageException.class);

        assertThat(conveyor.size()).isEqualTo(20);
    }

    @Test
    void anAnswerThatComesTooLateIsAskedForAgain() throws Exception {
        Conveyor conveyor = one.open(SEVERAL, READ, WRITE);
        anotherMakesItTwentyBytesLong();
        Hold hold = one.plan.on(LSEEK).next().hold();
        Started<Long> size = Concurrently.start(conveyor::size);
        hold.awaitHeld();
        conveyor.write(Bytes.buffer("X"), 0);
        hold.release();
        size.result();
        conveyor.flush();

        assertThat(conveyor.size()).isEqualTo(20);
    }

    @Test
    void aChangeThatIsToldWhileItAsksIsAskedForAfterwards() throws Exception {
        Conveyor conveyor = one.open(READ);
        anotherMakesItTwentyBytesLong();
        Hold hold = one.plan.on(LSEEK).next().holdAfterwards();
        Started<Long> size = Concurrently.start(conveyor::size);
        hold.awaitHeld();
        try (Conveyor another = one.factory().open(OneConveyor.KEY, SEVERAL, WRITE)) {
            another.truncate(3);
        }
        hold.release();
        size.result();

        assertThat(conveyor.size()).isEqualTo(3);
    }

    @Test
    void whatIsPublishedWhileAConveyorOpensIsSeenByIt() throws Exception {
        Conveyor writer = one.factory().open(OneConveyor.KEY, SEVERAL, WRITE);

        Conveyor conveyor = openedWhile(
                () -> {
                    writer.write(Bytes.buffer("abcdefghij"), 10);
                    writer.flush();
                },
                READ);

        assertThat(conveyor.size()).isEqualTo(20);
    }

    @Test
    void whatIsPublishedWhileAConveyorOpensIsNotOverwrittenByItsAppends() throws Exception {
        Conveyor writer = one.factory().open(OneConveyor.KEY, SEVERAL, WRITE);

        Conveyor conveyor = openedWhile(
                () -> {
                    writer.write(Bytes.buffer("abcdefghij"), 10);
                    writer.flush();
                },
                APPEND);
        conveyor.write(Bytes.buffer("K"));
        conveyor.flush();

        assertThat(one.memory.snapshot(OneConveyor.KEY)).isEqualTo(Bytes.of("0123456789abcdefghijK"));
    }

    @Test
    void anObjectThatIsCutToNothingWhileAConveyorOpensIsEmptyForIt() throws Exception {
        Conveyor conveyor = openedWhile(
                () -> one.factory()
                        .open(OneConveyor.KEY, WRITE, TRUNCATE_EXISTING)
                        .close(),
                READ);

        assertThat(conveyor.size()).isZero();
    }

    @Test
    void anObjectThatIsDeletedWhileAConveyorOpensIsAskedForAgain() throws Exception {
        Conveyor conveyor = openedWhile(() -> one.factory().delete(OneConveyor.KEY), READ);
        long asked = one.backend.calls(LSEEK);

        conveyor.size();

        assertThat(one.backend.calls(LSEEK)).isEqualTo(asked + 1);
    }

    @Test
    void aConveyorThatOpensWhileAnotherObjectChangesHasNothingToAsk() throws Exception {
        Conveyor conveyor = openedWhile(
                () -> {
                    try (Conveyor elsewhere = one.factory().open("elsewhere", WRITE, CREATE)) {
                        elsewhere.write(Bytes.buffer("something"));
                    }
                },
                READ);
        long asked = one.backend.calls(LSEEK);

        conveyor.size();

        assertThat(one.backend.calls(LSEEK)).isEqualTo(asked);
    }

    private interface Change {
        void make() throws IOException;
    }

    /** Opens a conveyor that has asked for the size before a change, and is there after it. */
    private Conveyor openedWhile(Change change, OpenOption... options) throws Exception {
        Hold hold = one.plan.on(LSEEK).next().holdAfterwards();
        Started<Conveyor> opening = Concurrently.start(() -> one.open(SEVERAL, options));
        hold.awaitHeld();
        change.make();
        hold.release();
        return opening.result();
    }
}
