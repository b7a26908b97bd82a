package io.conveyor;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.Stream;

/**
 * Opens conveyors on the objects of one store. They share one memory budget and one group of workers.
 *
 * <p><b>Threads.</b> Every method may be called from any thread. <b>Keys</b> are 1 to 1,024 UTF-8 bytes: segments separated by {@code /},
 * none of them empty, {@code .} or {@code ..}, no NUL; anything else is an {@link java.nio.file.InvalidPathException} before any I/O.
 * Parents are made as needed.
 *
 * <p><b>Scope.</b> A factory refuses a second writing conveyor on one key with {@link ConflictException} unless {@link
 * ConveyorOptions.Builder#allowSeveralWriters} says otherwise. What one conveyor has accepted and not yet flushed is seen by that conveyor
 * only; other conveyors and the methods here see what storage shows.
 */
public interface ConveyorFactory extends Closeable {

    /**
     * Opens a conveyor with this factory's options. Without an option it is opened for reading. {@code APPEND} implies {@code WRITE}. Understood
     * are {@code READ}, {@code WRITE}, {@code APPEND}, {@code CREATE}, {@code CREATE_NEW}, {@code TRUNCATE_EXISTING}, {@code DSYNC}, {@code SYNC},
     * {@code SPARSE} (a hint), {@link ConveyorOpenOption} and what the backend adds.
     *
     * @throws NoSuchFileException if the object does not exist and is not to be created
     * @throws java.nio.file.FileAlreadyExistsException if it exists and {@code CREATE_NEW} was given
     * @throws java.nio.file.AccessDeniedException if the store does not allow it
     * @throws ConflictException if the key has a writer already, or, for writing, a journal that somebody has to decide about
     * @throws IllegalArgumentException if the options contradict each other
     * @throws UnsupportedOperationException if an option is not known
     */
    default Conveyor open(String key, OpenOption... options) throws IOException {
        return open(key, ConveyorOptions.inherited(), options);
    }

    /**
     * Opens a conveyor; what {@code overrides} leaves unset is inherited from the factory.
     *
     * @throws IOException as {@link #open(String, OpenOption...)}
     */
    Conveyor open(String key, ConveyorOptions overrides, OpenOption... options) throws IOException;

    /**
     * What the store says about an object.
     *
     * @throws NoSuchFileException if there is none
     */
    ObjectAttributes attributes(String key) throws IOException;

    /**
     * Whether the object exists.
     *
     * @throws IOException if the store does not tell
     */
    default boolean exists(String key) throws IOException {
        try {
            attributes(key);
            return true;
        } catch (NoSuchFileException absent) {
            return false;
        }
    }

    /**
     * Deletes an object.
     *
     * @return whether it existed
     * @throws ConflictException if a conveyor of this factory is writing it
     */
    boolean delete(String key) throws IOException;

    /**
     * The objects whose keys begin with {@code prefix} (a string prefix; empty for all), in no particular order, internal temporaries left
     * out. The stream is lazy: close it. While it is consumed it fails by {@link java.io.UncheckedIOException}.
     *
     * @throws IOException if the listing cannot begin
     */
    Stream<ObjectAttributes> list(String prefix) throws IOException;

    /**
     * Replaces an object in one step: what {@code body} writes is published when it returns, and dropped if it throws.
     *
     * <p>Closing the conveyor that {@code body} is given, as writers and archives do that close what they write to, ends its use and nothing else: it is
     * published when the body returns, and not if an exception passes through. {@link Conveyor#abort() Aborting} it, closed or not, drops what was
     * written, and makes this method throw.
     *
     * @param options by default {@code CREATE} and {@code TRUNCATE_EXISTING}; {@code WRITE} and {@link ConveyorOpenOption#ATOMIC_REPLACE} are
     *     always added
     * @throws IOException what {@code body} threw, that it has aborted, or why the object could not be published, as when this factory was closed meanwhile;
     *     the object is then as it was before
     */
    default void write(String key, IOConsumer<? super Conveyor> body, OpenOption... options) throws IOException {
        DeferredConveyor draft = new DeferredConveyor(open(key, OpenOptions.forReplacing(options)));
        draft.fill(body);
        draft.publish();
    }

    /**
     * An input stream over the whole object; closing it closes its conveyor. One thread at a time.
     *
     * @throws NoSuchFileException if there is no such object
     */
    default InputStream newInputStream(String key) throws IOException {
        return ConveyorInput.over(open(key, StandardOpenOption.READ), true);
    }

    /**
     * An output stream to the object; closing it flushes and closes its conveyor, {@link ConveyorOutputStream#abort()} aborts it. One thread
     * at a time.
     *
     * @param options by default {@code CREATE} and {@code TRUNCATE_EXISTING}; {@code WRITE} is always added. With {@link
     *     ConveyorOpenOption#ATOMIC_REPLACE} nothing is published before close, and nothing at all if a write has failed.
     * @throws IOException as {@link #open(String, OpenOption...)}
     */
    default ConveyorOutputStream newOutputStream(String key, OpenOption... options) throws IOException {
        return ConveyorOutput.over(open(key, OpenOptions.forWriting(options)), true);
    }

    /** The conveyors that are open now, in no particular order; a snapshot. */
    List<Conveyor> openConveyors();

    /** A snapshot of the figures so far, closed conveyors included. Never blocks for I/O. */
    FactoryStats stats();

    /**
     * The journals that are not resolved: of processes that have died, and of conveyors that were closed although storage had not taken everything. Empty
     * without a journal.
     */
    default List<JournalInfo> journals() {
        return List.of();
    }

    /**
     * Decides what becomes of a journal, and waits until that is done. {@link ConflictResolution#REBASE} replays it onto what is stored now, a damaged
     * one up to its first bad entry; {@link ConflictResolution#saveAs} copies what is stored now, if anything, to another key and replays onto the
     * copy; {@link ConflictResolution#DISCARD} drops it. After a failure it is as it was, unless
     * it was found damaged meanwhile: then it is corrupt, and may be decided about once more.
     *
     * @param id as {@link #journals()} says
     * @throws java.util.NoSuchElementException if there is no such journal
     * @throws UnsupportedOperationException if the resolution is another one, or nothing in the journal can be replayed
     * @throws java.nio.file.FileAlreadyExistsException if there is an object under the other key
     * @throws ConflictException if the key is open for writing
     */
    default void resolveJournal(String id, ConflictResolution resolution) throws IOException {
        throw new NoSuchElementException("there is no journal " + id);
    }

    /**
     * Flushes all open conveyors, side by side.
     *
     * @throws IOException the first failure, the others suppressed
     */
    void flush() throws IOException;

    /**
     * Closes all conveyors side by side within the close timeout, then the backend. A draft ({@link ConveyorOpenOption#ATOMIC_REPLACE}) that is still
     * open is aborted: nobody has said that it is complete. Its own next close says so. Idempotent.
     *
     * <p>With a journal it may take longer than that: storage calls that still read the journal when the time is up get ten seconds more to end, or the close
     * timeout again if that is shorter, and the disk gets ten seconds to have done with its files.
     *
     * @throws IOException the first failure, the others suppressed; everything is released all the same
     */
    @Override
    void close() throws IOException;
}
