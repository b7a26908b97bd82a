package io.conveyor.backend.hdfs;

import java.io.IOException;
import java.util.EnumSet;
import org.apache.hadoop.fs.CreateFlag;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.hdfs.DFSOutputStream;
import org.apache.hadoop.hdfs.DistributedFileSystem;
import org.apache.hadoop.hdfs.client.HdfsDataOutputStream;
import org.apache.hadoop.util.Progressable;

/** A client that lets a test do something in between, once each. One thread. */
final class SteppedClient extends DistributedFileSystem {

    private static final Step NOTHING = () -> {};

    private Step beforeAppend = NOTHING;
    private Step afterAppend = NOTHING;
    private Step beforeFlush = NOTHING;
    private Step afterFlush = NOTHING;
    private Step afterStatus = NOTHING;
    private Step afterRecovery = NOTHING;
    private boolean canFlush = true;

    private SteppedClient() {}

    static SteppedClient connect(HdfsOptions options) throws IOException {
        SteppedClient client = new SteppedClient();
        client.initialize(options.uri(), HdfsConfiguration.of(options));
        return client;
    }

    /** What happens before a file is opened for appending the next time. */
    void beforeNextAppend(Step step) {
        beforeAppend = step;
    }

    /** What happens when a file was opened for appending the next time, and nobody has seen the answer. */
    void afterNextAppend(Step step) {
        afterAppend = step;
    }

    /** What happens before a stream is flushed the next time. */
    void beforeNextFlush(Step step) {
        beforeFlush = step;
    }

    /** What happens when a stream was flushed the next time, and nobody knows. */
    void afterNextFlush(Step step) {
        afterFlush = step;
    }

    /** What happens when the namenode has answered the next question for a status, and nobody has seen the answer. */
    void afterNextStatus(Step step) {
        afterStatus = step;
    }

    /** What happens when the namenode was asked to recover a lease, and nobody has seen the answer. */
    void afterNextRecovery(Step step) {
        afterRecovery = step;
    }

    /** From now on streams say that they cannot be flushed. */
    void deny() {
        canFlush = false;
    }

    @Override
    public FileStatus getFileStatus(Path path) throws IOException {
        FileStatus status = super.getFileStatus(path);
        Step step = afterStatus;
        afterStatus = NOTHING;
        step.run();
        return status;
    }

    @Override
    public boolean recoverLease(Path path) throws IOException {
        boolean closed = super.recoverLease(path);
        Step step = afterRecovery;
        afterRecovery = NOTHING;
        step.run();
        return closed;
    }

    @Override
    public FSDataOutputStream append(Path path, EnumSet<CreateFlag> flags, int bufferSize, Progressable progress)
            throws IOException {
        Step step = beforeAppend;
        beforeAppend = NOTHING;
        step.run();
        FSDataOutputStream out = super.append(path, flags, bufferSize, progress);
        Step after = afterAppend;
        afterAppend = NOTHING;
        after.run();
        return new SteppedStream(out);
    }

    private final class SteppedStream extends HdfsDataOutputStream {

        SteppedStream(FSDataOutputStream out) throws IOException {
            super((DFSOutputStream) out.getWrappedStream(), statistics, out.getPos());
        }

        @Override
        public void hflush() throws IOException {
            Step step = beforeFlush;
            beforeFlush = NOTHING;
            step.run();
            super.hflush();
            Step after = afterFlush;
            afterFlush = NOTHING;
            after.run();
        }

        @Override
        public boolean hasCapability(String capability) {
            return canFlush && super.hasCapability(capability);
        }
    }

    /** Something done in between, or a failure. */
    @FunctionalInterface
    interface Step {
        void run() throws IOException;
    }
}
