package io.conveyor.benchmarks.s3;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.ContentStreamProvider;
import software.amazon.awssdk.services.s3.S3Client;

/** The SDK's {@code getObject} and {@code putObject}, one connection. */
class SdkAccess implements S3Access {

    final S3Client client;
    final String bucket;
    private final Path scratch;

    SdkAccess(S3Address address) {
        this.client = address.client();
        this.bucket = address.bucket();
        this.scratch = address.scratch();
    }

    @Override
    public String name() {
        return "getObject, putObject";
    }

    @Override
    public void read(String key, byte[] buffer, Sink sink) throws Exception {
        try (InputStream in = client.getObject(request -> request.bucket(bucket).key(key))) {
            drain(in, buffer, sink);
        }
    }

    /** Reads {@code in} to its end. */
    static void drain(InputStream in, byte[] buffer, S3Access.Sink sink) throws IOException {
        for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
            sink.accept(buffer, count);
        }
    }

    @Override
    public int firstByte(String key) throws Exception {
        try (var in = client.getObject(request -> request.bucket(bucket).key(key))) {
            int first = in.read();
            in.abort();
            return first;
        }
    }

    @Override
    public void write(String key, byte[] buffer, long count) throws Exception {
        client.putObject(
                request -> request.bucket(bucket).key(key),
                RequestBody.fromContentProvider(
                        ContentStreamProvider.fromInputStreamSupplier(() -> new Repeated(buffer, count)),
                        buffer.length * count,
                        "application/octet-stream"));
    }

    @Override
    public RandomReader open(String key) {
        return new RandomReader() {
            @Override
            public void read(byte[] dst, long offset) throws IOException {
                fetch(key, dst, 0, dst.length, offset);
            }

            @Override
            public void close() {}
        };
    }

    /** A ranged GET into {@code dst} from {@code at}. */
    final void fetch(String key, byte[] dst, int at, int length, long offset) throws IOException {
        try (InputStream in = client.getObject(
                request -> request.bucket(bucket).key(key).range("bytes=" + offset + "-" + (offset + length - 1)))) {
            int count = in.readNBytes(dst, at, length);
            if (count < length) {
                throw new IOException(count + " of " + length + " bytes at " + offset + " of " + key);
            }
        }
    }

    /** What one does without anything better: the whole object down, changed, and up again. */
    @Override
    public void edit(String key, byte[] patch, long offset) throws Exception {
        Path whole = scratch.resolve(key);
        try {
            client.getObject(request -> request.bucket(bucket).key(key), whole);
            try (FileChannel file = FileChannel.open(whole, StandardOpenOption.WRITE)) {
                file.write(ByteBuffer.wrap(patch), offset);
            }
            client.putObject(request -> request.bucket(bucket).key(key), whole);
        } finally {
            Files.deleteIfExists(whole);
        }
    }

    @Override
    public void close() {
        client.close();
    }

    /** The same bytes again and again. */
    private static final class Repeated extends InputStream {

        private final byte[] bytes;
        private long left;

        Repeated(byte[] bytes, long count) {
            this.bytes = bytes;
            this.left = bytes.length * count;
        }

        private int at() {
            return (int) ((bytes.length - left % bytes.length) % bytes.length);
        }

        @Override
        public int read() {
            if (left == 0) {
                return -1;
            }
            int value = bytes[at()] & 0xff;
            left--;
            return value;
        }

        @Override
        public int read(byte[] dst, int offset, int length) {
            if (left == 0) {
                return -1;
            }
            int at = at();
            int count = (int) Math.min(Math.min(length, bytes.length - at), left);
            System.arraycopy(bytes, at, dst, offset, count);
            left -= count;
            return count;
        }
    }
}
