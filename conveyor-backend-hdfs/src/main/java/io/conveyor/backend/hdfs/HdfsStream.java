package io.conveyor.backend.hdfs;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.hadoop.crypto.CryptoOutputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.hdfs.DFSOutputStream;
import org.apache.hadoop.hdfs.client.HdfsDataOutputStream;
import org.apache.hadoop.hdfs.client.HdfsDataOutputStream.SyncFlag;
import org.apache.hadoop.hdfs.protocol.DatanodeInfo;
import org.jspecify.annotations.Nullable;

/**
 * One append stream of Hadoop's, and so the lease of its file. After any failure it is of no more use but to be closed. Throws Hadoop's
 * own exceptions. One thread at a time, but for {@link #flush()}, which may wait beside {@link #append}.
 */
final class HdfsStream implements Closeable {

    /** One packet of the pipeline. */
    private static final int COPY_BYTES = 64 << 10;

    private final FSDataOutputStream out;
    private final long blockSize;
    private final HdfsEvents events;

    /** What bytes from outside the heap go through; kept from one append to the next until a flush. */
    private byte @Nullable [] copy;

    private long watchedBlock = -1;
    private Set<String> watchedDatanodes = Set.of();

    HdfsStream(FSDataOutputStream out, long blockSize, HdfsEvents events) {
        this.out = out;
        this.blockSize = Math.max(1, blockSize);
        this.events = events;
    }

    /** Where the next byte goes. */
    long end() {
        return out.getPos();
    }

    /** Appends what remains in {@code src}. */
    void append(ByteBuffer src) throws IOException {
        if (src.hasArray()) {
            out.write(src.array(), src.arrayOffset() + src.position(), src.remaining());
            src.position(src.limit());
            return;
        }
        byte[] through = copy == null || copy.length < Math.min(COPY_BYTES, src.remaining())
                ? new byte[Math.min(COPY_BYTES, src.remaining())]
                : copy;
        copy = through;
        while (src.hasRemaining()) {
            int count = Math.min(through.length, src.remaining());
            src.get(through, 0, count);
            out.write(through, 0, count);
        }
    }

    /** Appends zeros. */
    void appendZeros(long count) throws IOException {
        byte[] zeros = new byte[(int) Math.min(COPY_BYTES, count)];
        for (long left = count; left > 0; left -= zeros.length) {
            out.write(zeros, 0, (int) Math.min(zeros.length, left));
        }
    }

    /** Returns when every datanode of the pipeline has what was appended before the call. Hadoop waits for them without a lock. */
    void flush() throws IOException {
        out.hflush();
    }

    /** Returns when every datanode of the pipeline has it on its disk, and the namenode knows the length. */
    void sync() throws IOException {
        if (out instanceof HdfsDataOutputStream hdfs) {
            hdfs.hsync(EnumSet.of(SyncFlag.UPDATE_LENGTH));
        } else {
            out.hsync();
        }
    }

    /** Completes the file and gives the lease back. */
    @Override
    public void close() throws IOException {
        out.close();
    }

    /**
     * To be called after a flush or sync. Counts a change of datanodes within one block: Hadoop heals the pipeline without a word to the writer.
     *
     * @param upTo how far that reached; where more was appended beside it, the stream may be in the next block by now, or about to be
     */
    void flushed(long upTo) {
        copy = null;
        DatanodeInfo[] pipeline = pipeline();
        long block = block(upTo);
        if (pipeline == null || block != block(end())) {
            return;
        }
        Set<String> datanodes =
                Arrays.stream(pipeline).map(DatanodeInfo::getDatanodeUuid).collect(Collectors.toSet());
        if (block == watchedBlock && !datanodes.equals(watchedDatanodes)) {
            events.pipelineRecovered();
        }
        watchedBlock = block;
        watchedDatanodes = datanodes;
    }

    /** The block that the byte before {@code offset} lies in. */
    private long block(long offset) {
        return Math.max(0, offset - 1) / blockSize;
    }

    private DatanodeInfo @Nullable [] pipeline() {
        OutputStream below = out.getWrappedStream();
        if (below instanceof CryptoOutputStream encrypting) {
            below = encrypting.getWrappedStream();
        }
        return below instanceof DFSOutputStream stream ? stream.getPipeline() : null;
    }
}
