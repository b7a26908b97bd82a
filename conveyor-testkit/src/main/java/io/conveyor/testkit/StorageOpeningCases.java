package io.conveyor.testkit;

import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.DSYNC;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.SPARSE;
import static java.nio.file.StandardOpenOption.SYNC;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.conveyor.ConveyorOpenOption;
import io.conveyor.Whence;
import io.conveyor.spi.StorageHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** How objects are opened, and what their keys may be. */
abstract class StorageOpeningCases extends StorageContractBase {

    /** A key without an object cannot be read, nor written without CREATE. */
    @Test
    protected void openingAMissingObjectIsNoSuchFile() {
        assertThatThrownBy(() -> open("missing", READ)).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> open("missing", WRITE)).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> open("missing", READ, WRITE, TRUNCATE_EXISTING))
                .isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> open("no/such/parent/either", READ)).isInstanceOf(NoSuchFileException.class);
    }

    /** A failed open leaves nothing behind: no object, no parent that a listing shows. */
    @Test
    protected void aFailedOpenLeavesNothingBehind() throws IOException {
        assertThatThrownBy(() -> open("a/missing/object", WRITE)).isInstanceOf(NoSuchFileException.class);
        assertThat(keys("")).isEmpty();
    }

    /** CREATE makes an empty object, which is there after a flush at the latest. */
    @Test
    protected void createMakesAnEmptyObject() throws IOException {
        try (StorageHandle handle = open("new", WRITE, CREATE)) {
            handle.flush();
        }
        assertThat(load("new")).isEmpty();
        assertThat(backend().attributes("new").size()).isZero();
    }

    /** CREATE opens an object that is there and keeps its bytes. */
    @Test
    protected void createKeepsWhatIsThere() throws IOException {
        store("there", "0123456789");
        try (StorageHandle handle = open("there", READ, WRITE, CREATE)) {
            assertThat(text(readAll(handle))).isEqualTo("0123456789");
            write(handle, "AB", 4);
            handle.flush();
        }
        assertThat(loadText("there")).isEqualTo("0123AB6789");
    }

    /** CREATE_NEW makes an object. */
    @Test
    protected void createNewMakesANewObject() throws IOException {
        try (StorageHandle handle = open("new", WRITE, CREATE_NEW)) {
            write(handle, "fresh", 0);
            handle.flush();
        }
        assertThat(loadText("new")).isEqualTo("fresh");
    }

    /** CREATE_NEW refuses an object that exists, and does not touch it. */
    @Test
    protected void createNewRefusesAnExistingObject() throws IOException {
        store("there", "kept");
        assertThatThrownBy(() -> open("there", WRITE, CREATE_NEW)).isInstanceOf(FileAlreadyExistsException.class);
        assertThatThrownBy(() -> open("there", WRITE, CREATE, CREATE_NEW))
                .isInstanceOf(FileAlreadyExistsException.class);
        assertThat(loadText("there")).isEqualTo("kept");
    }

    /** TRUNCATE_EXISTING starts with nothing; what was there is gone after the flush. */
    @Test
    protected void truncateExistingStartsEmpty() throws IOException {
        store("there", "a long text that was there before");
        try (StorageHandle handle = open("there", READ, WRITE, TRUNCATE_EXISTING)) {
            assertThat(readAll(handle)).isEmpty();
            write(handle, "short", 0);
            handle.flush();
        }
        assertThat(loadText("there")).isEqualTo("short");
    }

    /** TRUNCATE_EXISTING without a write empties the object. */
    @Test
    protected void truncateExistingAloneEmptiesTheObject() throws IOException {
        store("there", "gone");
        try (StorageHandle handle = open("there", WRITE, TRUNCATE_EXISTING)) {
            handle.flush();
        }
        assertThat(load("there")).isEmpty();
    }

    /** CREATE with TRUNCATE_EXISTING makes an object that is missing. */
    @Test
    protected void truncateExistingWithCreateMakesAMissingObject() throws IOException {
        store("new", "made");
        assertThat(loadText("new")).isEqualTo("made");
    }

    /** SPARSE is a hint that changes nothing anybody can see. */
    @Test
    protected void sparseIsAHint() throws IOException {
        try (StorageHandle handle = open("sparse", READ, WRITE, CREATE_NEW, SPARSE)) {
            write(handle, "end", 10_000);
            handle.flush();
        }
        byte[] all = load("sparse");
        assertThat(all).hasSize(10_003).startsWith(new byte[10_000]);
    }

    /** APPEND, SYNC and DSYNC are the engine's business; a backend refuses them. */
    @Test
    protected void theEnginesOptionsAreRefused() throws IOException {
        store("there", "kept");
        for (StandardOpenOption option : List.of(APPEND, SYNC, DSYNC)) {
            assertThatThrownBy(() -> open("there", WRITE, option))
                    .as("WRITE with " + option)
                    .isInstanceOf(UnsupportedOperationException.class);
        }
        assertThat(loadText("there")).isEqualTo("kept");
    }

    /** An option that the backend does not know is refused, not ignored. */
    @Test
    protected void unknownOptionsAreRefused() throws IOException {
        store("there", "kept");
        OpenOption foreign = new OpenOption() {
            @Override
            public String toString() {
                return "foreign";
            }
        };
        assertThatThrownBy(() -> open("there", READ, foreign)).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> open("there", WRITE, StandardOpenOption.DELETE_ON_CLOSE))
                .isInstanceOf(UnsupportedOperationException.class);
        assertThat(loadText("there")).isEqualTo("kept");
    }

    /** A handle that was opened for reading changes nothing, and takes nothing from the buffer. */
    @Test
    protected void aReadingHandleRefusesChanges() throws IOException {
        store("there", "kept");
        try (StorageHandle handle = open("there", READ)) {
            ByteBuffer src = Bytes.buffer("X");
            assertThatThrownBy(() -> handle.pwrite(src, 0)).isInstanceOf(NonWritableChannelException.class);
            assertThat(src.position()).as("what the refused write took").isZero();
            assertThatThrownBy(() -> handle.truncate(1)).isInstanceOf(NonWritableChannelException.class);
            assertThat(text(readAll(handle))).isEqualTo("kept");
        }
        assertThat(loadText("there")).isEqualTo("kept");
    }

    /** A handle that was not opened for reading gives nothing to read, of one buffer or several; of a draft neither. */
    @Test
    protected void aHandleThatOnlyWritesRefusesReads() throws IOException {
        store("there", "kept");
        try (StorageHandle handle = open("there", WRITE);
                StorageHandle draft = open("another", WRITE, CREATE, ConveyorOpenOption.ATOMIC_REPLACE)) {
            write(draft, "draft", 0);
            for (StorageHandle writing : List.of(handle, draft)) {
                ByteBuffer[] dsts = {ByteBuffer.allocate(2), ByteBuffer.allocate(2)};
                assertThatThrownBy(() -> writing.pread(dsts[0], 0)).isInstanceOf(NonReadableChannelException.class);
                assertThatThrownBy(() -> writing.pread(dsts, 0)).isInstanceOf(NonReadableChannelException.class);
                assertThat(dsts[0].position()).as("what was given to read").isZero();
            }
        }
    }

    /** A handle that only writes need not read to be written and flushed. */
    @Test
    protected void aWritingHandleNeedsNoRead() throws IOException {
        store("there", "0123456789");
        try (StorageHandle handle = open("there", WRITE)) {
            write(handle, "AB", 4);
            assertThat(handle.lseek(0, Whence.END)).isEqualTo(10);
            handle.flush();
        }
        assertThat(loadText("there")).isEqualTo("0123AB6789");
    }

    /** Parents are made as needed, and siblings share them. */
    @Test
    protected void parentsAreMadeAsNeeded() throws IOException {
        store("a/b/c/d", "deep");
        store("a/b/e", "beside");
        store("a/f", "above");
        assertThat(loadText("a/b/c/d")).isEqualTo("deep");
        assertThat(loadText("a/b/e")).isEqualTo("beside");
        assertThat(loadText("a/f")).isEqualTo("above");
    }

    /** A parent of objects is not an object. */
    @Test
    protected void aParentIsNotAnObject() throws IOException {
        store("parent/child", "child");
        assertThatThrownBy(() -> backend().attributes("parent")).isInstanceOf(NoSuchFileException.class);
        assertThat(keys("")).containsExactly("parent/child");
    }

    /** Keys that break the rule of {@link io.conveyor.spi.ObjectKeys} are refused by every method, before any I/O. */
    @Test
    protected void invalidKeysAreRefused() throws IOException {
        for (String key : List.of(
                "",
                "/",
                "/a",
                "a/",
                "a//b",
                ".",
                "..",
                "./a",
                "a/.",
                "../a",
                "a/..",
                "a/../b",
                "a/./b",
                "a\0b",
                "x".repeat(1025))) {
            assertThatThrownBy(() -> open(key, WRITE, CREATE)).as("open").isInstanceOf(InvalidPathException.class);
            assertThatThrownBy(() -> open(key, READ)).as("open").isInstanceOf(InvalidPathException.class);
            assertThatThrownBy(() -> backend().attributes(key))
                    .as("attributes")
                    .isInstanceOf(InvalidPathException.class);
            assertThatThrownBy(() -> backend().delete(key)).as("delete").isInstanceOf(InvalidPathException.class);
        }
        assertThat(keys("")).isEmpty();
    }

    /** A key means itself: whatever characters it has, it comes back as it went in and no two keys are one object. */
    @Test
    protected void keysKeepEveryCharacter() throws IOException {
        List<String> keys = List.of(
                "plain",
                "with space",
                " leading and trailing ",
                "plus+and&and=and?and#",
                "percent%20and%2Fand%2e%2e",
                "quote'and\"and`",
                "star*and[brackets]{braces}",
                "tilde~dollar$semicolon;comma,at@",
                "...",
                ".hidden",
                "dir.with.dots/..name",
                "größer/naïve/Ångström",
                "日本語/キー",
                "emoji/\uD83D\uDE80");
        for (String key : keys) {
            store(key, "content of " + key);
        }
        for (String key : keys) {
            assertThat(loadText(key)).isEqualTo("content of " + key);
            assertThat(backend().attributes(key).key()).isEqualTo(key);
        }
        assertThat(keys("")).containsExactlyInAnyOrderElementsOf(keys);
    }

    /** Keys that differ only in case are two objects, unless the store says that they are one. */
    @Test
    protected void keysThatDifferInCaseAreTwo() throws IOException {
        assumeTrue(
                tellsApart("Parent/object", "parent/object") && tellsApart("object", "Object"),
                "the store does not tell keys apart that differ in case");
        assertAllApart(List.of("Parent/Object", "Parent/object", "parent/object", "Ångström", "ångström"));
    }

    /** Keys that differ only in the form of an accent, composed (NFC) or not (NFD), are two objects, unless the store says that they are one. */
    @Test
    protected void keysThatDifferInTheirFormAreTwo() throws IOException {
        assumeTrue(
                tellsApart("caf\u00e9", "cafe\u0301"),
                "the store does not tell keys apart that differ in the form of an accent");
        assertAllApart(List.of("caf\u00e9", "cafe\u0301", "caf\u00e9s/object", "cafe\u0301s/object", "cafe"));
    }

    private void assertAllApart(List<String> keys) throws IOException {
        for (String key : keys) {
            store(key, "content of " + key);
        }
        for (String key : keys) {
            assertThat(loadText(key)).as(key).isEqualTo("content of " + key);
            assertThat(backend().attributes(key).key()).isEqualTo(key);
        }
        assertThat(keys("")).containsExactlyInAnyOrderElementsOf(keys);
        assertThat(backend().delete(keys.get(0))).isTrue();
        assertThat(keys("")).containsExactlyInAnyOrderElementsOf(keys.subList(1, keys.size()));
    }

    /** A key may have 1,024 bytes. */
    @Test
    protected void theLongestKeyWorks() throws IOException {
        String segment = "k".repeat(127);
        String key = (segment + "/").repeat(7) + "z".repeat(1024 - 7 * 128);
        assertThat(key).hasSize(1024);
        store(key, "long");
        assertThat(loadText(key)).isEqualTo("long");
        assertThat(keys(segment)).containsExactly(key);
    }

    /** The canonical key is the same each time, for objects that are there and for others, and tells different keys apart. */
    @Test
    protected void canonicalKeysAreStable() throws IOException {
        String before = backend().canonicalKey("a/key");
        store("a/key", "x");
        assertThat(backend().canonicalKey("a/key")).isEqualTo(before);
        assertThat(backend().canonicalKey("another/key")).isNotEqualTo(before);
    }

    /** Two handles on one object are independent of each other: closing one does not disturb the other. */
    @Test
    protected void handlesAreIndependent() throws IOException {
        store("shared", "content");
        StorageHandle first = open("shared", READ);
        StorageHandle second = open("shared", READ);
        first.close();
        assertThat(text(readAll(second))).isEqualTo("content");
    }

    /** A draft needs WRITE; nothing else makes sense of it. */
    @Test
    protected void anAtomicReplaceNeedsWrite() throws IOException {
        store("there", "kept");
        assertThatThrownBy(() -> backend().open("there", Set.of(READ, ConveyorOpenOption.ATOMIC_REPLACE)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> backend().open("there", Set.of())).isInstanceOf(IllegalArgumentException.class);
        assertThat(loadText("there")).isEqualTo("kept");
    }

    /** An empty pread or pwrite at open handles is legal and does nothing. */
    @Test
    protected void emptyBuffersAreLegal() throws IOException {
        store("there", "abc");
        try (StorageHandle handle = open("there", READ, WRITE)) {
            assertThat(handle.pwrite(ByteBuffer.allocate(0), 1)).isZero();
            assertThat(handle.pwrite(ByteBuffer.allocate(0), 100)).isZero();
            assertThat(handle.pread(ByteBuffer.allocate(0), 1)).isZero();
            assertThat(handle.lseek(0, Whence.END)).isEqualTo(3);
        }
    }
}
