package io.conveyor.benchmarks.engine;

import io.conveyor.benchmarks.store.ArrayStore;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** A sequential write by JMH, storage keeping up; {@code -prof gc} shows what is allocated. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class WriteBenchmark {

    private static final long WRAP = 1L << 30;
    private static final int BUFFER_BYTES = 64 << 10;

    /** Bytes a write. */
    @Param({"64", "4096", "65536"})
    int size;

    private ByteBuffer src = ByteBuffer.allocate(0);
    private Opened opened;
    private OutputStream buffered = OutputStream.nullOutputStream();
    private long written;

    /** JMH sets the fields by {@link #open}. */
    @SuppressWarnings("NullAway.Init")
    public WriteBenchmark() {}

    /** Opens what is measured. */
    @Setup
    public void open() throws IOException {
        src = ByteBuffer.allocate(size);
        opened = Opened.on(ArrayStore.forgetful(), 64L << 20);
        buffered = new BufferedOutputStream(OutputStream.nullOutputStream(), BUFFER_BYTES);
    }

    /** Closes it. */
    @TearDown
    public void close() throws IOException {
        opened.close();
        buffered.close();
    }

    /** A write to a conveyor. */
    @Benchmark
    public int conveyor() throws IOException {
        written += size;
        if (written >= WRAP) {
            written = 0;
            opened.conveyor().position(0);
        }
        src.rewind();
        return opened.conveyor().write(src);
    }

    /** A write to what Java offers for the purpose. */
    @Benchmark
    public void bufferedOutputStream() throws IOException {
        buffered.write(src.array());
    }
}
