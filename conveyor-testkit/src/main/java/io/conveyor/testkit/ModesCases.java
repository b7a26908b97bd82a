package io.conveyor.testkit;

import static io.conveyor.ConveyorOpenOption.ATOMIC_REPLACE;
import static io.conveyor.testkit.StorageOperation.PWRITE;
import static io.conveyor.testkit.StorageOperation.SYNC;
import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.DELETE_ON_CLOSE;
import static java.nio.file.StandardOpenOption.DSYNC;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.SPARSE;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.conveyor.Conveyor;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import io.conveyor.Whence;
import io.conveyor.WriteBehindException;
import io.conveyor.spi.StorageCapabilities.SyncEffect;
import io.conveyor.testkit.Concurrently.Started;
import java.nio.ByteBuffer;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Promise 9: the ways to open, and wrong use that fails at once with the standard exception. */
abstract class ModesCases extends ClosingCases {

    /** Without an option a conveyor reads. */
    @Test
    protected void modesBeginWithReading() throws Exception {
        store("object", "hello");
        Conveyor conveyor = open("object");
        assertThat(conveyor.openOptions()).containsExactly(READ);
        assertThat(conveyor.key()).isEqualTo("object");
        assertThat(conveyor.isOpen()).isTrue();
        assertThat(readText(conveyor, 10)).isEqualTo("hello");
    }

    /** A conveyor that only reads refuses every change at once. */
    @Test
    protected void modesWithoutWriteRefuseChanges() throws Exception {
        store("object", "hello");
        Conveyor conveyor = open("object", READ);
        assertThatThrownBy(() -> conveyor.write(Bytes.buffer("x"))).isInstanceOf(NonWritableChannelException.class);
        assertThatThrownBy(() -> conveyor.write(Bytes.buffer("x"), 0)).isInstanceOf(NonWritableChannelException.class);
        assertThatThrownBy(() -> conveyor.write(ByteBuffer.allocate(0)))
                .isInstanceOf(NonWritableChannelException.class);
        assertThatThrownBy(() -> conveyor.truncate(1)).isInstanceOf(NonWritableChannelException.class);
        assertThatThrownBy(conveyor::newOutputStream).isInstanceOf(NonWritableChannelException.class);
        conveyor.flush();
        conveyor.sync();
        assertThat(endOf(conveyor)).isEqualTo(5);
        conveyor.close();
        assertThat(storedText("object")).isEqualTo("hello");
    }

    /** A conveyor that only writes refuses to read at once. */
    @Test
    protected void modesWithoutReadRefuseToRead() throws Exception {
        store("object", "hello");
        Conveyor conveyor = open("object", WRITE);
        assertThatThrownBy(() -> conveyor.read(ByteBuffer.allocate(1))).isInstanceOf(NonReadableChannelException.class);
        assertThatThrownBy(() -> conveyor.read(ByteBuffer.allocate(1), 0))
                .isInstanceOf(NonReadableChannelException.class);
        assertThatThrownBy(conveyor::newInputStream).isInstanceOf(NonReadableChannelException.class);
        assertThat(conveyor.size()).isEqualTo(5);
        write(conveyor, "HE", 0);
        conveyor.close();
        assertThat(storedText("object")).isEqualTo("HEllo");
    }

    /** A missing object is NoSuchFile unless it is to be created. */
    @Test
    protected void modesWithoutCreateNeedTheObject() throws Exception {
        for (OpenOption[] options : new OpenOption[][] {
            {}, {READ}, {WRITE}, {READ, WRITE}, {APPEND}, {WRITE, TRUNCATE_EXISTING}, {WRITE, ATOMIC_REPLACE}
        }) {
            assertThatThrownBy(() -> open("missing", options)).isInstanceOf(NoSuchFileException.class);
        }
        assertThat(factory().exists("missing")).isFalse();
    }

