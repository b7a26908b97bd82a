package io.conveyor.testkit;

import static io.conveyor.ConveyorOpenOption.ATOMIC_REPLACE;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.conveyor.ConflictException;
import io.conveyor.ConflictResolution;
import io.conveyor.Whence;
import io.conveyor.spi.StorageCapabilities.FlushEffect;
import io.conveyor.spi.StorageCapabilities.SyncEffect;
import io.conveyor.spi.StorageHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import org.junit.jupiter.api.Test;

/** When others see what was written: flush, sync, conditional versions, drafts that replace an object in one step. */
abstract class StoragePublishingCases extends StorageWritingCases {

    // ------------------------------------------------------------------ flush and sync

    /** After a flush others see all that was written, in bytes and in size. */
    @Test
    protected void flushMakesWritesVisible() throws IOException {
        try (StorageHandle handle = create("object")) {
            write(handle, "visible", 0);
            handle.flush();
            assertThat(loadText("object")).isEqualTo("visible");
            assertThat(backend().attributes("object").size()).isEqualTo(7);
        }
        assertThat(loadText("object")).isEqualTo("visible");
    }

    /** A handle goes on after a flush, and each flush shows all that was written until then. */
    @Test
    protected void writesGoOnAfterAFlush() throws IOException {
        try (StorageHandle handle = create("object")) {
            for (int i = 0; i < 10; i++) {
                write(handle, Bytes.at(i * 1_000L, 1_000, 3), i * 1_000L);
                handle.flush();
                assertThat(Bytes.difference(Bytes.at(0, (i + 1) * 1_000, 3), load("object"), 0))
                        .as("after flush %d", i)
                        .isEmpty();
                assertThat(backend().attributes("object").size())
                        .as("size after flush %d", i)
                        .isEqualTo((i + 1) * 1_000L);
            }
        }
    }

    /** Flushing twice, or without a write, is legal and changes nothing. */
    @Test
    protected void flushingNothingIsLegal() throws IOException {
        store("object", "kept");
        try (StorageHandle handle = open("object", READ, WRITE)) {
            handle.flush();
            handle.flush();
            write(handle, "K", 0);
            handle.flush();
            handle.flush();
        }
        assertThat(loadText("object")).isEqualTo("Kept");
    }

    /** A flush after an overwrite shows the new bytes to handles that are opened then. */
    @Test
    protected void flushShowsOverwrites() throws IOException {
        store("object", "0123456789");
        try (StorageHandle handle = open("object", READ, WRITE)) {
            write(handle, "XY", 3);
            handle.flush();
            assertThat(loadText("object")).isEqualTo("012XY56789");
            write(handle, "Z", 0);
            handle.flush();
            assertThat(loadText("object")).isEqualTo("Z12XY56789");
        }
    }

    /** Where flush has no effect, what is written is visible without it. */
    @Test
    protected void writesAreVisibleWhereFlushDoesNothing() throws IOException {
        assumeTrue(capabilities().flushEffect() == FlushEffect.NONE, "the capabilities claim a flushEffect");
        try (StorageHandle handle = create("object")) {
            write(handle, "visible", 0);
            assertThat(loadText("object")).isEqualTo("visible");
            assertThat(backend().attributes("object").size()).isEqualTo(7);
            handle.truncate(3);
            assertThat(loadText("object")).isEqualTo("vis");
        }
    }

    /** Sync after flush succeeds, again and again, with or without something to make durable. */
    @Test
    protected void syncAfterFlushSucceeds() throws IOException {
        assumeTrue(capabilities().syncEffect() != SyncEffect.NONE, "the capabilities say that sync does nothing");
        try (StorageHandle handle = create("object")) {
            handle.flush();
            handle.sync();
            write(handle, "durable", 0);
            handle.flush();
            handle.sync();
            handle.sync();
        }
        assertThat(loadText("object")).isEqualTo("durable");
    }

    // ------------------------------------------------------------------ stores that publish whole versions

