package io.conveyor.backend.hdfs;

import io.conveyor.ConflictException;
import io.conveyor.Extent;
import io.conveyor.StorageException;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import io.conveyor.backend.hdfs.HdfsErrors.Action;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.hdfs.DistributedFileSystem;
import org.jspecify.annotations.Nullable;

/**
 * The state of a file that is written: an append stream, and the bytes staged for the next copy-on-write.
 *
 * <pre>
 *   0            flushed              end                    size
 *   |---------------|------------------|-----------------------|
 *    in the file,    in the stream,     staged, or zeros still
 *    acknowledged    on its way         to be written
 * </pre>
 *
 * <p>Bytes at the end go into the stream as long as nothing is staged. A byte below the end is staged, and everything after that too, so that
 * the order is kept; the next flush writes the file anew ({@link HdfsCopyOnWrite}).
 *
 * <p><b>When the stream breaks</b> nobody knows what it had delivered beyond {@code flushed}. The next call makes sure that the lease is
 * still ours, has the last block recovered, and takes the length of the file for {@code end}. What lies below
 * is compared when it is written again, never appended a second time; what the stream lost goes into the stream again, though later bytes
 * are staged; and nothing is flushed or written beyond until everything that had been taken was written again, so that there can be no
 * gap.
 *
 * <p><b>Threads.</b> Not for several at once: {@link HdfsWriter} holds its lock around each change. The figures that reads need are
 * volatile, and {@link #generation()} tells a read that the file was replaced under it.
 */
final class HdfsAppend {

    private final HdfsContext hdfs;
    private final Path path;
    private final String key;
    private final HdfsReader reader;
    private final HdfsTemporaries temporaries;
    private final Runnable onReplaced;
    private final HdfsHold hold;
    private final StagedPatches patches = new StagedPatches();

    private @Nullable HdfsStream stream;

    /** What the stream took since the last flush. */
    private final ExtentSet unflushed = new ExtentSet();

    /** What was taken, is not in the file after the stream broke, and was not written again. */
    private final ExtentSet missing = new ExtentSet();

    private Change change = Change.NONE;

    /** The file that a copy-on-write has tried to put in the place of the old one. */
    private long publishing;

    private final long blockSize;

    /** The end of what was handed to the stream, by a write that failed, too. */
    private long handed;

    /** Up to here the file had bytes after the stream broke, which are compared when they are written again; until all are flushed. */
    private long found;

    /** The size that a truncation under way leads to, or -1. */
    private long truncatingTo = -1;

    /** The size of the file when the namenode had closed what the broken stream left, or -1. From then on the lease is anybody's. */
    private long recoveredSize = -1;

    /** Whether the file was completed, and not opened anew since. */
    private boolean completed;

    private volatile boolean broken;
    private volatile long flushed;
    private volatile long end;
    private volatile long size;
    private final AtomicLong generation = new AtomicLong();

    private boolean closed;

    /**
     * A writer on an open stream.
     *
     * @param onReplaced told when what others have read of this path is no longer there
     */
    HdfsAppend(
            HdfsContext hdfs, FileStatus file, String key, HdfsStream stream, HdfsReader reader, Runnable onReplaced) {
        this.hdfs = hdfs;
        this.path = file.getPath();
        this.key = key;
        this.stream = stream;
        this.reader = reader;
        this.onReplaced = onReplaced;
        temporaries = new HdfsTemporaries(hdfs);
        hold = new HdfsHold(hdfs, path, key, HdfsContext.fileId(file));
        blockSize = file.getBlockSize();
        end = stream.end();
        flushed = end;
        size = end;
        handed = end;
        hold.took();
    }

    /** What the next calls are part of; for the words of their failures. */
    void begin(Change next) {
        change = next;
    }

    /** The logical size. Any thread. */
    long size() {
        return size;
    }

    /** How far the file itself goes, what is still on its way included. Any thread. */
    long end() {
        return end;
    }

