package io.conveyor.core.read;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Tells which stream a read belongs to. Follows {@value #STREAMS} streams, as merge sorts and audio beside video need (JuiceFS follows two, GeeseFS
 * the last four reads); the least recently used one makes room. Used under the conveyor's lock.
 */
public final class AccessPattern {

    static final int STREAMS = 4;

    private static final int LONG = 16;

    /** How a stream moves. */
    public enum Motion {
        /** No order seen yet. */
        RANDOM,
        /** Each read begins where the last one ended. */
        FORWARD,
        /** Each read ends where the last one began. */
        BACKWARD,
        /** Each read begins at the same distance from the last one. */
        STRIDED
    }

    /** One stream of reads. */
    public static final class Stream {

        private long lastStart;
        private long lastEnd;
        private long stride;
        private int streak;
        private Motion motion = Motion.RANDOM;
        private long used;
        private long run;
        private long window;
        private boolean inLine;

        /** How it moves; RANDOM until two reads in a row agree (three for a stride). */
        public Motion motion() {
            return motion;
        }

        /** Whether more is worth fetching than what is asked for: it moves forward or backward. */
        public boolean isSequential() {
            return motion == Motion.FORWARD || motion == Motion.BACKWARD;
        }

        /** Whether three reads in a row agreed, so that it is no chance. */
        public boolean isEstablished() {
            return streak > 1;
        }

        /** Whether more is worth fetching than what is asked for, as {@link #isSequential()} or because an object is read from its start. */
        public boolean isPromising() {
            return isSequential() || (motion == Motion.RANDOM && lastStart == 0);
        }

        /** The distance between the starts of two reads, if strided. */
        public long stride() {
            return stride;
        }

        /** Where the last read began. */
        public long lastStart() {
            return lastStart;
        }

        /** Where the last read ended. */
        public long lastEnd() {
            return lastEnd;
        }

        /** How many bytes were read in order so far, if it moves forward or backward. */
        long run() {
            return run;
        }

        /** How far ahead to fetch, in bytes; 0 if nothing has been fetched for it yet. */
        public long window() {
            return window;
        }

        void window(long bytes) {
            window = bytes;
        }

        /** Whether it may be fetched in line: not if that was too slow once. */
        boolean mayBeInLine() {
            return inLine && motion == Motion.FORWARD;
        }

        void mayBeInLine(boolean may) {
            inLine = may;
        }

        private boolean continuedBy(long start, long end) {
            return start == lastEnd
                    || (end == lastStart && start != lastStart)
                    || (stride != 0 && start - lastStart == stride);
        }

        private boolean keepsMotion(long start, long end) {
            return switch (motion) {
                case FORWARD -> start == lastEnd;
                case BACKWARD -> end == lastStart;
                case STRIDED -> start - lastStart == stride;
                case RANDOM -> false;
            };
        }

        private void go(long start, long end) {
            long before = lastEnd - lastStart;
            Motion earlier = motion;
            if (start == lastEnd) {
                turn(Motion.FORWARD, 0, 1);
            } else if (end == lastStart) {
                turn(Motion.BACKWARD, 0, 1);
            } else {
                // the distance was seen once when it was noted, so this is the second time
                turn(Motion.STRIDED, stride, 2);
            }
            run = (motion == earlier ? run : before) + end - start;
            lastStart = start;
            lastEnd = end;
        }

        private void turn(Motion next, long nextStride, int firstStreak) {
            streak = motion == next ? streak + 1 : firstStreak;
            motion = next;
            stride = nextStride;
        }

        private void jump(long start, long end) {
            stride = used == 0 ? 0 : start - lastStart;
            motion = Motion.RANDOM;
            streak = 0;
            run = 0;
            window = 0;
            lastStart = start;
            lastEnd = end;
        }
    }

    private final @Nullable Stream[] streams = new Stream[STREAMS];
    private long clock;

    /** Notes a read of {@code [start, end)} and answers the stream it belongs to. */
    public Stream observe(long start, long end) {
        clock++;
        Stream stream = find(start, end);
        if (stream != null) {
            stream.go(start, end);
        } else {
            stream = take();
            stream.jump(start, end);
        }
        stream.used = clock;
        return stream;
    }

    /**
     * The stream that a read continues. Rather one that goes on as it did than one that would have to turn: who reads an object a second time passes by the
     * place where the first time ended, and is not that stream on its way back.
     */
    private @Nullable Stream find(long start, long end) {
        Stream turning = null;
        for (Stream stream : streams) {
            if (stream != null && stream.continuedBy(start, end)) {
                if (stream.keepsMotion(start, end)) {
                    return stream;
                }
                turning = turning == null || stream.used > turning.used ? stream : turning;
            }
        }
        return turning;
    }

    /** The stream that a read out of order is noted in: the newest one if it has no order yet, so that a stride can show, else a free or old one. */
    private Stream take() {
        Stream oldest = null;
        Stream newest = null;
        int free = -1;
        for (int i = 0; i < STREAMS; i++) {
            Stream stream = streams[i];
            if (stream == null) {
                free = i;
            } else {
                oldest = oldest == null || stream.used < oldest.used ? stream : oldest;
                newest = newest == null || stream.used > newest.used ? stream : newest;
            }
        }
        if (newest != null && newest.motion == Motion.RANDOM) {
            return newest;
        }
        if (free >= 0) {
            Stream fresh = new Stream();
            streams[free] = fresh;
            return fresh;
        }
        return Objects.requireNonNull(oldest);
    }

    /** Whether a stream has not been read for so long that it may have come to its end: others were read {@value #LONG} times since. */
    boolean rests(Stream stream) {
        return clock - stream.used > LONG;
    }

    /** Whether some stream is expected to need bytes of {@code [start, end)}, or has just passed them. */
    boolean needs(long start, long end, long keepBehind) {
        for (Stream stream : streams) {
            if (stream != null && stream.motion != Motion.RANDOM) {
                long reach = Math.max(stream.window, keepBehind) + Math.abs(stream.stride) * 2;
                if (start < stream.lastEnd + reach && end > stream.lastStart - reach) {
                    long behind = stream.motion == Motion.BACKWARD ? start - stream.lastEnd : stream.lastStart - end;
                    if (stream.motion == Motion.STRIDED || behind <= keepBehind) {
                        return true;
                    }
                }
            }
        }
        return false;
    }
}