    /** Where a flush publishes a version, nobody sees anything of it before. */
    @Test
    protected void nothingIsPublishedBeforeTheFlush() throws IOException {
        assumeAtomic();
        store("object", "old version");
        try (StorageHandle handle = open("object", READ, WRITE)) {
            write(handle, "new", 0);
            handle.truncate(5);
            assertThat(loadText("object")).isEqualTo("old version");
            handle.flush();
            assertThat(loadText("object")).isEqualTo("new v");
        }
    }

    /** Where a flush publishes a version, closing without a flush leaves the object as it was at the last one. */
    @Test
    protected void closeWithoutFlushPublishesNothing() throws IOException {
        assumeAtomic();
        try (StorageHandle handle = create("object")) {
            write(handle, "flushed", 0);
            handle.flush();
            write(handle, "dropped", 0);
        }
        assertThat(loadText("object")).isEqualTo("flushed");
    }

    /** Where a flush publishes a version, abort leaves the object as it was at the last one. */
    @Test
    protected void abortKeepsTheLastVersion() throws IOException {
        assumeAtomic();
        store("object", "old version");
        StorageHandle handle = open("object", READ, WRITE);
        write(handle, "dropped", 0);
        handle.abort();
        assertThat(loadText("object")).isEqualTo("old version");
        StorageHandle fresh = create("fresh");
        write(fresh, "dropped", 0);
        fresh.abort();
        assertThatThrownBy(() -> backend().attributes("fresh")).isInstanceOf(NoSuchFileException.class);
    }

    /** Where a flush publishes a version, TRUNCATE_EXISTING is a part of it: without the flush the object keeps its bytes. */
    @Test
    protected void whatATruncatingOpenDropsIsKeptUntilTheFlush() throws IOException {
        assumeAtomic();
        store("object", "old version");
        try (StorageHandle closed = open("object", WRITE, TRUNCATE_EXISTING)) {
            assertThat(loadText("object")).isEqualTo("old version");
            write(closed, "dropped", 0);
        }
        assertThat(loadText("object")).isEqualTo("old version");
        StorageHandle aborted = open("object", WRITE, CREATE, TRUNCATE_EXISTING);
        aborted.abort();
        assertThat(loadText("object")).isEqualTo("old version");
    }

    /** A large draft that nobody published leaves nothing that a listing shows. */
    @Test
    protected void abortLeavesNothingInListings() throws IOException {
        assumeAtomic();
        StorageHandle handle = create("large");
        write(handle, Bytes.at(0, largeBytes(), 3), 0);
        assertThat(keys("")).isEmpty();
        handle.abort();
        assertThat(keys("")).isEmpty();
    }

    /** Of two drafts over one version the first flush wins; the second is a conflict, and nothing of it is merged. */
    @Test
    protected void theSecondOfTwoDraftsIsAConflict() throws IOException {
        assumeAtomic();
        store("object", "base_version");
        try (StorageHandle first = open("object", READ, WRITE);
                StorageHandle second = open("object", READ, WRITE)) {
            write(first, "FIRST", 0);
            write(second, "SECOND", 0);
            first.flush();
            assertThatThrownBy(second::flush)
                    .isInstanceOfSatisfying(
                            ConflictException.class,
                            conflict -> assertThat(conflict.key()).isEqualTo("object"));
            assertThat(loadText("object")).isEqualTo("FIRSTversion");
            assertThat(text(read(second, 0, 6))).as("our bytes stay readable").isEqualTo("SECOND");
        }
    }

    /** Of two drafts that create one object the first flush wins, the second is a conflict. */
    @Test
    protected void theSecondOfTwoCreationsIsAConflict() throws IOException {
        assumeAtomic();
        try (StorageHandle first = create("object");
                StorageHandle second = create("object")) {
            write(first, "first", 0);
            write(second, "second", 0);
            first.flush();
            assertThatThrownBy(second::flush).isInstanceOf(ConflictException.class);
        }
        assertThat(loadText("object")).isEqualTo("first");
    }