    /** How far readers see the file. Any thread. */
    long flushed() {
        return flushed;
    }

    /** Whether the length of the file is in doubt. Any thread. */
    boolean isBroken() {
        return broken;
    }

    /** What is staged; to be read by any thread, to be changed here. */
    StagedPatches patches() {
        return patches;
    }

    /** Changes when the file was replaced or cut. Any thread. */
    long generation() {
        return generation.get();
    }

    /** Shows to readers what is on its way. */
    void showUpTo(long offset) throws IOException {
        HdfsStream ready = ready();
        if (flushed < offset) {
            flushStream(ready);
        }
    }

    /** Takes some of {@code src}; its position is undefined if it throws. */
    int write(ByteBuffer src, long offset) throws IOException {
        HdfsStream ready = ready();
        requireHoleWithinBound(offset);
        return place(src, offset, ready);
    }

    private int place(ByteBuffer src, long offset, HdfsStream ready) throws IOException {
        if (offset >= end && (patches.isEmpty() || isFirstMissing(offset))) {
            return append(src, offset, ready);
        }
        int same = offset < found ? sameAsFound(src, offset) : 0;
        if (same > 0) {
            return same;
        }
        int count = (int) Math.min(src.remaining(), (long) hdfs.options().stagingBytes());
        if (patches.bytes() + count > hdfs.options().stagingBytes()) {
            copyOnWrite(ready);
            return place(src, offset, ready());
        }
        return stage(src, offset, count);
    }

    /** What the stream lost was taken before anything was staged, and goes into the stream again. */
    private boolean isFirstMissing(long offset) {
        return missing.first().filter(first -> first.offset() == offset).isPresent();
    }

    private int append(ByteBuffer src, long offset, HdfsStream ready) throws IOException {
        int count = src.remaining();
        handed = Math.max(handed, offset + count);
        onStream(() -> {
            ready.appendZeros(offset - end);
            ready.append(src);
        });
        end = offset + count;
        if (!patches.isEmpty()) {
            // What is written last wins. A read that has begun before and finds them gone is made again.
            generation.incrementAndGet();
            patches.remove(offset, end);
        }
        unflushed.add(offset, end);
        took(offset, count);
        return count;
    }

    /** How many of the bytes are already there, in the file or staged; if one differs, none. */
    private int sameAsFound(ByteBuffer src, long offset) throws IOException {
        int count = (int) Math.min(src.remaining(), Math.min(found - offset, 1 << 20));
        ByteBuffer there = ByteBuffer.allocate(count);
        reader.readFully(there, offset);
        patches.overlay(there.flip(), offset);
        ByteBuffer wanted = src.duplicate();
        wanted.limit(wanted.position() + count);
        if (!there.equals(wanted)) {
            return 0;
        }
        src.position(src.position() + count);
        unflushed.add(Math.max(offset, flushed), offset + count);
        took(offset, count);
        return count;
    }

    private int stage(ByteBuffer src, long offset, int count) {
        int limit = src.limit();
        src.limit(src.position() + count);
        patches.lay(src, offset);
        src.limit(limit);
        took(offset, count);
        return count;
    }

    private void took(long offset, long count) {
        size = Math.max(size, offset + count);
        missing.remove(offset, offset + count);
    }

    /** Makes all that was taken visible. */
    void flush() throws IOException {
        if (completed) {
            return;
        }
        HdfsStream ready = ready();
        requireNothingMissing(Long.MAX_VALUE);
        if (patches.isEmpty()) {
            fillToSize(ready);
            flushStream(ready);
        } else {
            copyOnWrite(ready);
        }
        found = 0;
    }

    /** Makes all that was taken durable. */
    void sync() throws IOException {
        if (completed) {
            return;
        }
        HdfsStream ready = ready();
        requireNothingMissing(Long.MAX_VALUE);
        if (patches.isEmpty()) {
            fillToSize(ready);
            onStream(ready::sync);
            ready.flushed(end);
            flushedTo(end);
        } else {
            copyOnWrite(ready);
        }
        found = 0;
    }

