package io.conveyor.core.read;

import io.conveyor.core.memory.SegmentSource;
import io.conveyor.core.read.AccessPattern.Motion;
import io.conveyor.core.read.AccessPattern.Stream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The blocks fetched ahead for one conveyor; see the package for the protocol. Used under the conveyor's lock. Holds nothing until a stream is seen.
 */
public final class ReadAhead {

    /** The most strided reads that are fetched ahead: each takes a segment, however small it is. */
    private static final int MOST_STRIDES = 8;

    /**
     * How much farther ahead fetching runs after a reader had to wait. Each step costs the reader one wait, and a reader that stops at the worst moment
     * has so many times as much fetched as it read: TCP's slow start doubles, Mountpoint for S3 multiplies by eight.
     */
    private static final int WINDOW_GROWTH = 8;

    /**
     * How much is fetched ahead of a stream that has just begun: so many times what was read of it, up to a block. Two reads that lie side by side by
     * chance must not bring a whole block, which is a hundred times as much on some stores; a stream that goes on has its block after a few reads.
     */
    private static final int FIRST_GROWTH = 2;

    /**
     * How many times what a first read asks for is fetched for it if it begins where the object does: mostly the whole will be read. As Linux does.
     */
    private static final int START_GROWTH = 4;

    /** As much is fetched in any case at an object's start: what Linux reads ahead of a file, */
    private static final int START_BYTES = 128 << 10;

    /** unless this part of a block is less: where blocks are small, storage is quick, and a head that is read alone should not cost more than the call. */
    private static final int START_SHARE = 8;

    /** The most blocks in one fetch: a reader waits for the whole of it. */
    private static final int MOST_BLOCKS_AT_ONCE = 4;

    /**
     * What is fetched at once in line, where a fetch costs little beside its bytes: a reader waits for the whole of it. On the machine of the benchmarks a file
     * of HDFS is read as fast with 256 KiB, and takes a quarter longer with 4 MiB.
     */
    private static final int IN_LINE_BYTES = 1 << 20;

    private final SegmentSource source;
    private final int segmentBytes;
    private final int blockBytes;
    private final long mostBytes;
    private final boolean enabled;
    private final boolean continuesReads;
    private final int mostFetches;
    private final AccessPattern pattern = new AccessPattern();
    private final ArrayList<Block> blocks = new ArrayList<>(0);

    /** Made by the first fetch, as all that an idle conveyor does not need. */
    private @Nullable FetchPace pace;

    private @Nullable ArrayList<Block> planned;

    /** Blocks without a life, at most {@link #mostFetches}, so that a reader that goes on and on allocates nothing. */
    private final ArrayList<Block> spare = new ArrayList<>(0);

    private @Nullable Block last;
    private @Nullable Stream inLine;
    private int fetching;
    private int epoch;
    private long heldBytes;
    private long hits;
    private long waits;
    private long misses;
    private long fetchedBytes;
    private long wastedBytes;
    private long windowBytes;

    /**
     * Read-ahead without a block.
     *
     * @param blockBytes what is fetched at once
     * @param mostBytes what the blocks may hold together
     * @param enabled whether to fetch ahead at all, and not only what is asked for
     * @param mostFetches how many blocks are fetched at a time
     * @param continuesReads whether storage prefers one fetch at a time, each going on where the last one ended
     */
    public ReadAhead(
            SegmentSource source,
            int blockBytes,
            long mostBytes,
            boolean enabled,
            int mostFetches,
            boolean continuesReads) {
        this.source = source;
        this.segmentBytes = source.segmentBytes();
        this.blockBytes = blockBytes;
        this.mostBytes = mostBytes;
        this.enabled = enabled && mostBytes >= blockBytes;
        this.mostFetches = mostFetches;
        this.continuesReads = continuesReads;
    }

    /** What is fetched at once. */
    public int blockBytes() {
        return blockBytes;
    }

    /** The figures. */
    public io.conveyor.ConveyorStats.ReadAhead stats() {
        return stats(windowBytes);
    }

