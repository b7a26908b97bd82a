package io.conveyor.testkit;

import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import io.conveyor.Whence;

/** One step of a {@link ConveyorModel}: what is done, with numbers that do not depend on what happened before. */
sealed interface ModelStep {

    /** Writes {@code length} bytes at {@code position}. */
    record Write(long position, int length, int tag) implements ModelStep {}

    /** Writes {@code length} bytes at the cursor, or at the end if the conveyor appends. */
    record WriteAtCursor(int length, int tag) implements ModelStep {}

    /** Reads up to {@code length} bytes at {@code position}. */
    record Read(long position, int length) implements ModelStep {}

    /** Reads up to {@code length} bytes at the cursor. */
    record ReadAtCursor(int length) implements ModelStep {}

    /** Moves the cursor without a barrier. */
    record Position(long position) implements ModelStep {}

    /** Moves the cursor with a barrier. */
    record Seek(long offset, Whence whence) implements ModelStep {}

    /** Cuts the object. */
    record Truncate(long size) implements ModelStep {}

    /** Asks for the size. */
    record Size() implements ModelStep {}

    /** Flushes. */
    record Flush() implements ModelStep {}

    /** Syncs. */
    record Sync() implements ModelStep {}

    /** Closes and opens again, to append or not. */
    record Reopen(boolean append) implements ModelStep {}

    /** From now on the {@code nth} call of an operation fails. */
    record Fail(StorageOperation operation, int nth, Kind kind, Retry retry, boolean answerLost) implements ModelStep {}

    /** From now on every {@code every}-th call moves at most {@code bytes} bytes. */
    record Shorten(StorageOperation operation, int every, int bytes) implements ModelStep {}

    /** The faults end, and what stuck is cleared. */
    record Heal() implements ModelStep {}
}
