package io.conveyor.benchmarks.s3;

import io.conveyor.backend.s3.S3Checksum;
import io.conveyor.backend.s3.S3Options;
import io.conveyor.benchmarks.contest.Contest;
import io.conveyor.benchmarks.contest.Task;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.ServiceLoader;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.function.UnaryOperator;

/**
 * Everybody who takes part: what is always there, and the peers that are on the class path. Each shows first on a small object that it does the work, and does
 * it right; who does not is named below the table with the reason.
 */
final class S3Contenders implements AutoCloseable {

    /** An object that needs several parts of every contender. */
    private static final long TRIAL_BYTES = 24 << 20;

    static final int CHUNK = 64 << 10;

    /** The size of the objects. */
    static final long BYTES = Long.getLong("conveyor.benchmarks.s3-mib", 1024) << 20;

    /** Those whose name contains one of these words, in the order of the table; all of them by default. */
    private static final List<String> ASKED =
            List.of(System.getProperty("conveyor.benchmarks.s3-contenders", "").split(","));

    private final SlowS3 store;
    private final SdkAccess straight;
    private final ConveyorAccess conveyor;
    private final List<S3Access> all = new ArrayList<>();
    private final byte[] chunk = new byte[CHUNK];

    private S3Contenders(SlowS3 store) throws Exception {
        this.store = store;
        this.straight = new SdkAccess(store.direct());
        this.conveyor = new ConveyorAccess(store.address());
        new SplittableRandom(1).nextBytes(chunk);
        all.add(bare(S3Checksum.NONE));
        all.add(new WritesOnly(bare(S3Checksum.MD5)));
        all.add(new WritesOnly(bare(S3Checksum.CRC32C)));
        all.add(conveyor);
        all.add(variant("conveyor, CRC32C", options -> options.checksum(S3Checksum.CRC32C)));
        all.add(variant("conveyor, MD5", options -> options.checksum(S3Checksum.MD5)));
        all.add(variant("conveyor, keeping no parts", options -> options.keepUploadedParts(false)));
        all.add(new SdkAccess(store.address()));
        for (S3AccessProvider provider : ServiceLoader.load(S3AccessProvider.class)) {
            all.addAll(provider.connect(store.address()));
        }
    }

    private ParallelAccess bare(S3Checksum checksum) {
        return new ParallelAccess(store.address(), ConveyorAccess.READERS, ConveyorAccess.WRITERS, checksum);
    }

    /** A conveyor with other options, which make a difference to who writes. */
    private WritesOnly variant(String name, UnaryOperator<S3Options.Builder> own) throws IOException {
        return new WritesOnly(new ConveyorAccess(name, store.address(), own));
    }

    static S3Contenders start() throws Exception {
        return new S3Contenders(SlowS3.start());
    }

    ConveyorAccess conveyor() {
        return conveyor;
    }

    /** Where the objects are, through the proxy. */
    S3Address address() {
        return store.address();
    }

    /** What every object is made of, again and again. */
    byte[] chunk() {
        return chunk;
    }

    /** Makes an object, past the proxy. */
    void put(String key, long bytes) throws Exception {
        straight.write(key, chunk, bytes / CHUNK);
    }

    /** Removes an object, past the proxy. */
    void remove(String key) {
        straight.client.deleteObject(request -> request.bucket(straight.bucket).key(key));
    }

    /** Compares an object with what {@link #put} makes, but for one byte, past the proxy. */
    void check(String key, long bytes, long changed, byte value) throws Exception {
        Check check = new Check(chunk, changed, value);
        straight.read(key, new byte[CHUNK], check);
        check.end(bytes);
    }

    /** Compares what is read with what {@link #put} makes. */
    Check check() {
        return new Check(chunk, -1, (byte) 0);
    }

    /** What one contender does. */
    interface Work {

        /**
         * Does it once.
         *
         * @param bytes the size of the object
         */
        double run(S3Access access, String key, long bytes) throws Exception;

        /** What it needs, and what does not count. */
        default void before(String key) throws Exception {}

        /** Whether it was done right; does not count. */
        default void after(String key, long bytes) throws Exception {}
    }

    /** Adds to {@code contest} everybody who does {@code work} right on a small object. */
    Contest with(Contest contest, String key, Work work) throws Exception {
        contest.note(SlowS3.slowness());
        for (S3Access access : all) {
            if (ASKED.stream().noneMatch(access.name()::contains)) {
                continue;
            }
            put("trial", TRIAL_BYTES);
            try {
                work.before("trial");
                work.run(access, "trial", TRIAL_BYTES);
                work.after("trial", TRIAL_BYTES);
                contest.contender(
                        access.name(),
                        () -> work.before(key),
                        () -> work.run(access, key, BYTES),
                        () -> work.after(key, BYTES));
            } catch (UnsupportedOperationException e) {
                contest.note("Not in it: " + access.name() + ", because " + e.getMessage() + ".");
            } catch (Exception | LinkageError e) {
                contest.note("Not in it: " + access.name() + ", because it failed with " + cause(e) + ".");
            }
        }
        return contest;
    }

    private static Throwable cause(Throwable e) {
        return e instanceof ExecutionException && e.getCause() != null ? cause(e.getCause()) : e;
    }

    @Override
    public void close() throws IOException {
        List<Closeable> ends = new ArrayList<>(all);
        ends.add(straight);
        for (Closeable each : ends) {
            each.close();
        }
        store.close();
    }

    /** Compares bytes as they come with those of an object. */
    static final class Check implements S3Access.Sink {

        private final byte[] chunk;
        private final long changed;
        private final byte value;
        private long at;

        private Check(byte[] chunk, long changed, byte value) {
            this.chunk = chunk;
            this.changed = changed;
            this.value = value;
        }

        @Override
        public void accept(byte[] bytes, int length) {
            for (int done = 0; done < length; ) {
                int from = (int) (at % chunk.length);
                int count = Math.min(length - done, chunk.length - from);
                int wrong = Arrays.mismatch(bytes, done, done + count, chunk, from, from + count);
                if (wrong >= 0 && !(at + wrong == changed && bytes[done + wrong] == value)) {
                    throw new IllegalStateException("a wrong byte at " + (at + wrong));
                }
                int step = wrong < 0 ? count : wrong + 1;
                done += step;
                at += step;
            }
        }

        /** Checks that all has come. */
        double end(long bytes) {
            if (at != bytes) {
                throw new IllegalStateException(at + " bytes came, not " + bytes);
            }
            return Task.ELAPSED;
        }
    }
}