    /** The figures when nobody reads any more, and nothing runs ahead. */
    public io.conveyor.ConveyorStats.ReadAhead lastStats() {
        return stats(0);
    }

    private io.conveyor.ConveyorStats.ReadAhead stats(long window) {
        return new io.conveyor.ConveyorStats.ReadAhead(hits, waits, misses, fetchedBytes, wastedBytes, window);
    }

    /** Whether blocks are held. */
    public boolean isEmpty() {
        return blocks.isEmpty();
    }

    // ---------------------------------------------------------------- serving

    /**
     * Copies {@code length} bytes from {@code offset} on if all of them are ready.
     *
     * @return whether they were; if not, {@code dst} may hold some of them
     */
    public boolean serve(long offset, int length, ByteBuffer dst, int at) {
        int done = 0;
        while (done < length) {
            Block block = find(offset + done);
            if (block == null || !block.isReady()) {
                return false;
            }
            done += block.copy(offset + done, dst, at + done, length - done);
        }
        hits++;
        return true;
    }

    /** Copies from the block at {@code offset}, which is ready; answers how many bytes. */
    public int copy(Block block, long offset, ByteBuffer dst, int at, int length) {
        return block.copy(offset, dst, at, length);
    }

    /** The block that holds, or will hold, the byte at {@code offset}. */
    public @Nullable Block find(long offset) {
        Block recent = last;
        if (recent != null && recent.state != Block.State.GONE && recent.contains(offset)) {
            return recent;
        }
        for (int i = 0; i < blocks.size(); i++) {
            Block block = blocks.get(i);
            if (block.contains(offset)) {
                last = block;
                return block;
            }
        }
        return null;
    }

    /** Where the next block after {@code offset} begins, at most {@code end}. */
    public long nextStart(long offset, long end) {
        long next = end;
        for (int i = 0; i < blocks.size(); i++) {
            Block block = blocks.get(i);
            if (block.start() > offset) {
                next = Math.min(next, block.start());
            }
        }
        return next;
    }

    /** A reader waits for a fetch under way: its stream's window was too small. */
    public void countWait(@Nullable Stream stream) {
        waits++;
        grow(stream);
    }

    /** A reader asks storage itself: if fetching has begun for its stream, it did not run ahead far enough. */
    public void countMiss(@Nullable Stream stream) {
        misses++;
        if (!isAtHand()) {
            grow(stream);
        }
    }

    private void grow(@Nullable Stream stream) {
        if (stream != null && stream.window() > 0) {
            if (stream == inLine && pace != null && pace.isSlowInLine()) {
                stream.mayBeInLine(false);
                inLine = null;
            }
            stream.window(Math.min(stream.window() * WINDOW_GROWTH, mostBytes));
            windowBytes = stream.window();
        }
    }

    /** Whether storage answers so fast that a reader who may ask it on its own thread does best to do so, block by block. */
    public boolean isAtHand() {
        return pace != null && pace.isAtHand();
    }

    private FetchPace pace() {
        FetchPace known = pace;
        if (known == null) {
            known = new FetchPace();
            pace = known;
        }
        return known;
    }

    /**
     * Whether what is planned for a stream is to be fetched one block after the other, in order: for one stream at a time, since storage can go on in one place.
     * So it begins where storage goes on more cheaply than it begins elsewhere; it ends when a reader has to wait and storage is slow, so that several
     * fetches at a time bring more.
     */
    public boolean isInLine(@Nullable Stream stream) {
        return stream != null && stream == inLine && stream.mayBeInLine();
    }

    /** Whether there may be a stream for which {@link #isInLine} holds. */
    public boolean hasLine() {
        return inLine != null;
    }

    /** The first fetch in line has ended, with so many bytes after so many nanoseconds. */
    public void wentOn(int bytes, long nanos) {
        if (bytes >= Math.min(blockBytes, IN_LINE_BYTES)) {
            pace().fetchedInLine(bytes, nanos);
        }
    }

    // ---------------------------------------------------------------- planning

