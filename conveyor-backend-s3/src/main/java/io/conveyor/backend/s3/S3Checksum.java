package io.conveyor.backend.s3;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Optional;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import java.util.zip.Checksum;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.ChecksumAlgorithm;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.CopyPartResult;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.ListPartsResponse;
import software.amazon.awssdk.services.s3.model.Part;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.UploadPartRequest;

/**
 * What is sent along with a body so that the store can tell whether it arrived whole. It goes into a header, computed before the body is
 * sent: over TLS the body then needs neither a signature nor a trailer of its own.
 */
public enum S3Checksum {
    /** The Castagnoli polynomial; fast on current processors. For Amazon S3. */
    CRC32C {
        @Override
        Digest begin() {
            return crc(new CRC32C());
        }
    },
    /** The polynomial of zip and Ethernet. */
    CRC32 {
        @Override
        Digest begin() {
            return crc(new CRC32());
        }
    },
    /** The {@code Content-MD5} header, which every store that speaks S3 has known from the beginning. Here it is no safeguard against malice. */
    MD5 {
        @Override
        Digest begin() throws IOException {
            return md5();
        }
    },
    /** None; for stores that refuse all of them. */
    NONE {
        @Override
        @Nullable
        Digest begin() {
            return null;
        }
    };

    private static final int BUFFER = 64 << 10;

    /** Whether an upload can be begun with it. */
    boolean isCrc() {
        return this == CRC32C || this == CRC32;
    }

    /** What is computed from the bytes of a body, piece by piece. For one thread. */
    private interface Digest {

        /** Takes all that remains in {@code bytes}. */
        void update(ByteBuffer bytes);

        /** In the order of the header. */
        byte[] value();
    }

    /** The digest of no bytes yet, or null. */
    abstract @Nullable Digest begin() throws IOException;

    /** The value for the header, or null. */
    @Nullable
    String of(InputStream body) throws IOException {
        Digest digest = begin();
        if (digest == null) {
            return null;
        }
        byte[] buffer = new byte[BUFFER];
        for (int count = body.read(buffer); count >= 0; count = body.read(buffer)) {
            digest.update(ByteBuffer.wrap(buffer, 0, count));
        }
        return Base64.getEncoder().encodeToString(digest.value());
    }

    /** As {@link #of(InputStream)}, of what remains in {@code buffers}, where it lies: a CRC needs no copy of it. The buffers' positions stay. */
    @Nullable
    String of(ByteBuffer... buffers) throws IOException {
        Digest digest = begin();
        if (digest == null) {
            return null;
        }
        for (ByteBuffer each : buffers) {
            digest.update(each.duplicate());
        }
        return Base64.getEncoder().encodeToString(digest.value());
    }

    private static Digest crc(Checksum checksum) {
        return new Digest() {
            @Override
            public void update(ByteBuffer bytes) {
                checksum.update(bytes);
            }

            @Override
            public byte[] value() {
                return ByteBuffer.allocate(Integer.BYTES)
                        .putInt((int) checksum.getValue())
                        .array();
            }
        };
    }

    private static Digest md5() throws IOException {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("MD5");
        } catch (NoSuchAlgorithmException e) {
            throw new IOException("this JVM has no MD5; choose another S3Checksum", e);
        }
        return new Digest() {
            @Override
            public void update(ByteBuffer bytes) {
                digest.update(bytes);
            }

            @Override
            public byte[] value() {
                return digest.digest();
            }
        };
    }

    void on(PutObjectRequest.Builder request, @Nullable String value) {
        switch (this) {
            case CRC32C -> request.checksumCRC32C(value);
            case CRC32 -> request.checksumCRC32(value);
            case MD5 -> request.contentMD5(value);
            case NONE -> {}
        }
    }

    void on(UploadPartRequest.Builder request, @Nullable String value) {
        switch (this) {
            case CRC32C -> request.checksumCRC32C(value);
            case CRC32 -> request.checksumCRC32(value);
            case MD5 -> request.contentMD5(value);
            case NONE -> {}
        }
    }

    /** What an upload was begun with, as far as the store says; MD5 for what this does not know. */
    static Optional<S3Checksum> of(ListPartsResponse upload) {
        return Optional.ofNullable(upload.checksumAlgorithm()).map(told -> switch (told) {
            case CRC32_C -> CRC32C;
            case CRC32 -> CRC32;
            default -> MD5;
        });
    }

    /** What the store keeps of a part, or null. */
    @Nullable
    String in(Part part) {
        return switch (this) {
            case CRC32C -> part.checksumCRC32C();
            case CRC32 -> part.checksumCRC32();
            case MD5, NONE -> null;
        };
    }

    /** What the store keeps of a part that it has copied, or null. */
    @Nullable
    String in(CopyPartResult part) {
        return switch (this) {
            case CRC32C -> part.checksumCRC32C();
            case CRC32 -> part.checksumCRC32();
            case MD5, NONE -> null;
        };
    }

    void on(CreateMultipartUploadRequest.Builder request) {
        switch (this) {
            case CRC32C -> request.checksumAlgorithm(ChecksumAlgorithm.CRC32_C);
            case CRC32 -> request.checksumAlgorithm(ChecksumAlgorithm.CRC32);
            case MD5, NONE -> {}
        }
    }

    void on(CompletedPart.Builder part, @Nullable String value) {
        switch (this) {
            case CRC32C -> part.checksumCRC32C(value);
            case CRC32 -> part.checksumCRC32(value);
            case MD5, NONE -> {}
        }
    }
}
