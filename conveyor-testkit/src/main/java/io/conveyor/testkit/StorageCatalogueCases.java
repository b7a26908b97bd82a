package io.conveyor.testkit;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.conveyor.ObjectAttributes;
import io.conveyor.Whence;
import io.conveyor.spi.StorageBackend;
import io.conveyor.spi.StorageCapabilities;
import io.conveyor.spi.StorageCapabilities.FlushEffect;
import io.conveyor.spi.StorageCapabilities.ReleasePoint;
import io.conveyor.spi.StorageHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Attributes, listings, deletion, health, the end of handles, and the truth of the capabilities. */
abstract class StorageCatalogueCases extends StoragePublishingCases {

    // ------------------------------------------------------------------ attributes

    /** Attributes give the key, the size, a time of change that is neither in the past of the store nor far in the future. */
    @Test
    protected void attributesDescribeTheObject() throws IOException {
        store("dir/object", "0123456789");
        ObjectAttributes attributes = backend().attributes("dir/object");
        assertThat(attributes.key()).isEqualTo("dir/object");
        assertThat(attributes.size()).isEqualTo(10);
        assertThat(attributes.lastModified())
                .isBetween(Instant.parse("2020-01-01T00:00:00Z"), Instant.now().plusSeconds(86_400));
        assertThat(backend().attributes("dir/object"))
                .as("the attributes of an object that nobody has changed")
                .isEqualTo(attributes);
    }