    /** A draft whose object somebody deleted is a conflict; the object does not come back by itself. */
    @Test
    protected void aDraftOfADeletedObjectIsAConflict() throws IOException {
        assumeAtomic();
        store("object", "base_version");
        try (StorageHandle handle = open("object", READ, WRITE)) {
            write(handle, "X", 0);
            assertThat(backend().delete("object")).isTrue();
            assertThatThrownBy(handle::flush).isInstanceOf(ConflictException.class);
        }
        assertThatThrownBy(() -> backend().attributes("object")).isInstanceOf(NoSuchFileException.class);
    }

    /** Every flush is under the condition of the version that the one before it left, not only a handle's first. */
    @Test
    protected void everyFlushIsConditional() throws IOException {
        assumeAtomic();
        store("object", "base_version");
        try (StorageHandle handle = open("object", READ, WRITE)) {
            write(handle, "OURS", 0);
            handle.flush();
            store("object", "THEIRS");
            write(handle, "AGAIN", 0);
            assertThatThrownBy(handle::flush)
                    .as("the second flush, after somebody else changed the object")
                    .isInstanceOf(ConflictException.class);
            assertThat(loadText("object")).isEqualTo("THEIRS");
        }
        assertThat(loadText("object")).isEqualTo("THEIRS");
    }

    /** A conflict stays one until it is resolved: asking again does not overwrite. */
    @Test
    protected void aConflictStaysOneUntilItIsResolved() throws IOException {
        try (StorageHandle handle = conflicting()) {
            for (int flush = 2; flush <= 3; flush++) {
                assertThatThrownBy(handle::flush).as("flush %d", flush).isInstanceOf(ConflictException.class);
                assertThat(loadText("object")).as("after flush %d", flush).isEqualTo("THEIR VERS");
            }
        }
        assertThat(loadText("object")).isEqualTo("THEIR VERS");
    }

    /** TRUNCATE_EXISTING drops the bytes that were there, not the condition: it replaces the version that was opened and no other. */
    @Test
    protected void aFlushThatTruncatesIsConditionalToo() throws IOException {
        assumeAtomic();
        store("object", "base_version");
        try (StorageHandle handle = open("object", READ, WRITE, TRUNCATE_EXISTING);
                StorageHandle creating = open("object", WRITE, CREATE, TRUNCATE_EXISTING)) {
            write(handle, "OURS", 0);
            write(creating, "OURS", 0);
            store("object", "THEIRS");
            assertThatThrownBy(handle::flush).isInstanceOf(ConflictException.class);
            assertThatThrownBy(creating::flush).as("with CREATE").isInstanceOf(ConflictException.class);
        }
        assertThat(loadText("object")).isEqualTo("THEIRS");
    }

    /** The version of a handle, where the store tells it to readers, is that of what it was opened on, and of what it has published since. */
    @Test
    protected void theVersionOfAHandleNamesWhatItBuildsOn() throws IOException {
        store("object", "base_version");
        try (StorageHandle writer = open("object", READ, WRITE);
                StorageHandle reader = open("object", READ)) {
            String base = reader.version();
            assumeTrue(base != null, "a handle that reads has no version");
            assertThat(writer.version()).as("of another handle on the same").isEqualTo(base);
            write(writer, "NEW", 0);
            writer.flush();
            String published = writer.version();
            assertThat(published).as("of what was published").isNotNull().isNotEqualTo(base);
            try (StorageHandle after = open("object", READ)) {
                assertThat(after.version()).as("of what is opened then").isEqualTo(published);
            }
        }
        try (StorageHandle creator = create("another")) {
            assertThat(creator.version()).as("before anything is stored").isNull();
        }
    }

    /** REBASE lays our ranges onto their version. */
    @Test
    protected void rebaseLaysOurRangesOntoTheirs() throws IOException {
        try (StorageHandle handle = conflicting()) {
            resolve(handle, ConflictResolution.REBASE);
            handle.flush();
        }
        assertThat(loadText("object")).isEqualTo("THEoursERS");
    }

    /** DISCARD drops our bytes and goes on with theirs. */
    @Test
    protected void discardGoesOnWithTheirs() throws IOException {
        try (StorageHandle handle = conflicting()) {
            resolve(handle, ConflictResolution.DISCARD);
            assertThat(text(readAll(handle))).isEqualTo("THEIR VERS");
            write(handle, "x", 0);
            handle.flush();
        }
        assertThat(loadText("object")).isEqualTo("xHEIR VERS");
    }

