package io.conveyor;

/**
 * The figures of one conveyor at one moment. Counters only grow, and polling does not reset them; {@link #since} gives the growth
 * between two snapshots. Times are nanoseconds, amounts are bytes.
 *
 * @param writes what the application wrote
 * @param reads what the application read
 * @param preads reads that storage answered, demanded and prefetched
 * @param pwrites writes that storage took
 * @param flushes handle flushes and commits
 * @param syncs handle syncs
 * @param readAhead what prefetching did
 * @param retries storage calls that were repeated
 * @param failures times that a failure stuck
 * @param watermarks how far accepted bytes have come
 * @param pendingBytes bytes accepted and not yet written; a gauge
 * @param recoveries times that storage lost something and made up for it while it wrote, such as a datanode of an HDFS pipeline
 */
public record ConveyorStats(
        Operations writes,
        Operations reads,
        Calls preads,
        Calls pwrites,
        Calls flushes,
        Calls syncs,
        ReadAhead readAhead,
        long retries,
        long failures,
        Watermarks watermarks,
        long pendingBytes,
        long recoveries) {

    /** Nothing has happened yet. */
    public static final ConveyorStats NONE = new ConveyorStats(
            Operations.NONE,
            Operations.NONE,
            Calls.NONE,
            Calls.NONE,
            Calls.NONE,
            Calls.NONE,
            ReadAhead.NONE,
            0,
            0,
            Watermarks.NONE,
            0,
            0);

    /**
     * What the application asked for.
     *
     * @param count calls that moved at least one byte
     * @param bytes bytes accepted, or delivered
     * @param stalls calls that had to wait: writes for room, reads for storage
     * @param stallNanos how long they waited together
     */
    public record Operations(long count, long bytes, long stalls, long stallNanos) {

        /** None. */
        public static final Operations NONE = new Operations(0, 0, 0, 0);

        Operations since(Operations earlier) {
            return new Operations(
                    count - earlier.count,
                    bytes - earlier.bytes,
                    stalls - earlier.stalls,
                    stallNanos - earlier.stallNanos);
        }

        Operations plus(Operations other) {
            return new Operations(
                    count + other.count, bytes + other.bytes, stalls + other.stalls, stallNanos + other.stallNanos);
        }
    }

    /**
     * Calls of one kind that a backend answered.
     *
     * @param count how many
     * @param bytes bytes they moved; 0 for calls that move none
     * @param nanos how long they took together
     */
    public record Calls(long count, long bytes, long nanos) {

        /** None. */
        public static final Calls NONE = new Calls(0, 0, 0);

        Calls since(Calls earlier) {
            return new Calls(count - earlier.count, bytes - earlier.bytes, nanos - earlier.nanos);
        }

        Calls plus(Calls other) {
            return new Calls(count + other.count, bytes + other.bytes, nanos + other.nanos);
        }
    }

    /**
     * What prefetching did.
     *
     * @param hits reads that found all they asked storage for already fetched
     * @param waits reads that had to wait for a fetch under way
     * @param misses reads that had to ask storage themselves
     * @param fetchedBytes bytes fetched ahead
     * @param wastedBytes bytes fetched ahead and dropped before anybody read them
     * @param windowBytes how far ahead fetching runs now; a gauge, 0 once the conveyor is closed
     */
    public record ReadAhead(long hits, long waits, long misses, long fetchedBytes, long wastedBytes, long windowBytes) {

        /** None. */
        public static final ReadAhead NONE = new ReadAhead(0, 0, 0, 0, 0, 0);

        ReadAhead since(ReadAhead earlier) {
            return new ReadAhead(
                    hits - earlier.hits,
                    waits - earlier.waits,
                    misses - earlier.misses,
                    fetchedBytes - earlier.fetchedBytes,
                    wastedBytes - earlier.wastedBytes,
                    windowBytes);
        }

        ReadAhead plus(ReadAhead other) {
            return new ReadAhead(
                    hits + other.hits,
                    waits + other.waits,
                    misses + other.misses,
                    fetchedBytes + other.fetchedBytes,
                    wastedBytes + other.wastedBytes,
                    windowBytes + other.windowBytes);
        }
    }

    /**
     * How far accepted bytes have come, as positions in the order of acceptance; {@code accepted >= written >= visible >= durable}, and each
     * only grows.
     *
     * @param accepted copied into the write log
     * @param written taken by the backend's handle
     * @param visible to be seen by others in storage
     * @param durable safe against a loss of power
     */
    public record Watermarks(long accepted, long written, long visible, long durable) {

        /** Nothing accepted. */
        public static final Watermarks NONE = new Watermarks(0, 0, 0, 0);
    }

    /** The growth of the counters since an earlier snapshot of the same conveyor; gauges and watermarks are those of this one. */
    public ConveyorStats since(ConveyorStats earlier) {
        return new ConveyorStats(
                writes.since(earlier.writes),
                reads.since(earlier.reads),
                preads.since(earlier.preads),
                pwrites.since(earlier.pwrites),
                flushes.since(earlier.flushes),
                syncs.since(earlier.syncs),
                readAhead.since(earlier.readAhead),
                retries - earlier.retries,
                failures - earlier.failures,
                watermarks,
                pendingBytes,
                recoveries - earlier.recoveries);
    }

    /** The sums of two conveyors' figures; the watermarks, which cannot be added, are {@link Watermarks#NONE}. */
    public ConveyorStats plus(ConveyorStats other) {
        return new ConveyorStats(
                writes.plus(other.writes),
                reads.plus(other.reads),
                preads.plus(other.preads),
                pwrites.plus(other.pwrites),
                flushes.plus(other.flushes),
                syncs.plus(other.syncs),
                readAhead.plus(other.readAhead),
                retries + other.retries,
                failures + other.failures,
                Watermarks.NONE,
                pendingBytes + other.pendingBytes,
                recoveries + other.recoveries);
    }
}
