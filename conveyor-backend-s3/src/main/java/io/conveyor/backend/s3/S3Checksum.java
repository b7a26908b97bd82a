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
        String of(InputStream body) throws IOException {
            return crc(new CRC32C(), body);
        }
    },
    /** The polynomial of zip and Ethernet. */
    CRC32 {
        @Override
        String of(InputStream body) throws IOException {
            return crc(new CRC32(), body);
        }
    },
    /** The {@code Content-MD5} header, which every store that speaks S3 has known from the beginning. Here it is no safeguard against malice. */
    MD5 {
        @Override
        String of(InputStream body) throws IOException {
            return md5(body);
        }
    },
    /** None; for stores that refuse all of them. */
    NONE {
        @Override
        @Nullable
        String of(InputStream body) {
            return null;
        }
    };

    private static final int BUFFER = 64 << 10;

    /** Whether an upload can be begun with it. */
    boolean isCrc() {
        return this == CRC32C || this == CRC32;
    }

    /** The value for the header, or null. */
    abstract @Nullable String of(InputStream body) throws IOException;

    private static String crc(Checksum checksum, InputStream body) throws IOException {
        byte[] buffer = new byte[BUFFER];
        for (int count = body.read(buffer); count >= 0; count = body.read(buffer)) {
            checksum.update(buffer, 0, count);
        }
        byte[] value = ByteBuffer.allocate(4).putInt((int) checksum.getValue()).array();
        return Base64.getEncoder().encodeToString(value);
    }

    private static String md5(InputStream body) throws IOException {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("MD5");
        } catch (NoSuchAlgorithmException e) {
            throw new IOException("this JVM has no MD5; choose another S3Checksum", e);
        }
        byte[] buffer = new byte[BUFFER];
        for (int count = body.read(buffer); count >= 0; count = body.read(buffer)) {
            digest.update(buffer, 0, count);
        }
        return Base64.getEncoder().encodeToString(digest.digest());
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