    /** Notes a read; null if fetching ahead is switched off. */
    public @Nullable Stream observe(long start, long end) {
        return enabled ? pattern.observe(start, end) : null;
    }

    /**
     * Plans what to fetch ahead for a stream.
     *
     * @param waitsFor what its reader waits for, who will be at its end in no time when he has it; null if he does not wait
     * @param storageEnd there is nothing to be fetched from here on
     * @return blocks to be fetched now, which are in the table already; mostly none. The list is good until the next call
     */
    public List<Block> plan(@Nullable Stream stream, @Nullable Block waitsFor, long storageEnd) {
        if (stream == null || stream.motion() == Motion.RANDOM || fetching >= mostFetches) {
            return List.of();
        }
        return switch (stream.motion()) {
            case FORWARD -> forward(stream, reached(stream, waitsFor), storageEnd);
            case BACKWARD -> backward(stream, storageEnd);
            case STRIDED -> strided(stream, storageEnd);
            case RANDOM -> List.of();
        };
    }

    /** From where on to plan. In line, what the reader wants itself is planned in its place. */
    private long reached(Stream stream, @Nullable Block waitsFor) {
        if (waitsFor == null) {
            return stream.lastEnd();
        }
        return isInLine(stream) ? waitsFor.end() : Math.max(waitsFor.end(), stream.lastEnd());
    }

    private List<Block> emptyPlan() {
        ArrayList<Block> plan = planned;
        if (plan == null) {
            plan = new ArrayList<>(1);
            planned = plan;
        }
        plan.clear();
        return plan;
    }

    private List<Block> forward(Stream stream, long from, long storageEnd) {
        openWindow(stream);
        long covered = coveredFrom(from);
        if (covered >= storageEnd || covered - from > stream.window() - worthAFetch(stream)) {
            return List.of();
        }
        List<Block> plan = emptyPlan();
        dropUnneeded();
        while (covered < storageEnd && covered - from < stream.window() && fetching < mostFetches) {
            Block block = add(stream, covered, Math.min(storageEnd, covered + fetchBytes(stream, covered)));
            if (block == null) {
                break;
            }
            plan.add(block);
            covered = coveredFrom(block.end());
        }
        return plan;
    }

    /**
     * How much of the window has to be used up before more is fetched: half of it, or a fetch if that is less, so that as many fetches as may be are under way
     * all the time.
     */
    private long worthAFetch(Stream stream) {
        return Math.min(stream.window() / 2, fetchBytes(stream, 0));
    }

    private List<Block> backward(Stream stream, long storageEnd) {
        openWindow(stream);
        long from = Math.min(stream.lastStart(), storageEnd);
        List<Block> plan = emptyPlan();
        long at = from;
        while (at > 0 && from - at < stream.window() && fetching < mostFetches) {
            Block known = find(at - 1);
            if (known != null) {
                at = known.start();
                continue;
            }
            Block block = add(stream, Math.max((at - 1) / blockBytes * blockBytes, at - stream.window()), at);
            if (block == null) {
                break;
            }
            plan.add(block);
            at = block.start();
        }
        return plan;
    }

    private List<Block> strided(Stream stream, long storageEnd) {
        long length = Math.min(stream.lastEnd() - stream.lastStart(), blockBytes);
        if (stream.window() == 0) {
            stream.window(blockBytes);
        }
        long ahead = Math.min(MOST_STRIDES, Math.max(1, stream.window() / Math.max(1, length)));
        List<Block> plan = emptyPlan();
        for (int i = 1; i <= ahead && fetching < mostFetches; i++) {
            long start = stream.lastStart() + i * stream.stride();
            long end = Math.min(start + length, storageEnd);
            if (start < 0 || start >= end) {
                break;
            }
            if (find(start) == null && nextStart(start, end) == end) {
                Block block = add(stream, start, end);
                if (block == null) {
                    break;
                }
                plan.add(block);
            }
        }
        return plan;
    }

