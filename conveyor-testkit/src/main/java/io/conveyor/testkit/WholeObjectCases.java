package io.conveyor.testkit;

import static io.conveyor.ConveyorOpenOption.ATOMIC_REPLACE;
import static io.conveyor.testkit.StorageOperation.COMMIT;
import static io.conveyor.testkit.StorageOperation.PWRITE;
import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.conveyor.ConflictException;
import io.conveyor.Conveyor;
import io.conveyor.ConveyorOutputStream;
import io.conveyor.ObjectAttributes;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import io.conveyor.testkit.Concurrently.Started;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.NonReadableChannelException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Objects as wholes: replaced in one step, as streams, and as entries of the store. */
abstract class WholeObjectCases extends OneWriterCases {

    private static final int TAG = 23;

    // ------------------------------------------------------------------ ATOMIC_REPLACE

    /** A replacement starts empty, reads itself, and is seen by nobody before close; flush and sync publish nothing. */
    @Test
    protected void atomicReplaceIsUnseenBeforeClose() throws Exception {
        store("object", "old version");
        Conveyor draft = open("object", READ, WRITE, ATOMIC_REPLACE);
        assertThat(draft.size()).isZero();
        assertThat(draft.read(ByteBuffer.allocate(1))).isEqualTo(-1);
        write(draft, "new", 0);
        draft.flush();
        draft.sync();
        assertThat(readText(draft, 0, 100)).isEqualTo("new");
        assertThat(storedText("object")).isEqualTo("old version");
        assertThat(factory().attributes("object").size()).isEqualTo(11);
        write(draft, " version, too", 3);
        draft.close();
        assertThat(storedText("object")).isEqualTo("new version, too");
        assertThat(keys("")).containsExactly("object");
    }

    /** Abort leaves what was there before: the object, or its absence. */
    @Test
    protected void atomicReplaceIsUndoneByAbort() throws Exception {
        store("object", "old version");
        Conveyor draft = open("object", WRITE, ATOMIC_REPLACE);
        Conveyor fresh = open("fresh", WRITE, CREATE, ATOMIC_REPLACE);
        for (Conveyor one : List.of(draft, fresh)) {
            write(one, Bytes.at(0, 300_000, TAG), 0);
            one.flush();
            one.abort();
        }
        assertThat(storedText("object")).isEqualTo("old version");
        assertThat(keys("")).containsExactly("object");
        assertThat(backend().openHandles()).isZero();
    }

    /** A replacement that nobody wrote to leaves an empty object. */
    @Test
    protected void atomicReplaceByNothingIsEmpty() throws Exception {
        store("object", "old version");
        open("object", WRITE, ATOMIC_REPLACE).close();
        open("fresh", WRITE, CREATE, ATOMIC_REPLACE).close();
        assertThat(stored("object")).isEmpty();
        assertThat(stored("fresh")).isEmpty();
    }

    /** A replacement that could not be written publishes nothing, and close says so. */
    @Test
    protected void atomicReplaceThatFailedPublishesNothing() throws Exception {
        store("object", "old version");
        Conveyor draft = open("object", WRITE, ATOMIC_REPLACE);
        breakWrites();
        write(draft, "new", 0);
        assertWriteBehind(draft::close);
        plan.clear();
        assertThat(storedText("object")).isEqualTo("old version");
        assertThat(keys("")).containsExactly("object");
        assertThat(backend().calls(COMMIT)).isZero();
    }

    /** A commit that fails is told by close; the object is as before, and everything is released. */
    @Test
    protected void atomicReplaceWhoseCommitFailsPublishesNothing() throws Exception {
        store("object", "old version");
        Conveyor draft = open("object", WRITE, ATOMIC_REPLACE);
        write(draft, "new", 0);
        plan.on(COMMIT).always().failWith(Kind.IO, Retry.NEVER);
        assertThatThrownBy(draft::close).isInstanceOf(IOException.class);
        plan.clear();
        assertThat(draft.isOpen()).isFalse();
        assertThat(backend().openHandles()).isZero();
        assertThat(storedText("object")).isEqualTo("old version");
        assertThat(keys("")).containsExactly("object");
    }

