package io.conveyor.benchmarks.peers;

import io.conveyor.benchmarks.s3.S3Access;
import io.conveyor.benchmarks.s3.S3Address;
import java.io.IOException;
import java.net.URI;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** Hadoop's S3A with one of its kinds of input streams. */
final class S3aAccess implements S3Access {

    private final String kind;
    private final String bucket;
    private final Configuration configuration = new Configuration();

    S3aAccess(S3Address address, String kind) {
        this.kind = kind;
        this.bucket = address.bucket();
        configuration.set("fs.s3a.endpoint", address.endpoint().toString());
        configuration.set("fs.s3a.endpoint.region", "us-east-1");
        configuration.setBoolean("fs.s3a.path.style.access", true);
        configuration.set("fs.s3a.access.key", S3Address.ID);
        configuration.set("fs.s3a.secret.key", S3Address.SECRET);
        configuration.setBoolean("fs.s3a.connection.ssl.enabled", false);
        configuration.set(
                "fs.s3a.aws.credentials.provider", "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider");
        configuration.set("fs.s3a.input.stream.type", kind);
        configuration.set("fs.s3a.bucket.probe", "0");
        configuration.set("fs.s3a.buffer.dir", address.scratch().toString());
        configuration.set("hadoop.tmp.dir", address.scratch().toString());
    }

    @Override
    public String name() {
        return "S3A, " + kind + " stream";
    }

    /** A file system of its own for each call, for some streams keep blocks in it. */
    private FileSystem connect() throws IOException {
        return FileSystem.newInstance(URI.create("s3a://" + bucket + "/"), configuration);
    }

    @Override
    public void read(String key, byte[] buffer, Sink sink) throws IOException {
        try (FileSystem files = connect();
                FSDataInputStream in = files.open(new Path("/" + key))) {
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                sink.accept(buffer, count);
            }
        }
    }

    @Override
    public int firstByte(String key) throws IOException {
        try (FileSystem files = connect();
                FSDataInputStream in = files.open(new Path("/" + key))) {
            return in.read();
        }
    }

    @Override
    public void write(String key, byte[] buffer, long count) throws IOException {
        if (!kind.equals("classic")) {
            throw new UnsupportedOperationException("S3A has one kind of output stream");
        }
        try (FileSystem files = connect();
                FSDataOutputStream out = files.create(new Path("/" + key), true)) {
            for (long i = 0; i < count; i++) {
                out.write(buffer);
            }
        }
    }

    @Override
    public RandomReader open(String key) throws IOException {
        FileSystem files = connect();
        FSDataInputStream in = files.open(new Path("/" + key));
        return new RandomReader() {
            @Override
            public void read(byte[] dst, long offset) throws IOException {
                in.readFully(offset, dst);
            }

            @Override
            public void close() throws IOException {
                in.close();
                files.close();
            }
        };
    }

    @Override
    public void close() {
        // each call has closed what it opened
    }
}