    private void fillToSize(HdfsStream ready) throws IOException {
        if (size > end) {
            append(ByteBuffer.allocate(0), size, ready);
        }
    }

    private void flushStream(HdfsStream ready) throws IOException {
        onStream(ready::flush);
        ready.flushed(end);
        flushedTo(end);
    }

    /**
     * A flush that needs nothing but the stream, so that it may wait for the datanodes while more is appended.
     *
     * @param upTo how far it reaches
     */
    record Beside(HdfsStream stream, long upTo) {}

    /** Begins such a flush, if everything that was taken is in the stream; nothing if {@link #flush()} has more to do. */
    Optional<Beside> beginFlush() {
        HdfsStream open = stream;
        boolean allInStream = isStreaming() && size <= end && missing.isEmpty();
        return open == null || !allInStream ? Optional.empty() : Optional.of(new Beside(open, end));
    }

    /** Whether a write there does nothing but append to the stream. */
    boolean appendsAt(long offset) {
        return isStreaming() && offset >= end;
    }

    private boolean isStreaming() {
        return stream != null && !closed && !broken && !hold.isLost() && hold.isOurs() && patches.isEmpty();
    }

    /**
     * Such a flush has ended. It may have succeeded although an append beside it failed.
     *
     * @param failure why it failed, if it did
     */
    void endFlush(Beside flush, @Nullable IOException failure) throws IOException {
        if (failure != null) {
            throw broke(failure);
        }
        flush.stream.flushed(flush.upTo);
        flushed = Math.max(flushed, flush.upTo);
        found = 0;
        unflushed.remove(0, flush.upTo);
    }

    private void flushedTo(long upTo) {
        flushed = upTo;
        unflushed.clear();
    }

    /** Cuts the file; does nothing at or above the size. */
    void truncate(long newSize) throws IOException {
        HdfsStream ready = ready();
        missing.remove(newSize, Long.MAX_VALUE);
        if (newSize < end) {
            cut(newSize, ready);
        } else if (newSize < size) {
            size = newSize;
            generation.incrementAndGet();
            patches.truncate(newSize);
        }
    }

    private void cut(long newSize, HdfsStream ready) throws IOException {
        closeStream(ready);
        temporaries.requireUnchanged(path, key, hold.fileId(), end);
        truncatingTo = newSize;
        if (!hdfs.client().truncate(path, newSize)) {
            awaitTruncation();
        }
        cutTo(newSize);
        reopen();
    }

    private void awaitTruncation() throws IOException {
        DistributedFileSystem client = hdfs.client();
        if (!Patience.until(hdfs.options().truncateTimeout(), () -> client.isFileClosed(path))) {
            throw new StorageException(
                    Kind.TIMEOUT,
                    Retry.SAFE,
                    "truncate",
                    key,
                    null,
                    "the last block was not recovered within " + hdfs.options().truncateTimeout()
                            + "; the namenode goes on with it, ask again",
                    null);
        }
    }

    private void cutTo(long newSize) {
        truncatingTo = -1;
        size = newSize;
        end = newSize;
        handed = newSize;
        found = 0;
        flushedTo(newSize);
        replaced();
        patches.truncate(newSize);
    }

    /**
     * From here on what was read before is disregarded. So it comes when the figures are those of the new file, and before what is staged
     * goes: a read that still needs it has begun before, and one that begins now does not.
     */
    private void replaced() {
        reader.invalidate();
        generation.incrementAndGet();
        onReplaced.run();
    }

    /**
     * Writes the file anew with what is staged. Whatever fails before the rename leaves the old file, and what is staged stays staged.
     */
    private void copyOnWrite(HdfsStream ready) throws IOException {
        requireNothingMissing(size);
        if (flushed < end) {
            flushStream(ready);
        }
        HdfsCopyOnWrite copyOnWrite = new HdfsCopyOnWrite(hdfs, path, key);
        HdfsCopyOnWrite.Copy copy = copyOnWrite.prepare(reader, end, patches, size);
        try {
            closeStream(ready);
        } catch (IOException e) {
            copyOnWrite.discard(copy);
            throw e;
        }
        publishing = copy.fileId();
        copyOnWrite.publish(copy, hold.fileId(), end);
        published();
        reopenIfPossible();
    }