    private void openWindow(Stream stream) {
        if (stream.window() == 0) {
            stream.mayBeInLine(continuesReads);
        }
        if (stream.mayBeInLine()
                && stream != inLine
                && (inLine == null || !inLine.mayBeInLine() || pattern.rests(inLine))) {
            inLine = stream;
            pace().streamBegins();
        }
        // memory is taken by the segment, so that less would save nothing
        long worth = Math.min(blockBytes, Math.max(segmentBytes, FIRST_GROWTH * stream.run()));
        stream.window(Math.max(stream.window(), worth));
        windowBytes = stream.window();
    }

    /**
     * How much to fetch at once from {@code offset} on: to the end of the block, and as many more as fill the window with the fetches that may be
     * under way. A store that is slow to answer is asked for more each time.
     */
    private long fetchBytes(Stream stream, long offset) {
        if (stream.window() < unit(stream)) {
            return Math.min(stream.window(), alignedEnd(stream, offset) - offset);
        }
        if (isInLine(stream)) {
            return alignedEnd(stream, offset) - offset;
        }
        long share = stream.window() / mostFetches / blockBytes;
        long more = Math.max(1, Math.min(MOST_BLOCKS_AT_ONCE, share)) - 1;
        return alignedEnd(stream, offset) - offset + more * blockBytes;
    }

    /** What is fetched at once for a stream, at most. */
    private int unit(@Nullable Stream stream) {
        return isInLine(stream) ? Math.min(blockBytes, IN_LINE_BYTES) : blockBytes;
    }

    private long alignedEnd(@Nullable Stream stream, long offset) {
        long unit = unit(stream);
        return (offset / unit + 1) * unit;
    }

    private long coveredFrom(long offset) {
        long covered = offset;
        for (Block block = find(covered); block != null && block.end() > covered; block = find(covered)) {
            covered = block.end();
        }
        return covered;
    }

    /**
     * A block for the range that a reader asks for itself, so that its next reads find the rest.
     *
     * @param stream sequential, or at its object's start
     * @return null if there is no memory, or no more than what is asked for
     */
    public @Nullable Block demand(Stream stream, long offset, long storageEnd) {
        long more = Math.max(START_GROWTH * stream.lastEnd(), Math.min(START_BYTES, blockBytes / START_SHARE));
        if (stream.isSequential()) {
            openWindow(stream);
            more = stream.window();
        } else if (stream.lastEnd() >= storageEnd) {
            return null; // nothing would be left for a second read
        }
        dropUnneeded();
        long start = offset;
        long end = Math.min(alignedEnd(stream, offset), offset + more);
        if (stream.motion() == Motion.BACKWARD) {
            end = Math.min(alignedEnd(stream, offset), Math.max(offset + 1, stream.lastEnd()));
            start = Math.min(offset, Math.max(offset / blockBytes * blockBytes, end - stream.window()));
            for (Block block : blocks) {
                if (block.start() < offset) {
                    start = Math.max(start, block.end());
                }
            }
        }
        end = nextStart(offset, Math.min(end, storageEnd));
        return start < end ? add(stream, start, end) : null;
    }

    /** Blocks for exactly {@code [offset, end)}, as far as there is memory: for stores whose reads do not run on the caller's thread. */
    public List<Block> demandAll(long offset, long end) {
        List<Block> asked = new ArrayList<>();
        long at = offset;
        while (at < end && (asked.isEmpty() || fetching < mostFetches)) {
            Block block = add(null, at, Math.min(end, alignedEnd(null, at)));
            if (block == null || block.start() != at) {
                break;
            }
            block.asked();
            asked.add(block);
            at = block.end();
            if (find(at) != null) {
                break;
            }
        }
        return asked;
    }

