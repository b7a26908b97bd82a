package io.conveyor.backend.s3;

import io.conveyor.Extent;
import io.conveyor.StorageException;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CompletedMultipartUpload;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.EncodingType;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListMultipartUploadsResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.ListPartsRequest;
import software.amazon.awssdk.services.s3.model.ListPartsResponse;
import software.amazon.awssdk.services.s3.model.Part;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.RequestPayer;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.Tag;
import software.amazon.awssdk.services.s3.model.Tagging;
import software.amazon.awssdk.services.s3.model.UploadPartRequest;

/**
 * The requests that the backend makes, with everything the options say about them. Those that may be repeated without harm are; the two that
 * publish an object ({@link #putOnce}, {@link #completeOnce}) are sent exactly once and throw what the SDK throws.
 */
final class S3Requests {

    private static final int RANGE_NOT_SATISFIABLE = 416;

    private final S3Client client;
    private final S3Options options;
    private final S3Backoff backoff;
    private final @Nullable RequestPayer payer;

    S3Requests(S3Client client, S3Options options, S3Backoff backoff) {
        this.client = client;
        this.options = options;
        this.backoff = backoff;
        this.payer = options.requesterPays ? RequestPayer.REQUESTER : null;
    }

    /**
     * A part that the store has.
     *
     * @param part what was planned
     * @param etag names its content
     * @param kept the checksum that the store keeps of it, which it wants again when the upload is completed; null for none
     * @param md5 of its bytes, in hexadecimal digits, if the store is known to have just what was sent; null if it copied the bytes, if another process sent them, or
     *     if nobody compared them
     */
    record StoredPart(
            S3Part part,
            String etag,
            @Nullable String kept,
            @Nullable String md5) {

        /** One that this process has not sent. */
        StoredPart(S3Part part, String etag, @Nullable String kept) {
            this(part, etag, kept, null);
        }
    }

    /** A condition on the object that is there when an object is published. */
    record Condition(@Nullable String ifMatch, @Nullable String ifNoneMatch) {}

    AwsRequestOverrideConfiguration within(Duration time) {
        return AwsRequestOverrideConfiguration.builder()
                .apiCallTimeout(time)
                .apiCallAttemptTimeout(time)
                .build();
    }

    /** The version that is there now, or null if there is none. */
    @Nullable
    S3Version head(String operation, String key) throws IOException {
        HeadObjectResponse head = describe(operation, key);
        return head == null ? null : S3Version.of(head);
    }

    /** All that the store says about the object, or null if there is none. */
    @Nullable
    HeadObjectResponse describe(String operation, String key) throws IOException {
        return backoff.repeat(operation, key, null, () -> {
                    try {
                        return Optional.of(headOrReason(key));
                    } catch (RuntimeException e) {
                        if (S3Errors.fault(e) == S3Fault.NO_SUCH_KEY) {
                            return Optional.<HeadObjectResponse>empty();
                        }
                        throw e;
                    }
                })
                .orElse(null);
    }

    /** What HEAD says. If it fails without saying why, for its answer has no body, a request whose answer has one is asked. */
    private HeadObjectResponse headOrReason(String key) {
        try {
            return headOnce(key);
        } catch (RuntimeException e) {
            if (!S3Errors.isWithoutReason(e)) {
                throw e;
            }
        }
        askForReason(key);
        // The reason is gone: credentials were renewed in between, for one.
        return headOnce(key);
    }

    private HeadObjectResponse headOnce(String key) {
        return client.headObject(request -> request.bucket(options.bucket)
                .key(key)
                .requestPayer(payer)
                .sseCustomerAlgorithm(options.encryption.customerAlgorithm())
                .sseCustomerKey(options.encryption.customerKeyBase64())
                .sseCustomerKeyMD5(options.encryption.customerKeyMd5())
                .overrideConfiguration(within(options.requestTimeout)));
    }

