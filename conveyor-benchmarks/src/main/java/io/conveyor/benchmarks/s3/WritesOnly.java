package io.conveyor.benchmarks.s3;

import java.io.IOException;

/** Somebody who does everything but writing as another contender does. */
public final class WritesOnly implements S3Access {

    private static final String AS_ANOTHER = "what it does otherwise than another one is to write";

    private final S3Access access;

    /** {@code access} for its writes. */
    public WritesOnly(S3Access access) {
        this.access = access;
    }

    @Override
    public String name() {
        return access.name();
    }

    @Override
    public void read(String key, byte[] buffer, Sink sink) {
        throw new UnsupportedOperationException(AS_ANOTHER);
    }

    @Override
    public int firstByte(String key) {
        throw new UnsupportedOperationException(AS_ANOTHER);
    }

    @Override
    public void write(String key, byte[] buffer, long count) throws Exception {
        access.write(key, buffer, count);
    }

    @Override
    public RandomReader open(String key) {
        throw new UnsupportedOperationException(AS_ANOTHER);
    }

    @Override
    public void edit(String key, byte[] patch, long offset) {
        throw new UnsupportedOperationException(AS_ANOTHER);
    }

    @Override
    public void close() throws IOException {
        access.close();
    }
}