    private void published() {
        hold.follow(publishing);
        flushedTo(size);
        end = size;
        handed = end;
        replaced();
        patches.clear();
    }

    /** The new file is in its place; that its lease could not be had at once is for the next call to say. */
    private void reopenIfPossible() {
        try {
            reopen();
        } catch (IOException ignored) {
            stream = null;
        }
    }

    /** The stream, opened anew if need be. */
    private HdfsStream ready() throws IOException {
        if (closed) {
            throw new StorageException(
                    Kind.PROTOCOL, Retry.NEVER, change.operation(), key, null, "the handle is closed", null);
        }
        hold.requireNotLost();
        if (stream != null && !broken) {
            hold.requireOurs(null);
            return stream;
        }
        if (broken) {
            recover();
        } else if (truncatingTo >= 0) {
            awaitTruncation();
        }
        return reopen();
    }

    /** Ends what a broken stream has left, if its lease is still ours; once only, since afterwards it may be that of somebody else. */
    private void recover() throws IOException {
        if (recoveredSize >= 0) {
            return;
        }
        hold.requireOurs(null);
        if (!hold.isGivenBack()) {
            hdfs.lease().recover(path, hold.fileId(), key);
        }
        recoveredSize = hdfs.file(path, key).getLen();
        if (stream != null) {
            closeQuietly(stream);
            stream = null;
        }
        hold.gaveBack();
        hdfs.events().streamRecovered();
    }

    private HdfsStream reopen() throws IOException {
        try {
            return hdfs.lease().append(path, key, this::reopened);
        } catch (ConflictException e) {
            if (recoveredSize >= 0 && !hold.isLost()) {
                throw hold.lose("somebody else took the lease when our stream had broken: " + HdfsErrors.text(e));
            }
            throw e;
        }
    }

    private HdfsStream reopened(FSDataOutputStream out) throws IOException {
        HdfsStream opened = new HdfsStream(out, blockSize, hdfs.events());
        try {
            requireSameFile(hdfs.file(path, key), opened.end());
        } catch (IOException e) {
            hdfs.lease().giveUp(opened, path);
            throw e;
        }
        hold.took();
        stream = opened;
        completed = false;
        broken = false;
        recoveredSize = -1;
        return opened;
    }

    private void requireSameFile(FileStatus file, long length) throws IOException {
        if (HdfsContext.fileId(file) == publishing && publishing != hold.fileId()) {
            // the answer to the rename had not come
            published();
        }
        if (HdfsContext.fileId(file) != hold.fileId()) {
            throw hold.lose("somebody replaced it while it was closed");
        }
        if (broken && length != recoveredSize) {
            throw hold.lose("somebody changed its length when our stream had broken: it has " + length
                    + " bytes instead of " + recoveredSize);
        }
        if (truncatingTo >= 0 && length == truncatingTo) {
            cutTo(length);
            return;
        }
        truncatingTo = -1;
        if (length > (broken ? handed : end)) {
            throw hold.lose("somebody appended to it: it has " + length + " bytes, of which we wrote "
                    + (broken ? handed : end));
        }
        if (length < flushed) {
            throw new StorageException(
                    Kind.CORRUPT,
                    Retry.NEVER,
                    "open",
                    key,
                    Extent.between(length, flushed),
                    "the store has lost bytes that it had acknowledged",
                    null);
        }
        if (broken) {
            missing.moveFrom(unflushed, length);
            found = length;
        } else if (length < end) {
            throw hold.lose("somebody cut it to " + length + " bytes");
        }
        size = size > end ? size : length;
        end = length;
        handed = length;
    }