    /** Throws what is said to a request that needs the same permission as HEAD; an object that has not even one byte is nothing to complain about. */
    private void askForReason(String key) {
        GetObjectRequest request = GetObjectRequest.builder()
                .bucket(options.bucket)
                .key(key)
                .range("bytes=0-0")
                .requestPayer(payer)
                .sseCustomerAlgorithm(options.encryption.customerAlgorithm())
                .sseCustomerKey(options.encryption.customerKeyBase64())
                .sseCustomerKeyMD5(options.encryption.customerKeyMd5())
                .overrideConfiguration(within(options.requestTimeout))
                .build();
        try {
            client.getObject(request, (response, body) -> {
                body.abort();
                return response;
            });
        } catch (S3Exception e) {
            if (e.statusCode() != RANGE_NOT_SATISFIABLE) {
                throw e;
            }
        }
    }

    /** Asks for the bucket, once. If that fails without saying why, as HEAD does, the first of its objects are asked for, which says why, or does not fail. */
    void bucketOrReason() {
        AwsRequestOverrideConfiguration soon = within(options.firstByteTimeout);
        try {
            client.headBucket(request -> request.bucket(options.bucket).overrideConfiguration(soon));
        } catch (RuntimeException e) {
            if (!S3Errors.isWithoutReason(e)) {
                throw e;
            }
            client.listObjectsV2(request -> request.bucket(options.bucket)
                    .prefix(options.prefix)
                    .maxKeys(1)
                    .encodingType(EncodingType.URL)
                    .requestPayer(payer)
                    .overrideConfiguration(soon));
        }
    }

    /** A page of the objects whose keys begin so, behind {@code token}. They travel encoded, for XML has no place for control characters; the SDK decodes them. */
    ListObjectsV2Response list(String operation, @Nullable String name, String prefix, @Nullable String token)
            throws IOException {
        ListObjectsV2Response page = backoff.repeat(
                operation,
                name,
                null,
                () -> client.listObjectsV2(request -> request.bucket(options.bucket)
                        .prefix(prefix)
                        .continuationToken(token)
                        .encodingType(EncodingType.URL)
                        .requestPayer(payer)
                        .overrideConfiguration(within(options.requestTimeout))));
        if (Boolean.TRUE.equals(page.isTruncated()) && page.nextContinuationToken() == null) {
            throw new StorageException(
                    Kind.PROTOCOL,
                    Retry.NEVER,
                    operation,
                    name,
                    null,
                    "the store has more objects than it listed, and does not say how to ask for them: it may not know"
                            + " ListObjectsV2",
                    null);
        }
        return page;
    }

    /** As {@link #list}, of unfinished uploads. */
    ListMultipartUploadsResponse listUploads(
            String operation, String prefix, @Nullable String keyMarker, @Nullable String idMarker) throws IOException {
        return backoff.repeat(
                operation,
                null,
                null,
                () -> client.listMultipartUploads(request -> request.bucket(options.bucket)
                        .prefix(prefix)
                        .keyMarker(keyMarker)
                        .uploadIdMarker(idMarker)
                        .encodingType(EncodingType.URL)
                        .requestPayer(payer)
                        .overrideConfiguration(within(options.requestTimeout))));
    }

    /** Stores an object by one request. */
    S3Receipt putOnce(String key, String putId, S3ObjectSettings settings, S3Body body, Condition condition)
            throws IOException {
        PutObjectRequest.Builder request = PutObjectRequest.builder()
                .bucket(options.bucket)
                .key(key)
                .contentLength(body.length())
                .contentType(settings.contentType())
                .cacheControl(settings.cacheControl())
                .contentEncoding(settings.contentEncoding())
                .contentDisposition(settings.contentDisposition())
                .contentLanguage(settings.contentLanguage())
                .storageClass(settings.storageClass())
                .acl(settings.acl())
                .metadata(metadata(settings, putId))
                .serverSideEncryption(options.encryption.header())
                .ssekmsKeyId(options.encryption.kmsKeyId())
                .sseCustomerAlgorithm(options.encryption.customerAlgorithm())
                .sseCustomerKey(options.encryption.customerKeyBase64())
                .sseCustomerKeyMD5(options.encryption.customerKeyMd5())
                .requestPayer(payer)
                .ifMatch(condition.ifMatch())
                .ifNoneMatch(condition.ifNoneMatch())
                .overrideConfiguration(within(options.transferTimeout));
        tagging(settings).ifPresent(request::tagging);
        String checksum = body.checksum(options.checksum);
        options.checksum.on(request, checksum);
        String etag = client.putObject(request.build(), body.toRequestBody()).eTag();
        return S3Receipt.of(etag, options.checksum, checksum);
    }