    /** A missing object has no attributes. */
    @Test
    protected void attributesOfAMissingObjectAreNoSuchFile() {
        assertThatThrownBy(() -> backend().attributes("missing")).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> backend().attributes("no/such/object")).isInstanceOf(NoSuchFileException.class);
    }

    /** A version, where the store has such a thing, names the content: it stays while that stays, and changes with it. */
    @Test
    protected void theVersionNamesTheContent() throws IOException {
        store("object", "first");
        String first = backend().attributes("object").version();
        assumeTrue(first != null, "the store has no versions");
        assertThat(backend().attributes("object").version()).isEqualTo(first);
        store("object", "other");
        assertThat(backend().attributes("object").version()).isNotEqualTo(first);
    }

    // ------------------------------------------------------------------ list

    /** A listing gives all keys that begin with the prefix, as a string and not as a folder, at any depth. */
    @Test
    protected void listGoesByStringPrefix() throws IOException {
        for (String key : List.of("a/1", "a/2", "a/b/c/3", "ab", "b", "ba/4")) {
            store(key, "content of " + key);
        }
        assertThat(keys("")).containsExactly("a/1", "a/2", "a/b/c/3", "ab", "b", "ba/4");
        assertThat(keys("a")).containsExactly("a/1", "a/2", "a/b/c/3", "ab");
        assertThat(keys("a/")).containsExactly("a/1", "a/2", "a/b/c/3");
        assertThat(keys("a/b")).containsExactly("a/b/c/3");
        assertThat(keys("a/b/c/3")).containsExactly("a/b/c/3");
        assertThat(keys("ab")).containsExactly("ab");
        assertThat(keys("abc")).isEmpty();
        assertThat(keys("a/b/c/3/d")).isEmpty();
        assertThat(keys("zzz/")).isEmpty();
    }

    /** A store without objects lists nothing. */
    @Test
    protected void anEmptyStoreListsNothing() throws IOException {
        assertThat(keys("")).isEmpty();
        assertThat(keys("any/prefix")).isEmpty();
    }

    /** A listing gives the same attributes as asking for each object. */
    @Test
    protected void listGivesAttributes() throws IOException {
        store("one", "1");
        store("dir/four", "4444");
        List<ObjectAttributes> asked = new ArrayList<>();
        for (String key : List.of("dir/four", "one")) {
            asked.add(toTheSecond(backend().attributes(key)));
        }
        try (Stream<ObjectAttributes> listing = backend().list("")) {
            assertThat(listing.map(StorageCatalogueCases::toTheSecond)).containsExactlyInAnyOrderElementsOf(asked);
        }
        assertThat(asked).extracting(ObjectAttributes::size).containsExactly(4L, 1L);
    }

    /** Some stores tell the time of change in a listing to the millisecond, and of one object in a header, which has seconds. */
    private static ObjectAttributes toTheSecond(ObjectAttributes attributes) {
        return new ObjectAttributes(
                attributes.key(),
                attributes.size(),
                attributes.lastModified().truncatedTo(ChronoUnit.SECONDS),
                attributes.version());
    }

    /** A long listing is complete, and each object is in it once. */
    @Test
    protected void aLongListingIsComplete() throws IOException {
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < longListing(); i++) {
            String key = String.format("many/%02d/%04d", i % 7, i);
            store(key, "x");
            expected.add(key);
        }
        assertThat(keys("many/")).containsExactlyInAnyOrderElementsOf(expected);
    }

    /** A listing may be left half-read. */
    @Test
    protected void aListingCanBeLeftHalfRead() throws IOException {
        for (int i = 0; i < 10; i++) {
            store("object" + i, "x");
        }
        try (Stream<ObjectAttributes> listing = backend().list("object")) {
            assertThat(listing.limit(3)).hasSize(3);
        }
        assertThat(keys("object")).hasSize(10);
    }

    /** A prefix that leads upwards finds nothing, whatever lies there. */
    @Test
    protected void aPrefixDoesNotLeadOutOfTheStore() throws IOException {
        store("object", "x");
        for (String prefix : List.of("../", "..", "/", "/etc/", "./", "a/../", "object/../")) {
            try {
                assertThat(keys(prefix)).as(prefix).isEmpty();
            } catch (InvalidPathException refused) {
                assertThat(refused.getInput()).isEqualTo(prefix);
            }
        }
    }

    // ------------------------------------------------------------------ delete

    /** Delete removes the object, and says whether there was one. */
    @Test
    protected void deleteRemovesTheObject() throws IOException {
        store("dir/object", "x");
        store("dir/sibling", "y");
        assertThat(backend().delete("dir/object")).isTrue();
        assertThat(backend().delete("dir/object")).isFalse();
        assertThatThrownBy(() -> backend().attributes("dir/object")).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> open("dir/object", READ)).isInstanceOf(NoSuchFileException.class);
        assertThat(keys("")).containsExactly("dir/sibling");
        assertThat(loadText("dir/sibling")).isEqualTo("y");
    }

    /** There is nothing to delete under a key without an object, nor under a parent of objects. */
    @Test
    protected void deleteOfAMissingObjectIsFalse() throws IOException {
        store("dir/object", "x");
        assertThat(backend().delete("missing")).isFalse();
        assertThat(backend().delete("no/such/object")).isFalse();
        assertThat(backend().delete("dir")).isFalse();
        assertThat(keys("")).containsExactly("dir/object");
    }

    /** A key can be used again after delete; nothing of the old object is left. */
    @Test
    protected void aDeletedKeyCanBeUsedAgain() throws IOException {
        store("object", "a long old content");
        assertThat(backend().delete("object")).isTrue();
        try (StorageHandle handle = open("object", READ, WRITE, CREATE)) {
            assertThat(handle.lseek(0, Whence.END)).isZero();
            write(handle, "new", 0);
            handle.flush();
        }
        assertThat(loadText("object")).isEqualTo("new");
    }

    // ------------------------------------------------------------------ ping, capabilities, the end

    /** A healthy store answers a ping, at once and again. */
    @Test
    protected void pingAnswers() throws IOException {
        backend().ping();
        backend().ping();
        assertThat(keys("")).isEmpty();
    }

    /** Name and capabilities are constant. */
    @Test
    protected void nameAndCapabilitiesAreConstant() throws IOException {
        String name = backend().name();
        StorageCapabilities before = capabilities();
        store("object", "x");
        assertThat(name).isNotBlank();
        assertThat(backend().name()).isEqualTo(name);
        assertThat(capabilities()).isEqualTo(before);
    }

    /** The identity is constant, and short enough to be kept in a journal. */
    @Test
    protected void theIdentityIsConstantAndShort() throws IOException {
        String identity = backend().identity();
        store("object", "x");
        assertThat(identity).isNotBlank();
        assertThat(Bytes.of(identity).length).as("UTF-8 bytes of the identity").isLessThanOrEqualTo(2_048);
        assertThat(backend().identity()).isEqualTo(identity);
    }

    /** The capabilities do not contradict each other. */
    @Test
    protected void capabilitiesAgreeWithEachOther() throws IOException {
        StorageCapabilities can = capabilities();
        assertThat(can.atomicCommit())
                .as("atomicCommit says the same as flushEffect COMMIT")
                .isEqualTo(can.flushEffect() == FlushEffect.COMMIT);
        if (can.releaseAt() == ReleasePoint.FLUSH) {
            assertThat(can.flushEffect())
                    .as("a flush that releases bytes is not nothing")
                    .isNotEqualTo(FlushEffect.NONE);
        }
        assertThat((long) can.preferredWriteBytes()).isLessThanOrEqualTo(can.maxObjectBytes());
        try (StorageHandle handle = create("object")) {
            assertThat(handle.preferredWriteBytes(0)).isNotNegative();
            assertThat(handle.preferredWriteBytes(1L << 30)).isNotNegative();
        }
    }

    /** Use of a handle after close is refused. */
    @Test
    protected void useAfterCloseIsRefused() throws IOException {
        store("object", "kept");
        StorageHandle handle = open("object", READ, WRITE);
        handle.close();
        assertEnded(handle);
        StorageHandle aborted = open("object", READ, WRITE);
        aborted.abort();
        assertEnded(aborted);
        assertThat(loadText("object")).isEqualTo("kept");
    }

    private static void assertEnded(StorageHandle handle) {
        assertThatThrownBy(() -> handle.pread(ByteBuffer.allocate(1), 0)).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> handle.pwrite(Bytes.buffer("X"), 0)).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> handle.truncate(1)).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(handle::flush).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> handle.lseek(0, Whence.END)).isInstanceOf(ClosedChannelException.class);
    }

    /** Close and abort may follow each other in any order, any number of times. */
    @Test
    protected void closeAndAbortAreIdempotent() throws IOException {
        StorageHandle closed = create("closed");
        write(closed, "flushed", 0);
        closed.flush();
        closed.close();
        closed.close();
        closed.abort();
        StorageHandle aborted = create("aborted");
        aborted.abort();
        aborted.abort();
        aborted.close();
        assertThat(loadText("closed")).isEqualTo("flushed");
    }

    /** A backend may be closed twice. */
    @Test
    protected void closingTheBackendTwiceIsLegal() throws IOException {
        store("object", "x");
        StorageBackend backend = backend();
        backend.close();
        backend.close();
    }

    /** Several threads open, write and close objects of their own side by side. */
    @Test
    protected void threadsUseTheBackendSideBySide() throws Exception {
        Concurrently.run(4, index -> {
            for (int i = 0; i < 10; i++) {
                String key = "thread" + index + "/object" + i;
                store(key, Bytes.at(0, 1_000 + i, index + 1));
                assertThat(Bytes.difference(Bytes.at(0, 1_000 + i, index + 1), load(key), 0))
                        .isEmpty();
            }
        });
        assertThat(keys("thread")).hasSize(40);
    }
}