    /** With CREATE_NEW an object that is there is refused, and one that appeared meanwhile is not overwritten. */
    @Test
    protected void atomicReplaceOfNewObjectsOverwritesNothing() throws Exception {
        store("there", "kept");
        assertThatThrownBy(() -> open("there", WRITE, CREATE_NEW, ATOMIC_REPLACE))
                .isInstanceOf(FileAlreadyExistsException.class);
        Conveyor draft = open("object", WRITE, CREATE_NEW, ATOMIC_REPLACE);
        write(draft, "ours", 0);
        store("object", "theirs");
        assertThatThrownBy(draft::close).isInstanceOf(ConflictException.class);
        assertThat(storedText("object")).isEqualTo("theirs");
        assertThat(storedText("there")).isEqualTo("kept");
    }

    /** factory.write publishes when its body returns. */
    @Test
    protected void atomicReplaceByWritePublishesOnReturn() throws Exception {
        store("object", "old version");
        factory().write("object", out -> {
            write(out, "new version");
            assertThat(storedText("object")).isEqualTo("old version");
        });
        assertThat(storedText("object")).isEqualTo("new version");
        factory().write("fresh/object", out -> write(out, "made"));
        assertThat(storedText("fresh/object")).isEqualTo("made");
        assertThat(factory().openConveyors()).isEmpty();
    }

    /** factory.write drops everything when its body throws, and throws that. */
    @Test
    protected void atomicReplaceByWriteDropsEverythingOnAnException() throws Exception {
        store("object", "old version");
        IOException checked = new IOException("the body failed");
        assertThatThrownBy(() -> factory().write("object", out -> {
                    write(out, "half of it");
                    out.flush();
                    throw checked;
                }))
                .isSameAs(checked);
        IllegalStateException unchecked = new IllegalStateException("the body failed otherwise");
        assertThatThrownBy(() -> factory().write("fresh", out -> {
                    write(out, "half of it");
                    throw unchecked;
                }))
                .isSameAs(unchecked);
        assertThat(storedText("object")).isEqualTo("old version");
        assertThat(keys("")).containsExactly("object");
        assertThat(factory().openConveyors()).isEmpty();
        assertThat(backend().openHandles()).isZero();
    }

    // ------------------------------------------------------------------ streams

    /** An input stream of a conveyor begins at the cursor, reads to the end, and leaves the conveyor open. */
    @Test
    protected void streamsReadFromTheCursor() throws Exception {
        store("object", Bytes.at(0, 100_000, TAG));
        Conveyor conveyor = open("object", READ, WRITE);
        conveyor.position(1_000);
        try (InputStream in = conveyor.newInputStream()) {
            assertThat(in.available()).isEqualTo(99_000);
            assertThat(in.read()).isEqualTo(Bytes.byteAt(1_000, TAG) & 0xff);
            assertThat(in.skip(9)).isEqualTo(9);
            assertThat(in.readNBytes(100)).isEqualTo(Bytes.at(1_010, 100, TAG));
            assertThat(in.readAllBytes()).isEqualTo(Bytes.at(1_110, 98_890, TAG));
            assertThat(in.read()).isEqualTo(-1);
            assertThat(in.read(new byte[10])).isEqualTo(-1);
            assertThat(in.skip(10)).isZero();
        }
        assertThat(conveyor.isOpen()).isTrue();
        assertThat(conveyor.position()).isEqualTo(100_000);
    }

    /** A byte of 0xff is 255, not the end. */
    @Test
    protected void streamsTellBytesFromTheEnd() throws Exception {
        store("object", new byte[] {(byte) 0xff, 0, 1});
        try (InputStream in = factory().newInputStream("object")) {
            assertThat(List.of(in.read(), in.read(), in.read(), in.read())).containsExactly(255, 0, 1, -1);
        }
        assertThat(factory().openConveyors()).isEmpty();
    }

    /** An output stream of a conveyor writes at the cursor; its flush is no barrier, its close does not close the conveyor. */
    @Test
    protected void streamsWriteAtTheCursorWithoutABarrier() throws Exception {
        store("object", "0123456789");
        Conveyor conveyor = open("object", READ, WRITE);
        plan.hold(PWRITE);
        conveyor.position(4);
        try (OutputStream out = conveyor.newOutputStream()) {
            out.write('A');
            out.write(Bytes.of("xBCx"), 1, 2);
            out.flush();
        }
        assertThat(conveyor.isOpen()).isTrue();
        assertThat(conveyor.position()).isEqualTo(7);
        assertThat(readText(conveyor, 0, 20)).isEqualTo("0123ABC789");
    }