    /** Stores a hidden object, over whatever is there, and returns its ETag, if the store gives it one. */
    Optional<String> putHidden(String operation, String key, S3Body body) throws IOException {
        Condition none = new Condition(null, null);
        return backoff.repeat(operation, key, null, () -> {
            S3Receipt receipt = putOnce(key, "hidden", S3ObjectSettings.none(), body, none);
            return Optional.ofNullable(receipt.etag());
        });
    }

    /** Begins an upload. If the answer is lost an empty upload stays behind, which the orphan finder sees. */
    String createUpload(String operation, String key, String putId, S3ObjectSettings settings, S3PartChecksum begunWith)
            throws IOException {
        CreateMultipartUploadRequest.Builder request = CreateMultipartUploadRequest.builder()
                .bucket(options.bucket)
                .key(key)
                .contentType(settings.contentType())
                .cacheControl(settings.cacheControl())
                .contentEncoding(settings.contentEncoding())
                .contentDisposition(settings.contentDisposition())
                .contentLanguage(settings.contentLanguage())
                .storageClass(settings.storageClass())
                .acl(settings.acl())
                .metadata(metadata(settings, putId))
                .serverSideEncryption(options.encryption.header())
                .ssekmsKeyId(options.encryption.kmsKeyId())
                .sseCustomerAlgorithm(options.encryption.customerAlgorithm())
                .sseCustomerKey(options.encryption.customerKeyBase64())
                .sseCustomerKeyMD5(options.encryption.customerKeyMd5())
                .requestPayer(payer)
                .overrideConfiguration(within(options.requestTimeout));
        tagging(settings).ifPresent(request::tagging);
        begunWith.kind().on(request);
        return backoff.repeat(
                operation,
                key,
                null,
                () -> client.createMultipartUpload(request.build()).uploadId());
    }

    /** Sends a part. */
    StoredPart uploadPart(String operation, String key, S3Upload upload, S3Part part, S3Body body) throws IOException {
        S3PartChecksum sent = upload.checksum();
        UploadPartRequest.Builder request = partRequest(key, upload.id(), part.number(), body)
                .overrideConfiguration(within(options.transferTimeout));
        return backoff.repeat(operation, key, new Extent(part.offset(), part.length()), () -> {
            // anew for each try: a write meanwhile makes the part stale, but must not make it fail again and again
            String checksum = body.checksum(sent.kind());
            sent.kind().on(request, checksum);
            String etag =
                    client.uploadPart(request.build(), body.toRequestBody()).eTag();
            return new StoredPart(part, etag, sent.isKept() ? checksum : null, S3Receipt.md5(etag, sent, checksum));
        });
    }

    private UploadPartRequest.Builder partRequest(String key, String uploadId, int number, S3Body body) {
        return UploadPartRequest.builder()
                .bucket(options.bucket)
                .key(key)
                .uploadId(uploadId)
                .partNumber(number)
                .contentLength(body.length())
                .sseCustomerAlgorithm(options.encryption.customerAlgorithm())
                .sseCustomerKey(options.encryption.customerKeyBase64())
                .sseCustomerKeyMD5(options.encryption.customerKeyMd5())
                .requestPayer(payer);
    }

    /** Sends a first part with a CRC32C, right or wrong; once, and throws what the SDK throws. */
    void probePart(String key, String uploadId, S3Body body, String crc32c) {
        UploadPartRequest request = partRequest(key, uploadId, 1, body)
                .checksumCRC32C(crc32c)
                .overrideConfiguration(within(options.requestTimeout))
                .build();
        client.uploadPart(request, body.toRequestBody());
    }

