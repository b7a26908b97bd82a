package io.conveyor.backend.hdfs;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.hadoop.fs.ByteBufferPositionedReadable;
import org.apache.hadoop.fs.ByteBufferReadable;
import org.apache.hadoop.fs.FSDataInputStream;

/**
 * One input stream of Hadoop's, with the length that the file had when it was opened, and two ways to read: at an offset, which is a request of its own, by
 * any number of threads; and from where the stream stands, by one thread at a time, over a connection on which a datanode sends on and on.
 *
 * <p>A read goes on from where the stream stands if it begins there. The stream is put where reads are if three of them followed each other, each alone and
 * each beginning where the one before it had ended: to begin elsewhere costs a connection, and what is on its way over the old one. {@link #rest} gives
 * it up.
 *
 * <pre>
 *   at offsets  -- third read in order, alone --&gt;  stands at its end  -- read that begins there --&gt;  stands at its end
 *        ^                                               |  rest, or third read in order elsewhere
 *        +-----------------------------------------------+
 * </pre>
 *
 * <p>All of it is called under the lock of the {@link HdfsReader}, but for {@link Reading#into}.
 */
final class HdfsInput {

    /** Nowhere: no read begins here. */
    private static final long NOWHERE = -1;

    /** How many reads in a row must have begun where another one had ended. */
    private static final int IN_ORDER = 2;

    private static final int PIECE_BYTES = 64 << 10;

    private final FSDataInputStream in;
    private final long length;
    private final boolean readsBuffers;
    private final boolean continuesBuffers;

    private int users;
    private boolean retired;

    /** Where the last read ended that was alone, and how many before it did so where it began; nowhere while somebody reads. */
    private long lastEnd = NOWHERE;

    private int inOrder;

    /** Whether a read that is under way is not alone, or was not. */
    private boolean crowded;

    /** Where the stream stands; nowhere while somebody reads from there, so that no other one can. */
    private long standsAt = NOWHERE;

    /**
     * An input that nobody reads yet.
     *
     * @param length how long the file is
     * @param mayGoOn whether reads may go on where the stream stands; else each is a request of its own
     */
    HdfsInput(FSDataInputStream in, long length, boolean mayGoOn) {
        this.in = in;
        this.length = length;
        readsBuffers = in.getWrappedStream() instanceof ByteBufferPositionedReadable;
        continuesBuffers = mayGoOn && in.getWrappedStream() instanceof ByteBufferReadable;
    }

    /** How long the file is, as this shows it. */
    long length() {
        return length;
    }

    /** A read of one thread. */
    final class Reading {

        private final boolean goesOn;
        private boolean seeks;
        private long at;

        private Reading(boolean goesOn, boolean seeks, long offset) {
            this.goesOn = goesOn;
            this.seeks = seeks;
            at = offset;
        }

        /** What it reads from. */
        HdfsInput input() {
            return HdfsInput.this;
        }

        /** Whether it goes on where the stream stands, so that several buffers are filled as cheaply as one. */
        boolean goesOn() {
            return goesOn;
        }

        /**
         * Reads on into {@code dst}; its position moves by what was read.
         *
         * @return bytes read, or -1 at the end
         */
        int into(ByteBuffer dst) throws IOException {
            if (at >= length) {
                return -1;
            }
            ByteBuffer window = dst.duplicate();
            window.limit(dst.position() + (int) Math.min(dst.remaining(), length - at));
            int count = goesOn ? readOn(window) : readsBuffers ? in.read(at, window) : readBytes(window);
            if (count > 0) {
                dst.position(dst.position() + count);
                at += count;
            }
            return count;
        }

        private int readOn(ByteBuffer window) throws IOException {
            if (seeks) {
                in.seek(at);
                seeks = false;
            }
            int total = 0;
            while (window.hasRemaining()) {
                int count = in.read(window);
                if (count <= 0) {
                    return total == 0 ? count : total;
                }
                total += count;
            }
            return total;
        }

        private int readBytes(ByteBuffer window) throws IOException {
            byte[] bytes = new byte[Math.min(window.remaining(), PIECE_BYTES)];
            int count = in.read(at, bytes, 0, bytes.length);
            if (count > 0) {
                window.put(bytes, 0, count);
            }
            return count;
        }

        /** It has ended, well or not. */
        void end(boolean well) {
            users--;
            if (users == 0) {
                lastEnd = well && !crowded ? at : NOWHERE;
                crowded = false;
            }
            if (goesOn) {
                standsAt = well ? at : NOWHERE;
            }
            closeIfUnused();
        }
    }

    /** A read begins at {@code offset}. */
    Reading begin(long offset) {
        users++;
        crowded |= users > 1;
        inOrder = offset == lastEnd ? inOrder + 1 : 0;
        lastEnd = NOWHERE;
        boolean there = offset == standsAt;
        boolean joins = continuesBuffers && (there || inOrder >= IN_ORDER);
        if (joins) {
            standsAt = NOWHERE;
        }
        return new Reading(joins, joins && !there, offset);
    }

    /** Gives up the connection on which the stream would go on, if nobody reads from it just now. */
    void rest() {
        lastEnd = NOWHERE;
        if (standsAt != NOWHERE) {
            standsAt = NOWHERE;
            in.unbuffer();
        }
    }

    /** No read is to begin any more; it is closed when the last one has ended. */
    void retire() {
        retired = true;
        closeIfUnused();
    }

    private void closeIfUnused() {
        if (retired && users == 0) {
            try {
                in.close();
            } catch (IOException ignored) {
                // nothing was written through it
            }
        }
    }
}
