package io.conveyor.backend.s3;

import io.conveyor.ConflictException;
import io.conveyor.Extent;
import io.conveyor.StorageException;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import io.conveyor.backend.s3.S3Piece.Remote;
import java.io.EOFException;
import java.io.IOException;
import java.util.Objects;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.ChecksumMode;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.RequestPayer;

/**
 * Reads ranges of one version of an object. A body that breaks off is resumed at the first byte that is missing, and only from the same
 * version. Any thread.
 */
final class S3Reader {

    private static final String OPERATION = "pread";

    private final S3Client client;
    private final S3Options options;
    private final S3Backoff backoff;
    private final S3Errors errors;

    S3Reader(S3Client client, S3Options options, S3Backoff backoff, S3Errors errors) {
        this.client = client;
        this.options = options;
        this.backoff = backoff;
        this.errors = errors;
    }

    /**
     * Fills {@code length} bytes of {@code target}.
     *
     * @throws ConflictException if the object is no longer that version
     */
    void read(Remote source, long length, S3Target target) throws IOException {
        long start = target.done();
        long end = start + length;
        long mark = start;
        for (int attempt = 1; target.done() < end; attempt++) {
            Remote from = source.plus(target.done() - start);
            RuntimeException failure;
            try {
                fetch(from, end - target.done(), target);
                return;
            } catch (RuntimeException e) {
                failure = e;
            }
            if (target.done() > mark) {
                // It went on: the count of tries is for standing still.
                mark = target.done();
                attempt = 1;
            }
            if (target.done() == end) {
                // All arrived, and it was not what the store has.
                target.rewind(start);
            }
            S3Fault fault = failure instanceof BrokenBodyException broken ? broken.fault : S3Errors.fault(failure);
            if (fault == S3Fault.PRECONDITION_FAILED || fault == S3Fault.NO_SUCH_KEY) {
                throw new ConflictException(
                        errors.name(source.key()),
                        "version " + source.etag() + ", which was opened, is no longer there",
                        false,
                        failure);
            }
            if (!backoff.mayTryAgain(fault, attempt)) {
                Extent extent = new Extent(from.offset(), end - target.done());
                throw failure instanceof BrokenBodyException broken
                        ? broken.toStorageException(errors.name(source.key()), extent)
                        : errors.translate(failure, OPERATION, source.key(), extent, true);
            }
            backoff.pause(OPERATION, fault, attempt);
        }
    }

    private void fetch(Remote from, long length, S3Target target) throws IOException {
        boolean whole = from.offset() == 0 && length == from.objectBytes();
        ResponseInputStream<GetObjectResponse> body = client.getObject(request(from, length, whole));
        boolean complete = false;
        try {
            check(from, length, body.response());
            drain(body, length, target);
            complete = true;
        } finally {
            if (complete) {
                body.close();
            } else {
                body.abort();
            }
        }
    }

    private GetObjectRequest request(Remote from, long length, boolean whole) {
        return GetObjectRequest.builder()
                .bucket(options.bucket)
                .key(from.key())
                .ifMatch(from.etag())
                .range(whole ? null : "bytes=" + from.offset() + "-" + (from.offset() + length - 1))
                // On a range some stores send the checksum of the whole object, which cannot match.
                .checksumMode(whole && options.checksum != S3Checksum.NONE ? ChecksumMode.ENABLED : null)
                .requestPayer(options.requesterPays ? RequestPayer.REQUESTER : null)
                .sseCustomerAlgorithm(options.encryption.customerAlgorithm())
                .sseCustomerKey(options.encryption.customerKeyBase64())
                .sseCustomerKeyMD5(options.encryption.customerKeyMd5())
                // Ends when the answer begins; from then on the silence of the connection counts.
                .overrideConfiguration(override -> override.apiCallAttemptTimeout(options.firstByteTimeout))
                .build();
    }

    private void check(Remote from, long length, GetObjectResponse response) throws IOException {
        if (!Objects.equals(from.etag(), response.eTag())) {
            throw new ConflictException(
                    errors.name(from.key()),
                    "the store answered with version " + response.eTag() + " for " + from.etag());
        }
        Long size = response.contentLength();
        String range = response.contentRange();
        if ((size != null && size != length) || (range != null && !range.startsWith("bytes " + from.offset() + "-"))) {
            throw new StorageException(
                    Kind.PROTOCOL,
                    Retry.NEVER,
                    OPERATION,
                    errors.name(from.key()),
                    new Extent(from.offset(), length),
                    "the store answered with " + size + " bytes of the range " + range,
                    null);
        }
    }

    private static void drain(ResponseInputStream<GetObjectResponse> body, long length, S3Target target) {
        try {
            target.fill(body, length);
            // The end of the body is where the SDK compares checksums, and where the connection goes back to its pool.
            if (body.read() >= 0) {
                throw new EOFException("the body is longer than the range");
            }
        } catch (IOException e) {
            throw new BrokenBodyException(
                    S3Errors.fault(e) == S3Fault.TIMEOUT ? S3Fault.TIMEOUT : S3Fault.CONNECTION, e);
        } catch (SdkClientException e) {
            // Thrown by the stream itself only where checksums differ.
            throw new BrokenBodyException(S3Fault.CORRUPT, e);
        }
    }

    /** A body that did not arrive whole. */
    private static final class BrokenBodyException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        private final S3Fault fault;

        BrokenBodyException(S3Fault fault, Exception cause) {
            super(cause);
            this.fault = fault;
        }

        StorageException toStorageException(String key, Extent extent) {
            return new StorageException(
                    fault.kind(), Retry.SAFE, OPERATION, key, extent, "the body did not arrive whole", getCause());
        }
    }
}