    /** What the store has of an upload; nothing if there is no such upload any more. */
    Optional<S3LeftParts> parts(String operation, String key, String uploadId) throws IOException {
        return backoff.repeat(operation, key, null, () -> {
            try {
                Map<Integer, S3LeftPart> parts = new HashMap<>();
                S3PartChecksum begunWith =
                        S3PartChecksum.begunWith(options.checksum.isCrc() ? S3Checksum.MD5 : options.checksum);
                for (ListPartsResponse page :
                        client.listPartsPaginator(partsRequest(key, uploadId).build())) {
                    S3PartChecksum kept =
                            S3Checksum.of(page).map(S3PartChecksum::begunWith).orElse(begunWith);
                    begunWith = kept;
                    page.parts().forEach(part -> parts.put(part.partNumber(), left(part, kept)));
                }
                return Optional.of(new S3LeftParts(begunWith, parts));
            } catch (RuntimeException e) {
                if (S3Errors.fault(e) == S3Fault.NO_SUCH_UPLOAD) {
                    return Optional.empty();
                }
                throw e;
            }
        });
    }

    private ListPartsRequest.Builder partsRequest(String key, String uploadId) {
        return ListPartsRequest.builder()
                .bucket(options.bucket)
                .key(key)
                .uploadId(uploadId)
                .sseCustomerAlgorithm(options.encryption.customerAlgorithm())
                .sseCustomerKey(options.encryption.customerKeyBase64())
                .sseCustomerKeyMD5(options.encryption.customerKeyMd5())
                .requestPayer(payer)
                .overrideConfiguration(within(options.requestTimeout));
    }

    private static S3LeftPart left(Part part, S3PartChecksum kept) {
        return new S3LeftPart(part.size(), part.eTag(), kept.of(part));
    }

    /** Has the store copy a part from a stored object, provided that it is still the same version. */
    StoredPart copyPart(String operation, String key, S3Upload upload, S3Part part, S3Piece.Remote source)
            throws IOException {
        // Of an object of up to 5 MiB S3 copies all or nothing.
        boolean whole = source.offset() == 0 && part.length() == source.objectBytes();
        String range = whole ? null : "bytes=" + source.offset() + "-" + (source.offset() + part.length() - 1);
        var result = backoff.repeat(
                operation,
                key,
                new Extent(part.offset(), part.length()),
                () -> client.uploadPartCopy(request -> request.sourceBucket(options.bucket)
                                .sourceKey(source.key())
                                .copySourceIfMatch(source.etag())
                                .copySourceRange(range)
                                .destinationBucket(options.bucket)
                                .destinationKey(key)
                                .uploadId(upload.id())
                                .partNumber(part.number())
                                .sseCustomerAlgorithm(options.encryption.customerAlgorithm())
                                .sseCustomerKey(options.encryption.customerKeyBase64())
                                .sseCustomerKeyMD5(options.encryption.customerKeyMd5())
                                .copySourceSSECustomerAlgorithm(options.encryption.customerAlgorithm())
                                .copySourceSSECustomerKey(options.encryption.customerKeyBase64())
                                .copySourceSSECustomerKeyMD5(options.encryption.customerKeyMd5())
                                .requestPayer(payer)
                                .overrideConfiguration(within(options.transferTimeout)))
                        .copyPartResult());
        return new StoredPart(part, result.eTag(), upload.checksum().of(result));
    }