    /** The factory's output stream replaces what was there and is stored when it is closed. */
    @Test
    protected void streamsOfTheFactoryAreStoredOnClose() throws Exception {
        store("object", "a long old content");
        try (OutputStream out = factory().newOutputStream("object")) {
            out.write(Bytes.of("new"));
        }
        assertThat(storedText("object")).isEqualTo("new");
        try (OutputStream out = factory().newOutputStream("object", CREATE, APPEND)) {
            out.write(Bytes.of(" and more"));
        }
        assertThat(storedText("object")).isEqualTo("new and more");
        assertThat(factory().openConveyors()).isEmpty();
    }

    /** An aborted stream of a replacement publishes nothing; close after it does nothing. */
    @Test
    protected void streamsThatAreAbortedPublishNothing() throws Exception {
        store("object", "old version");
        try (ConveyorOutputStream out = factory().newOutputStream("object", CREATE, ATOMIC_REPLACE)) {
            out.write(Bytes.of("half of it"));
            out.abort();
            assertThatThrownBy(() -> out.write(1)).isInstanceOf(IOException.class);
        }
        assertThat(storedText("object")).isEqualTo("old version");
        assertThat(factory().openConveyors()).isEmpty();
    }

    /** A large stream goes through a small log and comes back whole. */
    @Test
    protected void streamsOfAnyLengthGoThrough() throws Exception {
        int size = 3_000_001;
        byte[] content = Bytes.at(0, size, TAG);
        try (Conveyor conveyor = create(patient().maxPendingBytes(256 << 10), "object");
                OutputStream out = conveyor.newOutputStream()) {
            for (int at = 0; at < size; at += 7_777) {
                out.write(content, at, Math.min(7_777, size - at));
            }
        }
        try (InputStream in = factory().newInputStream("object")) {
            assertThat(Bytes.difference(content, in.readAllBytes(), 0)).isEmpty();
        }
    }

    /** A missing object has no stream. */
    @Test
    protected void streamsNeedTheirObject() throws Exception {
        assertThatThrownBy(() -> factory().newInputStream("missing")).isInstanceOf(NoSuchFileException.class);
        try (OutputStream out = factory().newOutputStream("made")) {
            out.write(1);
        }
        assertThat(stored("made")).containsExactly(1);
        Conveyor writing = open("made", WRITE);
        assertThatThrownBy(writing::newInputStream).isInstanceOf(NonReadableChannelException.class);
    }

    // ------------------------------------------------------------------ the store's entries

    /** Attributes, exists, delete and list tell what the store shows. */
    @Test
    protected void factoryTellsWhatTheStoreShows() throws Exception {
        store("dir/object", "0123456789");
        store("dir/other", "x");
        ObjectAttributes attributes = factory().attributes("dir/object");
        assertThat(attributes.key()).isEqualTo("dir/object");
        assertThat(attributes.size()).isEqualTo(10);
        assertThat(factory().exists("dir/object")).isTrue();
        assertThat(factory().exists("dir/missing")).isFalse();
        assertThatThrownBy(() -> factory().attributes("dir/missing")).isInstanceOf(NoSuchFileException.class);
        assertThat(keys("dir/o")).containsExactly("dir/object", "dir/other");
        assertThat(keys("dir/ob")).containsExactly("dir/object");
        assertThat(factory().delete("dir/object")).isTrue();
        assertThat(factory().exists("dir/object")).isFalse();
        assertThat(keys("")).containsExactly("dir/other");
    }

    /** Failures of the store reach the caller as they are. */
    @Test
    protected void factoryPassesFailuresOn() throws Exception {
        factory();
        plan.on().always().failWith(Kind.UNAVAILABLE, Retry.NEVER);
        assertThat(catchThrowable(() -> factory().attributes("object"))).isInstanceOf(IOException.class);
        assertThat(catchThrowable(() -> factory().exists("object"))).isInstanceOf(IOException.class);
        assertThat(catchThrowable(() -> factory().delete("object"))).isInstanceOf(IOException.class);
        assertThat(catchThrowable(() -> factory().open("object"))).isInstanceOf(IOException.class);
        assertThat(catchThrowable(() -> keys(""))).isInstanceOf(IOException.class);
    }

    private List<String> keys(String prefix) throws Exception {
        try (Stream<ObjectAttributes> listing = factory().list(prefix)) {
            return new ArrayList<>(listing.map(ObjectAttributes::key).sorted().toList());
        }
    }