    /** OVERWRITE puts our version in the place of theirs, if the version it stands on can still be had. */
    @Test
    protected void overwriteTakesThePlaceOfTheirs() throws IOException {
        try (StorageHandle handle = conflicting()) {
            try {
                resolve(handle, ConflictResolution.OVERWRITE);
            } catch (NoSuchFileException baseGone) {
                assertThat(loadText("object")).isEqualTo("THEIR VERS");
                return;
            }
            handle.flush();
        }
        assertThat(loadText("object")).isEqualTo("basours678");
    }

    /** SaveAs stores our version elsewhere, if the version it stands on can still be had, and leaves theirs. */
    @Test
    protected void saveAsStoresOursElsewhere() throws IOException {
        try (StorageHandle handle = conflicting()) {
            try {
                resolve(handle, ConflictResolution.saveAs("elsewhere"));
            } catch (NoSuchFileException baseGone) {
                assertThat(loadText("object")).isEqualTo("THEIR VERS");
                return;
            }
            handle.flush();
        }
        assertThat(loadText("elsewhere")).isEqualTo("basours678");
        assertThat(loadText("object")).isEqualTo("THEIR VERS");
    }

    private StorageHandle conflicting() throws IOException {
        assumeAtomic();
        store("object", "base345678");
        StorageHandle handle = open("object", READ, WRITE);
        write(handle, "ours", 3);
        store("object", "THEIR VERS");
        assertThatThrownBy(handle::flush).isInstanceOf(ConflictException.class);
        return handle;
    }

    private static void resolve(StorageHandle handle, ConflictResolution resolution) throws IOException {
        try {
            handle.resolve(resolution);
        } catch (UnsupportedOperationException unsupported) {
            abort("the store knows no resolution " + resolution);
        }
    }

    private void assumeAtomic() {
        assumeTrue(capabilities().atomicCommit(), "the capabilities do not claim atomicCommit");
    }

    // ------------------------------------------------------------------ ATOMIC_REPLACE

    /** A draft starts empty although the object is not, reads what it wrote, and nobody else sees it before the commit. */
    @Test
    protected void aDraftIsEmptyAndUnseen() throws IOException {
        store("object", "old version");
        try (StorageHandle draft = open("object", READ, WRITE, ATOMIC_REPLACE)) {
            assertThat(draft.lseek(0, Whence.END)).isZero();
            write(draft, "new", 0);
            assertThat(text(readAll(draft))).isEqualTo("new");
            assertThat(loadText("object")).isEqualTo("old version");
            assertThat(backend().attributes("object").size()).isEqualTo(11);
        }
    }

    /** TRUNCATE_EXISTING says no more than that a draft starts empty, which it does anyway. */
    @Test
    protected void aDraftThatTruncatesIsUnseenToo() throws IOException {
        store("object", "old version");
        try (StorageHandle closed = open("object", READ, WRITE, CREATE, TRUNCATE_EXISTING, ATOMIC_REPLACE)) {
            assertThat(loadText("object")).isEqualTo("old version");
            write(closed, "new", 0);
            assertThat(text(readAll(closed))).isEqualTo("new");
            closed.flush();
            assertThat(loadText("object")).isEqualTo("old version");
        }
        assertThat(loadText("object")).isEqualTo("old version");
        try (StorageHandle committed = open("object", WRITE, TRUNCATE_EXISTING, ATOMIC_REPLACE)) {
            write(committed, "new", 0);
            committed.commit();
        }
        assertThat(loadText("object")).isEqualTo("new");
    }