    private void requireNothingMissing(long below) throws IOException {
        if (missing.first().filter(first -> first.offset() < below).isPresent()) {
            throw new StorageException(
                    Kind.IO,
                    Retry.NEVER,
                    change.operation(),
                    key,
                    missing.first().orElseThrow(),
                    "the pipeline broke before these bytes were acknowledged; write them again",
                    null);
        }
    }

    private void requireHoleWithinBound(long offset) throws IOException {
        if (offset - size > hdfs.options().maxHoleBytes()) {
            throw new StorageException(
                    Kind.TOO_LARGE,
                    Retry.NEVER,
                    "pwrite",
                    key,
                    Extent.between(size, offset),
                    "HDFS has no holes, zeros would have to be written, and more than "
                            + hdfs.options().maxHoleBytes() + " are not allowed; raise maxHoleBytes",
                    null);
        }
    }

    /** Completes the file, of which everything is durable, so that it may be renamed; the next change opens it anew. Its file id. */
    long complete() throws IOException {
        if (stream != null) {
            closeStream(ready());
            completed = true;
        }
        return hold.fileId();
    }

    /** Drops what is staged and closes the stream. Idempotent. */
    void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        patches.clear();
        HdfsStream last = stream;
        stream = null;
        if (last == null) {
            hdfs.lease().letGo(path);
        } else if (hold.isOurs()) {
            close(last);
        } else {
            // To close the stream would be to complete, or to flush into, what another handle writes by now.
            requireDelivered(new ConflictException(key, "another handle of this process took the lease away"));
        }
    }

    private void close(HdfsStream last) throws IOException {
        IOException failure = null;
        try {
            last.close();
        } catch (IOException e) {
            failure = e;
        }
        hold.gaveBack();
        if (!hold.isLost() && (broken || failure != null)) {
            // A stream whose close has failed once says nothing the second time, and has not given the lease back.
            hold.owe();
            hdfs.lease().letGo(path);
        }
        if (failure != null) {
            requireDelivered(failure);
        }
    }

    /** A stream that was known to be broken has been reported, and what was flushed is safe. */
    private void requireDelivered(IOException cause) throws IOException {
        if (flushed < end && !broken && !hold.isLost()) {
            throw HdfsErrors.translateStream("close", key, Extent.between(flushed, end), Retry.NEVER, cause);
        }
    }

    private static void closeQuietly(HdfsStream stream) {
        try {
            stream.close();
        } catch (IOException ignored) {
            // what it could not deliver was reported when it broke
        }
    }

    /** Completes the file, and gives the lease back, after everything is acknowledged. */
    private void closeStream(HdfsStream ready) throws IOException {
        if (flushed < end) {
            flushStream(ready);
        }
        hold.completing(end);
        try {
            ready.close();
        } catch (IOException e) {
            broken = true;
            if (!hold.isCompleted(e)) {
                throw translated(e);
            }
            // only the answer was lost
            broken = false;
            closeQuietly(ready);
        }
        stream = null;
        hold.gaveBack();
    }

    /** Marks the stream as broken if it fails. */
    private void onStream(Action action) throws IOException {
        try {
            action.run();
        } catch (IOException e) {
            throw broke(e);
        }
    }

    private IOException broke(IOException e) throws IOException {
        broken = true;
        hold.isCompleted(e);
        return translated(e);
    }

    private IOException translated(IOException e) {
        // With bytes of earlier writes in doubt, too, this one alone must not be made again.
        Retry retry = unflushed.isEmpty() ? change.retry() : Retry.NEVER;
        return HdfsErrors.translateStream(change.operation(), key, change.extent(), retry, e);
    }

    /**
     * The call under way.
     *
     * @param retry whether it may be repeated when the stream breaks under it
     */
    record Change(String operation, @Nullable Extent extent, Retry retry) {

        static final Change NONE = new Change("open", null, Retry.NEVER);
    }

    /** The id of the file that is written. Any thread. */
    long fileId() {
        return hold.fileId();
    }
}
