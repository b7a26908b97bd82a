package io.conveyor.benchmarks.peers;

import io.conveyor.benchmarks.s3.S3Access;
import io.conveyor.benchmarks.s3.S3Address;
import java.io.EOFException;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.nio.file.StandardOpenOption;

/** Amazon's file system provider for {@code java.nio.file}. */
final class NioAccess implements S3Access {

    private final String prefix;

    NioAccess(S3Address address) {
        System.setProperty("s3.spi.endpoint-protocol", "http");
        System.setProperty("s3.spi.force-path-style", "true");
        System.setProperty("aws.region", "us-east-1");
        System.setProperty("aws.accessKeyId", S3Address.ID);
        System.setProperty("aws.secretAccessKey", S3Address.SECRET);
        this.prefix = "s3x://" + S3Address.ID + ":" + S3Address.SECRET + "@"
                + address.endpoint().getAuthority() + "/" + address.bucket() + "/";
    }

    @Override
    public String name() {
        return "aws-java-nio-spi-for-s3";
    }

    private SeekableByteChannel channel(String key, OpenOption... options) throws IOException {
        Path path = Paths.get(URI.create(prefix + key));
        return Files.newByteChannel(path, options);
    }

    @Override
    public void read(String key, byte[] buffer, Sink sink) throws IOException {
        ByteBuffer dst = ByteBuffer.wrap(buffer);
        try (SeekableByteChannel channel = channel(key, StandardOpenOption.READ)) {
            while (channel.read(dst.clear()) >= 0) {
                sink.accept(buffer, dst.position());
            }
        }
    }

    @Override
    public int firstByte(String key) throws IOException {
        ByteBuffer dst = ByteBuffer.allocate(1);
        try (SeekableByteChannel channel = channel(key, StandardOpenOption.READ)) {
            return channel.read(dst) < 0 ? -1 : dst.get(0) & 0xff;
        }
    }

    @Override
    public void write(String key, byte[] buffer, long count) throws IOException {
        ByteBuffer src = ByteBuffer.wrap(buffer);
        try (SeekableByteChannel channel = channel(key, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            for (long i = 0; i < count; i++) {
                src.rewind();
                while (src.hasRemaining()) {
                    channel.write(src);
                }
            }
        }
    }

    /** A channel has one cursor, and so each read a channel of its own. */
    @Override
    public RandomReader open(String key) {
        return new RandomReader() {
            @Override
            public void read(byte[] bytes, long offset) throws IOException {
                ByteBuffer dst = ByteBuffer.wrap(bytes);
                try (SeekableByteChannel channel = channel(key, StandardOpenOption.READ)) {
                    channel.position(offset);
                    while (dst.hasRemaining()) {
                        if (channel.read(dst) < 0) {
                            throw new EOFException(dst + " at " + offset + " of " + key);
                        }
                    }
                }
            }

            @Override
            public void close() {
                // each read has closed its channel
            }
        };
    }

    @Override
    public void edit(String key, byte[] patch, long offset) throws IOException {
        try (SeekableByteChannel channel = channel(key, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            channel.position(offset);
            channel.write(ByteBuffer.wrap(patch));
        }
    }

    @Override
    public void close() {
        // each call has closed what it opened
    }
}
