package io.conveyor.testkit;

import static io.conveyor.testkit.StorageOperation.PWRITE;
import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.conveyor.ConflictException;
import io.conveyor.ConflictResolution;
import io.conveyor.Conveyor;
import io.conveyor.ConveyorOpenOption;
import io.conveyor.ConveyorOptions;
import io.conveyor.WriteBehindException;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Promise 11: one writer for each key; whoever loses is told, and nothing is merged in silence. */
abstract class OneWriterCases extends EndAndHolesCases {

    /** Somebody else's version that is longer than ours. */
    private static final String LONGER = "THEIR VERSION: LONG!";

    /** A second writer on a key is refused in every writing mode; readers and other keys are not. */
    @Test
    protected void oneWriterForEachKey() throws Exception {
        Conveyor writer = create("object");
        write(writer, "hello", 0);
        writer.flush();
        for (OpenOption[] options :
                new OpenOption[][] {{WRITE}, {READ, WRITE, CREATE}, {APPEND}, {WRITE, ConveyorOpenOption.ATOMIC_REPLACE}
                }) {
            assertThatThrownBy(() -> open("object", options))
                    .isInstanceOfSatisfying(
                            ConflictException.class,
                            conflict -> assertThat(conflict.key()).isEqualTo("object"));
        }
        try (Conveyor reader = open("object", READ);
                Conveyor other = create("other")) {
            assertThat(readText(reader, 0, 10)).isEqualTo("hello");
            write(other, "x", 0);
        }
        write(writer, "H", 0);
        writer.close();
        assertThat(storedText("object")).isEqualTo("Hello");
        try (Conveyor next = open("object", WRITE)) {
            write(next, "J", 0);
        }
        assertThat(storedText("object")).isEqualTo("Jello");
    }

    /** The place of the writer is free after close, after abort, and after a close that failed. */
    @Test
    protected void oneWriterAfterAnother() throws Exception {
        create("object").close();
        create("object").abort();
        Conveyor failed = failed("object", "lost");
        assertWriteBehind(failed::close);
        try (Conveyor conveyor = create("object")) {
            write(conveyor, "last", 0);
        }
        assertThat(storedText("object")).isEqualTo("last");
    }

    /** Of several threads that open one key for writing at once, one succeeds. */
    @Test
    protected void oneWriterOfManyThreads() throws Exception {
        for (int round = 0; round < 20; round++) {
            String key = "object" + round;
            AtomicInteger winners = new AtomicInteger();
            AtomicInteger losers = new AtomicInteger();
            Concurrently.run(4, index -> {
                try {
                    create(key);
                    winners.incrementAndGet();
                } catch (ConflictException expected) {
                    losers.incrementAndGet();
                }
            });
            assertThat(winners.get()).isEqualTo(1);
            assertThat(losers.get()).isEqualTo(3);
        }
    }

    /** An object is not deleted while it is written, and is otherwise. */
    @Test
    protected void oneWriterKeepsItsObjectFromDeletion() throws Exception {
        Conveyor writer = create("object");
        write(writer, "hello", 0);
        writer.flush();
        assertThatThrownBy(() -> factory().delete("object")).isInstanceOf(ConflictException.class);
        writer.close();
        try (Conveyor reader = open("object")) {
            assertThat(reader.size()).isEqualTo(5);
        }
        assertThat(factory().delete("object")).isTrue();
        assertThat(factory().delete("object")).isFalse();
        assertThatThrownBy(() -> open("object")).isInstanceOf(NoSuchFileException.class);
    }

    /** Where several writers are allowed, two that write the same range leave one of the two there, not a mixture. */
    @Test
    protected void oneWriterUnlessSeveralAreAllowed() throws Exception {
        assumeTrue(!capabilities().atomicCommit(), "the second version would be a conflict");
        store("object", new byte[512]);
        ConveyorOptions.Builder several = patient().allowSeveralWriters(true);
        Conveyor first = open(several, "object", WRITE);
        Conveyor second = open(several, "object", WRITE);
        byte[] a = new byte[512];
        byte[] b = new byte[512];
        Arrays.fill(a, (byte) 'A');
        Arrays.fill(b, (byte) 'B');
        write(first, a, 0);
        write(second, b, 0);
        first.flush();
        second.flush();
        byte[] all = stored("object");
        assertThat(Arrays.equals(all, a) || Arrays.equals(all, b)).isTrue();
        first.close();
        second.close();
    }

