package io.conveyor.benchmarks.peers;

import io.conveyor.benchmarks.s3.S3Access;
import io.conveyor.benchmarks.s3.S3Address;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Map;
import org.apache.opendal.Operator;

/** OpenDAL's Java binding. */
final class OpenDalAccess implements S3Access {

    /** As large as the conveyor's parts. */
    private static final int PART = 8 << 20;

    private final Operator operator;

    OpenDalAccess(S3Address address) {
        this.operator = Operator.of(
                "s3",
                Map.of(
                        "bucket", address.bucket(),
                        "endpoint", address.endpoint().toString(),
                        "region", "us-east-1",
                        "access_key_id", S3Address.ID,
                        "secret_access_key", S3Address.SECRET,
                        "root", "/"));
    }

    @Override
    public String name() {
        return "OpenDAL";
    }

    @Override
    public void read(String key, byte[] buffer, Sink sink) throws IOException {
        try (InputStream in = operator.createInputStream(key)) {
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                sink.accept(buffer, count);
            }
        }
    }

    @Override
    public int firstByte(String key) throws IOException {
        try (InputStream in = operator.createInputStream(key)) {
            return in.read();
        }
    }

    @Override
    public void write(String key, byte[] buffer, long count) throws IOException {
        try (OutputStream out = operator.createOutputStream(key, PART)) {
            for (long i = 0; i < count; i++) {
                out.write(buffer);
            }
        }
    }

    @Override
    public RandomReader open(String key) {
        return new RandomReader() {
            @Override
            public void read(byte[] dst, long offset) {
                byte[] bytes = operator.read(key, offset, dst.length);
                System.arraycopy(bytes, 0, dst, 0, dst.length);
            }

            @Override
            public void close() {
                // the operator is shared
            }
        };
    }

    @Override
    public void close() {
        operator.close();
    }
}