    /** A commit leaves the object and nothing else that a listing shows, before the draft is closed and after. */
    @Test
    protected void commitLeavesNothingBesideTheObject() throws IOException {
        store("dir/object", "old version");
        try (StorageHandle draft = open("dir/object", WRITE, ATOMIC_REPLACE);
                StorageHandle fresh = open("dir/fresh", WRITE, CREATE, ATOMIC_REPLACE)) {
            write(draft, "new", 0);
            write(fresh, "new", 0);
            draft.commit();
            fresh.commit();
            assertThat(keys("")).containsExactly("dir/fresh", "dir/object");
        }
        assertThat(keys("")).containsExactly("dir/fresh", "dir/object");
    }

    /** Commit puts the draft in the place of the object, in one step. */
    @Test
    protected void commitReplacesTheObject() throws IOException {
        store("object", "a rather long old version");
        try (StorageHandle draft = open("object", WRITE, ATOMIC_REPLACE)) {
            write(draft, "new", 0);
            draft.commit();
            assertThat(loadText("object")).isEqualTo("new");
        }
        assertThat(loadText("object")).isEqualTo("new");
    }

    /** Commit of a draft with CREATE makes an object that was not there, below new parents as well. */
    @Test
    protected void commitMakesAMissingObject() throws IOException {
        try (StorageHandle draft = open("new/parent/object", WRITE, CREATE, ATOMIC_REPLACE)) {
            write(draft, "made", 0);
            assertThatThrownBy(() -> backend().attributes("new/parent/object")).isInstanceOf(NoSuchFileException.class);
            draft.commit();
        }
        assertThat(loadText("new/parent/object")).isEqualTo("made");
    }

    /** Commit of a draft that nobody wrote to leaves an empty object. */
    @Test
    protected void commitOfNothingIsAnEmptyObject() throws IOException {
        store("object", "old version");
        try (StorageHandle draft = open("object", WRITE, ATOMIC_REPLACE)) {
            draft.commit();
        }
        assertThat(load("object")).isEmpty();
    }

    /** Flush and sync bring bytes into the draft and publish nothing. */
    @Test
    protected void flushAndSyncDoNotPublishADraft() throws IOException {
        store("object", "old version");
        try (StorageHandle draft = open("object", READ, WRITE, ATOMIC_REPLACE)) {
            write(draft, "new", 0);
            draft.flush();
            draft.sync();
            assertThat(loadText("object")).isEqualTo("old version");
            write(draft, " bytes", 3);
            draft.flush();
            draft.commit();
        }
        assertThat(loadText("object")).isEqualTo("new bytes");
    }

    /** Random writes, truncations, reads and flushes change a draft as they change an object, and leave the one that it is to replace alone. */
    @Test
    protected void randomChangesToADraftEndAsOnAPlainArray() throws IOException {
        Seed seed = Seed.current();
        byte[] old = Bytes.at(0, 50_000, 3);
        store("object", old);
        byte[] expected;
        try (StorageHandle draft = open("object", READ, WRITE, ATOMIC_REPLACE)) {
            expected = randomChanges(draft, seed);
            assertThat(Bytes.difference(old, load("object"), 0)).as("%s", seed).isEmpty();
            draft.commit();
        }
        assertThat(Bytes.difference(expected, load("object"), 0)).as("%s", seed).isEmpty();
    }

    /** Closing a draft without commit drops it. */
    @Test
    protected void closeWithoutCommitDropsTheDraft() throws IOException {
        store("object", "old version");
        try (StorageHandle draft = open("object", WRITE, CREATE, ATOMIC_REPLACE);
                StorageHandle fresh = open("fresh", WRITE, CREATE, ATOMIC_REPLACE)) {
            write(draft, "new", 0);
            write(fresh, "new", 0);
            draft.flush();
        }
        assertThat(loadText("object")).isEqualTo("old version");
        assertThatThrownBy(() -> backend().attributes("fresh")).isInstanceOf(NoSuchFileException.class);
        assertThat(keys("")).containsExactly("object");
    }

    /** Aborting a draft restores what was there before: the object, or its absence; no temporary stays behind. */
    @Test
    protected void abortOfADraftRestoresWhatWasThere() throws IOException {
        store("object", "old version");
        StorageHandle draft = open("object", WRITE, CREATE, ATOMIC_REPLACE);
        StorageHandle fresh = open("fresh/object", WRITE, CREATE, ATOMIC_REPLACE);
        write(draft, "new", 0);
        write(fresh, "new", 0);
        fresh.flush();
        draft.abort();
        fresh.abort();
        assertThat(loadText("object")).isEqualTo("old version");
        assertThat(keys("")).containsExactly("object");
    }