    /** What one conveyor flushed is read by another that was open before, whatever that had read. */
    @Test
    protected void oneWriterIsSeenByReadersAfterItsFlush() throws Exception {
        assumeTrue(!capabilities().pinnedReads(), "readers stay on the version they opened");
        int size = 200_000;
        store("object", Bytes.at(0, size, 1));
        Conveyor writer = open("object", READ, WRITE);
        Conveyor reader = open("object", READ);
        assertThat(Bytes.difference(Bytes.at(0, size, 1), readAll(reader), 0)).isEmpty();
        write(writer, Bytes.at(0, size + 1_000, 2), 0);
        writer.flush();
        assertThat(reader.size()).isEqualTo(size + 1_000);
        assertThat(Bytes.difference(Bytes.at(0, size + 1_000, 2), readAll(reader), 0))
                .isEmpty();
        writer.truncate(100);
        writer.flush();
        assertThat(reader.size()).isEqualTo(100);
        assertThat(readAll(reader)).isEqualTo(Bytes.at(0, 100, 2));
    }

    // ------------------------------------------------------------------ others, in other processes

    /** Somebody else's version is not overwritten: the flush is a ConflictException, then it sticks; ours stays readable. */
    @Test
    protected void oneWriterLosesToAForeignVersionAndIsTold() throws Exception {
        try (Conveyor conveyor = conflicting()) {
            assertThat(readText(conveyor, 3, 4)).isEqualTo("ours");
            WriteBehindException later = assertWriteBehind(conveyor::flush);
            assertThat(later).hasCauseInstanceOf(ConflictException.class);
            assertWriteBehind(() -> write(conveyor, "x", 0));
            assertThat(conveyor.failure()).isPresent();
            assertThat(storedText("object")).isEqualTo("THEIR VERS");
            conveyor.resolve(ConflictResolution.DISCARD);
        } catch (UnsupportedOperationException unsupported) {
            abort("the store knows no resolution of conflicts");
        }
        assertThat(storedText("object")).isEqualTo("THEIR VERS");
    }

    /** Close after a conflict reports it and leaves theirs. */
    @Test
    protected void oneWriterLosesAtCloseToo() throws Exception {
        assumeAtomic();
        store("object", "base345678");
        Conveyor conveyor = open("object", READ, WRITE);
        write(conveyor, "ours", 3);
        store("object", "THEIR VERS");
        assertThatThrownBy(conveyor::close).isInstanceOf(ConflictException.class);
        assertThat(conveyor.isOpen()).isFalse();
        assertThat(storedText("object")).isEqualTo("THEIR VERS");
        assertThat(backend().openHandles()).isZero();
    }

    /** REBASE lays our ranges onto their version, and the conveyor goes on. */
    @Test
    protected void oneWriterRebasesOntoTheForeignVersion() throws Exception {
        try (Conveyor conveyor = conflicting()) {
            resolve(conveyor, ConflictResolution.REBASE);
            assertThat(conveyor.failure()).isEmpty();
            conveyor.flush();
            assertThat(storedText("object")).isEqualTo("THEoursERS");
            assertThat(readText(conveyor, 0, 20)).isEqualTo("THEoursERS");
            write(conveyor, "!", 10);
        }
        assertThat(storedText("object")).isEqualTo("THEoursERS!");
    }

    /** After a REBASE onto a longer version the conveyor knows its end: it reads to there, appends there, and cuts off what lies behind. */
    @Test
    protected void oneWriterKnowsTheEndOfALongerForeignVersion() throws Exception {
        try (Conveyor conveyor = appending()) {
            resolve(conveyor, ConflictResolution.REBASE);
            assertThat(conveyor.size()).isEqualTo(20);
            assertThat(readText(conveyor, 0, 30)).isEqualTo("THEIR VERSours LONG!");
            assertThat(readText(conveyor, 14, 30)).isEqualTo(" LONG!");
            write(conveyor, "more");
            conveyor.flush();
            assertThat(storedText("object")).isEqualTo("THEIR VERSours LONG!more");
            conveyor.truncate(16);
            assertThat(readAll(conveyor)).isEqualTo(Bytes.of("THEIR VERSours L"));
        }
        assertThat(storedText("object")).isEqualTo("THEIR VERSours L");
    }