    /** CREATE makes an object that is missing, written to or not, and keeps one that is there. */
    @Test
    protected void modesWithCreateMakeTheObject() throws Exception {
        open("new/object", WRITE, CREATE).close();
        assertThat(stored("new/object")).isEmpty();
        store("there", "kept");
        open("there", WRITE, CREATE).close();
        assertThat(storedText("there")).isEqualTo("kept");
    }

    /** CREATE_NEW makes an object, and refuses one that is there. */
    @Test
    protected void modesWithCreateNewRefuseAnExistingObject() throws Exception {
        try (Conveyor conveyor = open("new", WRITE, CREATE_NEW)) {
            write(conveyor, "made", 0);
        }
        assertThat(storedText("new")).isEqualTo("made");
        assertThatThrownBy(() -> open("new", WRITE, CREATE_NEW)).isInstanceOf(FileAlreadyExistsException.class);
        assertThat(storedText("new")).isEqualTo("made");
        try (Conveyor free = open("new", WRITE)) {
            assertThat(free.size()).as("the refusal leaves no writer behind").isEqualTo(4);
        }
    }

    /** TRUNCATE_EXISTING begins with nothing. */
    @Test
    protected void modesWithTruncateExistingBeginEmpty() throws Exception {
        store("object", "a long old content");
        Conveyor conveyor = open("object", READ, WRITE, TRUNCATE_EXISTING);
        assertThat(conveyor.size()).isZero();
        assertThat(conveyor.read(ByteBuffer.allocate(1))).isEqualTo(-1);
        write(conveyor, "new", 0);
        conveyor.close();
        assertThat(storedText("object")).isEqualTo("new");
        open("object", WRITE, TRUNCATE_EXISTING).close();
        assertThat(stored("object")).isEmpty();
    }

    /** With APPEND each write goes to the logical end, wherever the cursor is, and the cursor is behind it then. */
    @Test
    protected void modesWithAppendWriteAtTheEnd() throws Exception {
        store("object", "start;");
        Conveyor conveyor = open("object", APPEND);
        assertThat(conveyor.openOptions()).contains(WRITE, APPEND).doesNotContain(READ);
        write(conveyor, "rec1;");
        conveyor.position(0);
        write(conveyor, "rec2;");
        assertThat(conveyor.position()).isEqualTo(16);
        conveyor.seek(2, Whence.SET);
        write(conveyor, "rec3;");
        assertThat(conveyor.size()).isEqualTo(21);
        conveyor.close();
        assertThat(storedText("object")).isEqualTo("start;rec1;rec2;rec3;");
    }

    /** With APPEND a truncation moves the end, and the next write goes there. */
    @Test
    protected void modesWithAppendFollowATruncation() throws Exception {
        store("object", "0123456789");
        Conveyor conveyor = open("object", APPEND);
        write(conveyor, "abc");
        conveyor.truncate(4);
        write(conveyor, "END");
        conveyor.close();
        assertThat(storedText("object")).isEqualTo("0123END");
    }

    /** READ with APPEND begins at the end, reads at the cursor and writes at the end. */
    @Test
    protected void modesWithReadAndAppendReadAtTheCursor() throws Exception {
        store("object", "HEADtail");
        Conveyor conveyor = open("object", READ, APPEND);
        assertThat(conveyor.position()).isEqualTo(8);
        assertThat(conveyor.read(ByteBuffer.allocate(4))).as("at the end").isEqualTo(-1);
        assertThat(readText(conveyor.position(0), 4)).isEqualTo("HEAD");
        write(conveyor, "+more");
        assertThat(conveyor.read(ByteBuffer.allocate(4))).as("at the end").isEqualTo(-1);
        conveyor.position(4);
        assertThat(readText(conveyor, 100)).isEqualTo("tail+more");
        assertThat(readText(conveyor, 0, 100)).isEqualTo("HEADtail+more");
    }