    /** While a draft is open no listing shows it, nor what the store keeps for it. */
    @Test
    protected void listingsHideDrafts() throws IOException {
        store("dir/object", "old version");
        try (StorageHandle draft = open("dir/object", WRITE, ATOMIC_REPLACE);
                StorageHandle fresh = open("dir/fresh", WRITE, CREATE, ATOMIC_REPLACE)) {
            write(draft, Bytes.at(0, 100_000, 3), 0);
            write(fresh, Bytes.at(0, 100_000, 3), 0);
            draft.flush();
            fresh.flush();
            assertThat(keys("")).containsExactly("dir/object");
            assertThat(keys("dir/")).containsExactly("dir/object");
        }
    }

    /** A draft of a missing object needs CREATE. */
    @Test
    protected void aDraftOfAMissingObjectNeedsCreate() {
        assertThatThrownBy(() -> open("missing", WRITE, ATOMIC_REPLACE)).isInstanceOf(NoSuchFileException.class);
    }

    /** A draft with CREATE_NEW refuses an object that exists. */
    @Test
    protected void aNewDraftRefusesAnExistingObject() throws IOException {
        store("object", "old version");
        assertThatThrownBy(() -> open("object", WRITE, CREATE_NEW, ATOMIC_REPLACE))
                .isInstanceOf(FileAlreadyExistsException.class);
        assertThat(loadText("object")).isEqualTo("old version");
    }

    /** A draft with CREATE_NEW does not overwrite an object that appeared meanwhile: the commit is a conflict. */
    @Test
    protected void aNewDraftDoesNotOverwriteWhatAppearedMeanwhile() throws IOException {
        try (StorageHandle draft = open("object", WRITE, CREATE_NEW, ATOMIC_REPLACE)) {
            write(draft, "ours", 0);
            store("object", "theirs");
            assertThatThrownBy(draft::commit).isInstanceOf(ConflictException.class);
        }
        assertThat(loadText("object")).isEqualTo("theirs");
        assertThat(keys("")).containsExactly("object");
    }

    /** A large draft is published whole. */
    @Test
    protected void aLargeDraftIsPublishedWhole() throws IOException {
        store("large", Bytes.at(0, 1_000, 3));
        byte[] content = Bytes.at(0, largeBytes(), 4);
        try (StorageHandle draft = open("large", WRITE, ATOMIC_REPLACE)) {
            write(draft, content, 0);
            write(draft, Bytes.at(0, 10, 4), 0);
            draft.flush();
            draft.commit();
        }
        assertThat(Bytes.difference(content, load("large"), 0)).isEmpty();
    }

    /** Whoever reads while drafts are committed sees whole versions only, old or new. */
    @Test
    protected void readersSeeWholeVersionsOnly() throws Exception {
        int size = 20_000;
        store("object", Bytes.at(0, size, 1));
        Concurrently.run(2, index -> {
            for (int version = 2; version < 12; version++) {
                if (index == 0) {
                    try (StorageHandle draft = open("object", WRITE, ATOMIC_REPLACE)) {
                        write(draft, Bytes.at(0, size, version), 0);
                        draft.flush();
                        draft.commit();
                    }
                } else {
                    byte[] seen = loadWhole("object");
                    int tag = Bytes.tagOf(ByteBuffer.wrap(seen).getLong());
                    assertThat(Bytes.difference(Bytes.at(0, size, tag), seen, 0))
                            .isEmpty();
                }
            }
        });
    }

    private byte[] loadWhole(String key) throws IOException {
        while (true) {
            try {
                return load(key);
            } catch (ConflictException changedMeanwhile) {
                // A store that pins readers to a version it then drops says so; the reader opens the new one.
                assertThat(changedMeanwhile.key()).isEqualTo(key);
            }
        }
    }
}
