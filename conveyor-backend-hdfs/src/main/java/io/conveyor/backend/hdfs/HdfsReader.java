package io.conveyor.backend.hdfs;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.hdfs.DistributedFileSystem;
import org.apache.hadoop.hdfs.client.HdfsDataInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Positional reads of one path, by any number of threads, through one {@link HdfsInput}.
 *
 * <p>Such a stream knows the blocks and the length that the file had when it was opened. So it is opened anew when somebody asks beyond
 * that length, after {@link #invalidate()}, and once after a failure, since blocks move and files are replaced. A stream that is
 * replaced is closed when its last read has ended.
 */
final class HdfsReader implements Closeable {

    private final HdfsConnection connection;
    private final Path path;

    @GuardedBy("this")
    private @Nullable HdfsInput current;

    @GuardedBy("this")
    private boolean closed;

    HdfsReader(HdfsConnection connection, Path path) {
        this.connection = connection;
        this.path = path;
    }

    /**
     * Reads what {@code dst} has room for, unless the end comes first; the position of {@code dst} moves by what was read.
     *
     * @return bytes read, or -1 at or past the end as the store shows it now
     */
    int read(ByteBuffer dst, long offset) throws IOException {
        return (int) read(offset, reading -> reading.into(dst));
    }

    /**
     * The same into several buffers, of which at least two have room: one after the other where the stream goes on, else by one request and {@code scatter}.
     *
     * @return bytes read, or -1 at or past the end
     */
    long read(ByteBuffer[] dsts, long offset, HdfsScatter scatter) throws IOException {
        return read(offset, reading -> reading.goesOn() ? fill(dsts, reading) : scatter.read(dsts, reading::into));
    }

    /** Moves the positions only when all has gone well: after a failure everything is read again. */
    private static long fill(ByteBuffer[] dsts, HdfsInput.Reading reading) throws IOException {
        ByteBuffer[] windows = new ByteBuffer[dsts.length];
        Arrays.setAll(windows, i -> dsts[i].duplicate());
        long total = 0;
        for (int i = 0; i < windows.length; i++) {
            if (windows[i].hasRemaining()) {
                int count = reading.into(windows[i]);
                if (count < 0) {
                    total = total == 0 ? -1 : total;
                    break;
                }
                total += count;
            }
        }
        for (int i = 0; i < windows.length; i++) {
            dsts[i].position(windows[i].position());
        }
        return total;
    }

    /** What is done with a read that has begun. */
    @FunctionalInterface
    private interface Transfer {

        long run(HdfsInput.Reading reading) throws IOException;
    }

    private long read(long offset, Transfer transfer) throws IOException {
        HdfsInput.Reading reading = begin(offset);
        try {
            return run(reading, transfer);
        } catch (IOException first) {
            retire(reading.input());
            return readAgain(offset, transfer, first);
        }
    }

    /** The second and last try: what fails on fresh locations fails. */
    private long readAgain(long offset, Transfer transfer, IOException first) throws IOException {
        try {
            return run(begin(offset), transfer);
        } catch (IOException e) {
            if (e != first) {
                e.addSuppressed(first);
            }
            throw e;
        }
    }

    private long run(HdfsInput.Reading reading, Transfer transfer) throws IOException {
        boolean well = false;
        try {
            long count = transfer.run(reading);
            well = true;
            return count;
        } finally {
            end(reading, well);
            if (!well && reading.goesOn()) {
                // nobody knows what such a stream has in hand
                retire(reading.input());
            }
        }
    }

    /**
     * Fills {@code dst} from {@code offset}.
     *
     * @throws EOFException if the store shows fewer bytes than the caller knows to be there
     */
    void readFully(ByteBuffer dst, long offset) throws IOException {
        long at = offset;
        while (dst.hasRemaining()) {
            int count = read(dst, at);
            if (count < 0) {
                throw new EOFException(path + " ends at " + at + ", although more was acknowledged");
            }
            at += count;
        }
    }

    /** The length that the store shows now, bytes that were flushed into an open file included. */
    synchronized long length() throws IOException {
        invalidate();
        return open().length();
    }

    /** Forgets blocks and length: the file was changed by us, or may have been by others. */
    synchronized void invalidate() {
        if (current != null) {
            retire(current);
        }
    }

    /** Gives up the connection on which reads would go on; the next one is a request of its own. */
    synchronized void rest() {
        if (current != null) {
            current.rest();
        }
    }

    private synchronized HdfsInput.Reading begin(long offset) throws IOException {
        HdfsInput input = open();
        if (offset >= input.length()) {
            retire(input);
            input = open();
        }
        return input.begin(offset);
    }

    private synchronized void end(HdfsInput.Reading reading, boolean well) {
        reading.end(well);
    }

    private synchronized void retire(HdfsInput input) {
        if (current == input) {
            current = null;
        }
        input.retire();
    }

    @GuardedBy("this")
    private HdfsInput open() throws IOException {
        if (closed) {
            throw new IOException("the reader of " + path + " is closed");
        }
        if (current == null) {
            DistributedFileSystem client = connection.client();
            FSDataInputStream in = connection.asUser(as -> as.open(path));
            current = new HdfsInput(in, ((HdfsDataInputStream) in).getVisibleLength(), !hedges(client));
        }
        return current;
    }

    /** Hadoop asks a second datanode for requests at an offset only, not for what goes on. */
    private static boolean hedges(DistributedFileSystem client) {
        return client.getConf().getInt(HdfsConfiguration.HEDGED_READ_THREADS, 0) > 0;
    }

    @Override
    public synchronized void close() {
        closed = true;
        invalidate();
    }
}