    // ------------------------------------------------------------------ figures

    /** Figures count what was done, and do not go back to zero when somebody looks. */
    @Test
    protected void statsCountWhatWasDone() throws Exception {
        store("object", Bytes.at(0, 10_000, TAG));
        Conveyor conveyor = open("object", READ, WRITE);
        write(conveyor, Bytes.at(0, 100, TAG), 0);
        write(conveyor, Bytes.at(500, 50, TAG), 500);
        read(conveyor, 2_000, 1_000);
        conveyor.flush();
        for (int i = 0; i < 2; i++) {
            var stats = conveyor.stats();
            assertThat(stats.writes().count()).isEqualTo(2);
            assertThat(stats.writes().bytes()).isEqualTo(150);
            assertThat(stats.reads().count()).isEqualTo(1);
            assertThat(stats.reads().bytes()).isEqualTo(1_000);
            assertThat(stats.pwrites().count()).isBetween(1L, 2L);
            assertThat(stats.pwrites().bytes()).isEqualTo(150);
            assertThat(stats.pwrites().nanos()).isPositive();
            assertThat(stats.preads().count()).isPositive();
            assertThat(stats.preads().bytes()).isGreaterThanOrEqualTo(1_000);
            assertThat(stats.pendingBytes()).isZero();
            assertThat(stats.failures()).isZero();
        }
        var before = conveyor.stats();
        write(conveyor, "xyz", 0);
        assertThat(conveyor.stats().since(before).writes().bytes()).isEqualTo(3);
        assertThat(before.writes().bytes()).as("a snapshot does not change").isEqualTo(150);
    }

    /** The factory's figures include the conveyors that were closed. */
    @Test
    protected void statsOfTheFactoryIncludeTheClosed() throws Exception {
        for (int i = 0; i < 3; i++) {
            try (Conveyor conveyor = create("object" + i)) {
                write(conveyor, "hello", 0);
            }
        }
        Conveyor open = create("open");
        write(open, "hello", 0);
        var stats = factory().stats();
        assertThat(stats.opened()).isEqualTo(4);
        assertThat(stats.open()).isEqualTo(1);
        assertThat(stats.total().writes().count()).isEqualTo(4);
        assertThat(stats.total().writes().bytes()).isEqualTo(20);
        assertThat(stats.memoryBudgetBytes()).isPositive();
        assertThat(stats.workers()).isPositive();
        assertThat(factory().openConveyors()).containsExactly(open);
    }

    /** Pending bytes are a gauge: up with what is accepted, down with what is written. */
    @Test
    protected void statsOfPendingBytesGoUpAndDown() throws Exception {
        Conveyor conveyor = create("object");
        Hold hold = plan.hold(PWRITE);
        write(conveyor, Bytes.at(0, 1_000, TAG), 0);
        assertThat(conveyor.stats().pendingBytes()).isEqualTo(1_000);
        assertThat(factory().stats().total().pendingBytes()).isEqualTo(1_000);
        assertThat(factory().stats().memoryUsedBytes()).isPositive();
        Started<Boolean> flush = flushing(conveyor, hold);
        assertThat(conveyor.stats().pendingBytes()).isEqualTo(1_000);
        hold.release();
        flush.result();
        assertThat(conveyor.stats().pendingBytes()).isZero();
    }

    /** Reads of a sequential stream find their bytes fetched ahead, and nothing much is fetched in vain. */
    @Test
    protected void statsOfReadAheadTellItsHits() throws Exception {
        int size = 4 << 20;
        store("object", Bytes.at(0, size, TAG));
        Conveyor conveyor = open("object", READ);
        ByteBuffer dst = ByteBuffer.allocate(4_096);
        while (conveyor.read(dst.clear()) > 0) {
            assertThat(dst.position()).isEqualTo(4_096);
        }
        var ahead = conveyor.stats().readAhead();
        assertThat(ahead.hits() + ahead.waits()).isGreaterThan(ahead.misses());
        assertThat(ahead.wastedBytes()).isLessThanOrEqualTo(size / 4);
        Conveyor without = open(patient().readAhead(false), "object", READ);
        without.read(dst.clear());
        without.read(dst.clear());
        assertThat(without.stats().readAhead().fetchedBytes()).isZero();
    }
}