    /** A short backend write does not make appended records overwrite each other. */
    @Test
    protected void modesWithAppendSurviveShortWrites() throws Exception {
        store("object", "rec0;");
        plan.on(PWRITE).always().moveAtMost(3);
        Conveyor conveyor = open("object", APPEND);
        for (int i = 1; i < 10; i++) {
            write(conveyor, "rec" + i + ";");
            if (i % 3 == 0) {
                conveyor.flush();
            }
        }
        conveyor.close();
        assertThat(storedText("object")).isEqualTo("rec0;rec1;rec2;rec3;rec4;rec5;rec6;rec7;rec8;rec9;");
    }

    /** With APPEND there is no writing at a position. */
    @Test
    protected void modesWithAppendHaveNoPositionalWrite() throws Exception {
        Conveyor conveyor = open("object", CREATE, APPEND);
        assertThatThrownBy(() -> conveyor.write(Bytes.buffer("x"), 0))
                .isInstanceOf(UnsupportedOperationException.class);
        assertThat(conveyor.size()).isZero();
    }

    /** Options that contradict each other are refused before any I/O. */
    @Test
    protected void modesThatContradictThemselvesAreRefused() throws Exception {
        store("object", "kept");
        factory();
        long calls = backend().log().size();
        for (OpenOption[] options : new OpenOption[][] {
            {APPEND, TRUNCATE_EXISTING},
            {WRITE, APPEND, TRUNCATE_EXISTING},
            {TRUNCATE_EXISTING},
            {READ, TRUNCATE_EXISTING},
            {ATOMIC_REPLACE},
            {READ, ATOMIC_REPLACE},
            {WRITE, APPEND, ATOMIC_REPLACE},
            {APPEND, ATOMIC_REPLACE}
        }) {
            assertThatThrownBy(() -> open("object", options))
                    .as(List.of(options).toString())
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(backend().log()).hasSize((int) calls);
        assertThat(storedText("object")).isEqualTo("kept");
    }

    /** Options that mean nothing here are refused, not ignored. */
    @Test
    protected void modesThatAreUnknownAreRefused() throws Exception {
        store("object", "kept");
        OpenOption foreign = new OpenOption() {};
        assertThatThrownBy(() -> open("object", READ, foreign)).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> open("object", WRITE, foreign)).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> open("object", WRITE, DELETE_ON_CLOSE))
                .isInstanceOf(UnsupportedOperationException.class);
        assertThat(factory().openConveyors()).isEmpty();
        try (Conveyor free = open("object", WRITE)) {
            assertThat(free.size()).as("the refusal leaves no writer behind").isEqualTo(4);
        }
    }

    /** SPARSE is a hint. */
    @Test
    protected void modesWithSparseAreAsWithout() throws Exception {
        try (Conveyor conveyor = open("object", WRITE, CREATE_NEW, SPARSE)) {
            write(conveyor, "end", 10_000);
        }
        assertThat(stored("object")).hasSize(10_003);
    }

    /** The engine resolves APPEND, SYNC and DSYNC; the backend never sees them. */
    @Test
    protected void modesOfTheEngineDoNotReachTheBackend() throws Exception {
        for (StandardOpenOption option : List.of(APPEND, DSYNC, StandardOpenOption.SYNC)) {
            try (Conveyor conveyor = open("object", WRITE, CREATE, option)) {
                write(conveyor, "x");
                assertThat(conveyor.openOptions()).contains(option, WRITE, CREATE);
            }
        }
    }

    /** With DSYNC or SYNC a write returns when its bytes are durable. */
    @Test
    protected void modesWithSyncReturnWhenDurable() throws Exception {
        for (StandardOpenOption option : List.of(DSYNC, StandardOpenOption.SYNC)) {
            String key = "object " + option;
            Conveyor conveyor = open(key, WRITE, CREATE, option);
            long syncs = backend().calls(SYNC);
            write(conveyor, "first", 0);
            assertThat(storedText(key)).isEqualTo("first");
            write(conveyor, "FI", 0);
            assertThat(storedText(key)).isEqualTo("FIrst");
            if (capabilities().syncEffect() != SyncEffect.NONE) {
                assertThat(backend().calls(SYNC)).isGreaterThanOrEqualTo(syncs + 2);
            }
            assertThat(conveyor.stats().watermarks().visible())
                    .isEqualTo(conveyor.stats().watermarks().accepted());
        }
    }

    /** A DSYNC write waits for its sync. */
    @Test
    protected void modesWithSyncWaitForTheSync() throws Exception {
        assumeTrue(capabilities().syncEffect() != SyncEffect.NONE, "the capabilities say that sync does nothing");
        Conveyor conveyor = open("object", WRITE, CREATE, DSYNC);
        Hold hold = plan.hold(SYNC);
        Started<Boolean> writer = Concurrently.start(() -> {
            write(conveyor, "hello", 0);
            return true;
        });
        hold.awaitHeld();
        assertStillWaiting(writer);
        hold.release();
        writer.result();
    }

    /** A DSYNC write that fails has been accepted: the buffer says so, the bytes are kept, and the failure sticks. */
    @Test
    protected void modesWithSyncAcceptWhatFails() throws Exception {
        Conveyor conveyor = open("object", READ, WRITE, CREATE, DSYNC);
        FaultRule broken = plan.on(PWRITE).always().failWith(Kind.NO_SPACE, Retry.NEVER);
        ByteBuffer src = Bytes.buffer("hello");
        assertThatThrownBy(() -> conveyor.write(src, 0)).isInstanceOf(WriteBehindException.class);
        assertThat(src.hasRemaining()).isFalse();
        assertThat(readText(conveyor, 0, 10)).isEqualTo("hello");
        assertThat(conveyor.failure()).isPresent();
        broken.cancel();
        assertThat(conveyor.clearError()).isTrue();
        conveyor.sync();
        assertThat(storedText("object")).isEqualTo("hello");
    }

    /** Keys that break the rule are refused by every method before any I/O. */
    @Test
    protected void modesOfNamingAnObjectWrongly() throws Exception {
        factory();
        long calls = backend().log().size();
        for (String key : List.of(
                "", "/", "/etc/passwd", "a/", "a//b", ".", "..", "../x", "a/../b", "a/./b", "a\0b", "x".repeat(1025))) {
            assertThatThrownBy(() -> open(key, WRITE, CREATE)).as("open").isInstanceOf(InvalidPathException.class);
            assertThatThrownBy(() -> open(key)).as("open").isInstanceOf(InvalidPathException.class);
            assertThatThrownBy(() -> factory().attributes(key)).isInstanceOf(InvalidPathException.class);
            assertThatThrownBy(() -> factory().exists(key)).isInstanceOf(InvalidPathException.class);
            assertThatThrownBy(() -> factory().delete(key)).isInstanceOf(InvalidPathException.class);
            assertThatThrownBy(() -> factory().write(key, out -> {})).isInstanceOf(InvalidPathException.class);
            assertThatThrownBy(() -> factory().newInputStream(key)).isInstanceOf(InvalidPathException.class);
            assertThatThrownBy(() -> factory().newOutputStream(key)).isInstanceOf(InvalidPathException.class);
        }
        assertThat(backend().log()).hasSize((int) calls);
    }

    /** Negative positions and sizes are refused at once and change nothing. */
    @Test
    protected void modesOfAskingForNegativePositions() throws Exception {
        Conveyor conveyor = create("object");
        write(conveyor, "hello", 0);
        assertThatThrownBy(() -> conveyor.position(-1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> conveyor.read(ByteBuffer.allocate(1), -1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> conveyor.write(Bytes.buffer("x"), -1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> conveyor.truncate(-1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> conveyor.seek(-1, Whence.SET)).isInstanceOf(IllegalArgumentException.class);
        assertThat(conveyor.position()).isZero();
        assertThat(readText(conveyor, 0, 10)).isEqualTo("hello");
    }
}