    private @Nullable Block add(@Nullable Stream stream, long start, long limit) {
        long end = nextStart(start, limit);
        int capacity = (int) (end - start);
        int needed = (capacity + segmentBytes - 1) / segmentBytes;
        if (heldBytes + (long) needed * segmentBytes > mostBytes) {
            dropUnneeded();
        }
        if (heldBytes + (long) needed * segmentBytes > mostBytes) {
            return null;
        }
        Block block = spare.isEmpty() ? new Block(segmentBytes) : spare.remove(spare.size() - 1);
        ByteBuffer[] segments = block.begin(start, capacity, needed, epoch);
        if (!acquire(segments, needed)) {
            rest(block);
            if (stream != null) {
                stream.window(Math.max(Math.min(stream.window(), blockBytes), stream.window() / 2));
            }
            return null;
        }
        blocks.add(block);
        heldBytes += (long) needed * segmentBytes;
        fetching++;
        return block;
    }

    /** Takes all the segments that are needed, or none. */
    private boolean acquire(ByteBuffer[] segments, int needed) {
        int taken = 0;
        try {
            while (taken < needed) {
                ByteBuffer segment = source.tryAcquire();
                if (segment == null) {
                    break;
                }
                segments[taken++] = segment;
            }
        } finally {
            if (taken < needed) {
                for (int i = 0; i < taken; i++) {
                    source.release(segments[i]);
                }
            }
        }
        return taken == needed;
    }

    // ---------------------------------------------------------------- fetched, dropped

    /**
     * A fetch has ended.
     *
     * @param bytes how many bytes it brought, or a negative number if it failed
     * @param nanos how long storage took
     */
    public void fetched(Block block, int bytes, long nanos) {
        pace().fetched(Math.max(0, bytes), nanos);
        if (block.abandoned) {
            free(block);
            return;
        }
        fetching--;
        if (bytes > 0 && !block.isAsked()) {
            fetchedBytes += bytes;
        }
        block.failed = bytes < 0;
        if (block.stale || bytes <= 0) {
            wastedBytes += block.isAsked() ? 0 : Math.max(0, bytes);
            blocks.remove(block);
            free(block);
        } else {
            block.ready(bytes);
        }
    }

    /** A fetch has taken too long: nobody waits for it any more, but its memory stays taken until it ends. */
    public void abandon(Block block) {
        if (block.isFetching() && !block.abandoned) {
            block.abandoned = true;
            fetching--;
            blocks.remove(block);
            block.state = Block.State.GONE;
        }
    }

    /** Bytes {@code [from, to)} have changed in storage: what was read before is worth nothing. */
    public void invalidate(long from, long to) {
        for (int i = blocks.size() - 1; i >= 0; i--) {
            if (blocks.get(i).overlaps(from, to)) {
                drop(i);
            }
        }
    }

    /** Drops the blocks that were there at the last call of this method already. */
    public void dropOld() {
        for (int i = blocks.size() - 1; i >= 0; i--) {
            if (blocks.get(i).isReady() && blocks.get(i).epoch < epoch) {
                drop(i);
            }
        }
        epoch++;
    }

    /** Everything may have changed, or nothing is needed any more. */
    public void invalidateAll() {
        invalidate(0, Long.MAX_VALUE);
        spare.clear();
    }

    private void dropUnneeded() {
        for (int i = blocks.size() - 1; i >= 0; i--) {
            Block block = blocks.get(i);
            if (block.isReady() && !pattern.needs(block.start(), block.end(), blockBytes)) {
                drop(i);
            }
        }
    }

    private void drop(int index) {
        Block block = blocks.get(index);
        if (block.isFetching()) {
            block.stale = true;
            return;
        }
        wastedBytes += block.isAsked() ? 0 : block.unread();
        blocks.remove(index);
        free(block);
    }

    private void free(Block block) {
        for (ByteBuffer segment : block.segments()) {
            source.release(segment.clear());
        }
        heldBytes -= (long) block.segments().length * segmentBytes;
        rest(block);
    }

    /** A life has ended, or has not come about: keeps the object for another one, but not what it held. */
    private void rest(Block block) {
        block.state = Block.State.GONE;
        Arrays.fill(block.segments(), null);
        if (block.mayLiveAgain() && spare.size() < mostFetches) {
            spare.add(block);
        }
    }
}