    /** After an OVERWRITE the object ends where ours does, although theirs is longer. */
    @Test
    protected void oneWriterOverwritesALongerForeignVersion() throws Exception {
        try (Conveyor conveyor = appending()) {
            try {
                resolve(conveyor, ConflictResolution.OVERWRITE);
            } catch (NoSuchFileException baseGone) {
                assertThat(storedText("object")).isEqualTo(LONGER);
                conveyor.abort();
                return;
            }
            assertThat(conveyor.size()).isEqualTo(14);
            write(conveyor, "!");
        }
        assertThat(storedText("object")).isEqualTo("base345678ours!");
    }

    /** After our version was saved elsewhere the conveyor goes on with all of a longer foreign one. */
    @Test
    protected void oneWriterGoesOnWithALongerForeignVersionAfterSavingItsOwn() throws Exception {
        try (Conveyor conveyor = appending()) {
            try {
                resolve(conveyor, ConflictResolution.saveAs("elsewhere"));
            } catch (NoSuchFileException baseGone) {
                conveyor.abort();
                return;
            }
            assertThat(storedText("elsewhere")).isEqualTo("base345678ours");
            assertThat(conveyor.size()).isEqualTo(20);
            assertThat(readText(conveyor, 0, 30)).isEqualTo(LONGER);
            write(conveyor, "more");
        }
        assertThat(storedText("object")).isEqualTo(LONGER + "more");
    }

    /** DISCARD drops our bytes and goes on with theirs. */
    @Test
    protected void oneWriterDiscardsItsBytes() throws Exception {
        try (Conveyor conveyor = conflicting()) {
            resolve(conveyor, ConflictResolution.DISCARD);
            assertThat(conveyor.failure()).isEmpty();
            assertThat(readText(conveyor, 0, 20)).isEqualTo("THEIR VERS");
            assertThat(conveyor.size()).isEqualTo(10);
            write(conveyor, "t", 0);
        }
        assertThat(storedText("object")).isEqualTo("tHEIR VERS");
    }

    /** OVERWRITE puts our version in the place of theirs, unless the ranges it did not touch are gone. */
    @Test
    protected void oneWriterOverwritesTheForeignVersion() throws Exception {
        try (Conveyor conveyor = conflicting()) {
            try {
                resolve(conveyor, ConflictResolution.OVERWRITE);
            } catch (NoSuchFileException baseGone) {
                assertThat(storedText("object")).isEqualTo("THEIR VERS");
                conveyor.abort();
                return;
            }
            conveyor.flush();
        }
        assertThat(storedText("object")).isEqualTo("basours678");
    }

    /** Without a conflict there is nothing to resolve. */
    @Test
    protected void oneWriterHasNothingToResolveWithoutAConflict() throws Exception {
        Conveyor conveyor = create("object");
        assertThatThrownBy(() -> conveyor.resolve(ConflictResolution.DISCARD))
                .isInstanceOf(IllegalStateException.class);
        write(conveyor, "hello", 0);
        conveyor.close();
        assertThat(storedText("object")).isEqualTo("hello");
    }

    private Conveyor conflicting() throws Exception {
        assumeAtomic();
        store("object", "base345678");
        Conveyor conveyor = open("object", READ, WRITE);
        write(conveyor, "ours", 3);
        return losing(conveyor, "THEIR VERS");
    }

    /** In conflict with a version that goes on where it has appended. */
    private Conveyor appending() throws Exception {
        assumeAtomic();
        store("object", "base345678");
        Conveyor conveyor = open("object", READ, APPEND);
        write(conveyor, "ours");
        return losing(conveyor, LONGER);
    }

    private Conveyor losing(Conveyor conveyor, String theirs) throws Exception {
        store("object", theirs);
        Throwable thrown = catchThrowable(conveyor::flush);
        assertThat(thrown).isInstanceOf(ConflictException.class);
        assertThat(backend().calls(PWRITE)).isPositive();
        return conveyor;
    }

    private static void resolve(Conveyor conveyor, ConflictResolution resolution) throws Exception {
        try {
            conveyor.resolve(resolution);
        } catch (UnsupportedOperationException unsupported) {
            conveyor.abort();
            abort("the store knows no resolution " + resolution);
        }
    }

    private void assumeAtomic() {
        assumeTrue(capabilities().atomicCommit(), "the capabilities do not claim atomicCommit");
    }
}