    /** Makes an object of the parts. */
    S3Receipt completeOnce(String key, S3Upload upload, List<StoredPart> parts, Condition condition) {
        List<CompletedPart> completed = parts.stream()
                .map(part -> completed(part, upload.checksum().kind()))
                .toList();
        String etag = client.completeMultipartUpload(CompleteMultipartUploadRequest.builder()
                        .bucket(options.bucket)
                        .key(key)
                        .uploadId(upload.id())
                        .multipartUpload(CompletedMultipartUpload.builder()
                                .parts(completed)
                                .build())
                        .mpuObjectSize(options.tellsSizes() ? bytes(parts) : null)
                        .ifMatch(condition.ifMatch())
                        .ifNoneMatch(condition.ifNoneMatch())
                        .sseCustomerAlgorithm(options.encryption.customerAlgorithm())
                        .sseCustomerKey(options.encryption.customerKeyBase64())
                        .sseCustomerKeyMD5(options.encryption.customerKeyMd5())
                        .requestPayer(payer)
                        .overrideConfiguration(within(options.transferTimeout))
                        .build())
                .eTag();
        return S3Receipt.of(etag, parts);
    }

    private static long bytes(List<StoredPart> parts) {
        return parts.stream().mapToLong(stored -> stored.part().length()).sum();
    }

    private static CompletedPart completed(StoredPart stored, S3Checksum kind) {
        CompletedPart.Builder part =
                CompletedPart.builder().partNumber(stored.part().number()).eTag(stored.etag());
        kind.on(part, stored.kept());
        return part.build();
    }

    /** The tags of the object that is there; none if it is gone. */
    Map<String, String> tags(String operation, String key) throws IOException {
        return backoff.repeat(operation, key, null, () -> {
            try {
                Map<String, String> tags = new HashMap<>();
                client.getObjectTagging(request -> request.bucket(options.bucket)
                                .key(key)
                                .requestPayer(payer)
                                .overrideConfiguration(within(options.requestTimeout)))
                        .tagSet()
                        .forEach(tag -> tags.put(tag.key(), tag.value()));
                return tags;
            } catch (RuntimeException e) {
                if (S3Errors.fault(e) == S3Fault.NO_SUCH_KEY) {
                    return Map.<String, String>of();
                }
                throw e;
            }
        });
    }

    /** Whether an upload is still unfinished. */
    boolean uploadExists(String operation, String key, String uploadId) throws IOException {
        return backoff.repeat(operation, key, null, () -> {
            try {
                client.listParts(partsRequest(key, uploadId).maxParts(1).build());
                return true;
            } catch (RuntimeException e) {
                if (S3Errors.fault(e) == S3Fault.NO_SUCH_UPLOAD) {
                    return false;
                }
                throw e;
            }
        });
    }

    /** Gives up an upload, if it is still there. */
    void abortUpload(String operation, String key, String uploadId) throws IOException {
        backoff.repeat(operation, key, null, () -> {
            try {
                client.abortMultipartUpload(request -> request.bucket(options.bucket)
                        .key(key)
                        .uploadId(uploadId)
                        .requestPayer(payer)
                        .overrideConfiguration(within(options.requestTimeout)));
            } catch (RuntimeException e) {
                if (S3Errors.fault(e) != S3Fault.NO_SUCH_UPLOAD) {
                    throw e;
                }
            }
            return true;
        });
    }

    /** Deletes an object, if it is there. */
    void delete(String operation, String key) throws IOException {
        backoff.repeat(operation, key, null, () -> {
            client.deleteObject(request -> request.bucket(options.bucket)
                    .key(key)
                    .requestPayer(payer)
                    .overrideConfiguration(within(options.requestTimeout)));
            return true;
        });
    }

    private static Map<String, String> metadata(S3ObjectSettings settings, String putId) {
        Map<String, String> metadata = new HashMap<>(settings.metadata());
        metadata.put(S3Version.PUT_ID, putId);
        return metadata;
    }

    /** Nothing where there are no tags: the SDK makes an empty header of null, which S3Proxy as it comes refuses. */
    private static Optional<Tagging> tagging(S3ObjectSettings settings) {
        if (settings.tags().isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(Tagging.builder()
                .tagSet(settings.tags().entrySet().stream()
                        .map(tag -> Tag.builder()
                                .key(tag.getKey())
                                .value(tag.getValue())
                                .build())
                        .toList())
                .build());
    }
}
