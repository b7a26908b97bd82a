package io.conveyor.core.log;

/**
 * The runs of the log in the order of acceptance: what lies where in the file. A run is a stretch that is contiguous in the log and in the
 * file, or a cut (a truncate), which takes one log position. Runs have sequence numbers that only grow. Not for several threads at once.
 *
 * <p>The table is three arrays used as a ring; it grows by doubling and is dropped when the last run leaves, so that an idle conveyor holds none.
 */
public final class RunQueue {

    /** What one run costs here and in the extent index, in bytes; charged against the bytes that may be pending. */
    public static final int RUN_COST = 64;

    private static final int SMALLEST = 16;
    private static final long[] EMPTY = {};

    private long[] logStart = EMPTY;
    private long[] fileStart = EMPTY;

    /** The length of a run, or -1 for a cut. */
    private long[] length = EMPTY;

    private long head;
    private long tail;

    /** How many runs there are. */
    public int size() {
        return (int) (tail - head);
    }

    /** The sequence number of the oldest run. */
    public long head() {
        return head;
    }

    /** The sequence number that the next run will get. */
    public long tail() {
        return tail;
    }

    /** Makes room for one more: memory that is out is found out before anything has changed. */
    public void reserve() {
        if (size() == logStart.length) {
            grow();
        }
    }

    /** Appends a write of {@code bytes} bytes, or extends the newest run if it is continued in both the log and the file. */
    public void addWrite(long logPosition, long offset, long bytes) {
        if (tail > head) {
            int newest = index(tail - 1);
            if (length[newest] >= 0
                    && logStart[newest] + length[newest] == logPosition
                    && fileStart[newest] + length[newest] == offset) {
                length[newest] += bytes;
                return;
            }
        }
        add(logPosition, offset, bytes);
    }

    /** Appends a cut to {@code size} bytes. */
    public void addCut(long logPosition, long size) {
        add(logPosition, size, -1);
    }

    private void add(long logPosition, long offset, long bytes) {
        reserve();
        int slot = index(tail++);
        logStart[slot] = logPosition;
        fileStart[slot] = offset;
        length[slot] = bytes;
    }

    private void grow() {
        int capacity = Math.max(SMALLEST, logStart.length * 2);
        long[] newLog = new long[capacity];
        long[] newFile = new long[capacity];
        long[] newLength = new long[capacity];
        for (long run = head; run < tail; run++) {
            int from = index(run);
            int to = (int) (run & (capacity - 1));
            newLog[to] = logStart[from];
            newFile[to] = fileStart[from];
            newLength[to] = length[from];
        }
        logStart = newLog;
        fileStart = newFile;
        length = newLength;
    }

    /** Whether the run is a cut. */
    public boolean isCut(long run) {
        return length[index(run)] < 0;
    }

    /** Where the run begins in the log. */
    public long logStart(long run) {
        return logStart[index(run)];
    }

    /** Where the run ends in the log. */
    public long logEnd(long run) {
        int slot = index(run);
        return logStart[slot] + (length[slot] < 0 ? 1 : length[slot]);
    }

    /** Where in the file the byte at {@code logPosition}, which lies in the run, belongs; for a cut, the size it cuts to. */
    public long fileOffset(long run, long logPosition) {
        int slot = index(run);
        return length[slot] < 0 ? fileStart[slot] : fileStart[slot] + (logPosition - logStart[slot]);
    }

    /** Forgets the oldest run. */
    public void removeHead() {
        head++;
        if (head == tail && logStart.length > SMALLEST) {
            logStart = EMPTY;
            fileStart = EMPTY;
            length = EMPTY;
        }
    }

    /** Forgets all runs. */
    public void clear() {
        head = tail;
        logStart = EMPTY;
        fileStart = EMPTY;
        length = EMPTY;
    }

    private int index(long run) {
        return (int) (run & (logStart.length - 1));
    }
}
