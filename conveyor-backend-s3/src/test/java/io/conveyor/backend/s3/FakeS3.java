package io.conveyor.backend.s3;

import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.net.SocketException;
import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.core.sync.ResponseTransformer;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.AbortMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.AbortMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.CopyPartResult;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.DeleteObjectRequest;
import software.amazon.awssdk.services.s3.model.DeleteObjectResponse;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.GetObjectTaggingRequest;
import software.amazon.awssdk.services.s3.model.GetObjectTaggingResponse;
import software.amazon.awssdk.services.s3.model.HeadBucketRequest;
import software.amazon.awssdk.services.s3.model.HeadBucketResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListMultipartUploadsRequest;
import software.amazon.awssdk.services.s3.model.ListMultipartUploadsResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.ListPartsRequest;
import software.amazon.awssdk.services.s3.model.ListPartsResponse;
import software.amazon.awssdk.services.s3.model.MultipartUpload;
import software.amazon.awssdk.services.s3.model.Part;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;
import software.amazon.awssdk.services.s3.model.RequestPayer;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;
import software.amazon.awssdk.services.s3.model.Tag;
import software.amazon.awssdk.services.s3.model.UploadPartCopyRequest;
import software.amazon.awssdk.services.s3.model.UploadPartCopyResponse;
import software.amazon.awssdk.services.s3.model.UploadPartRequest;
import software.amazon.awssdk.services.s3.model.UploadPartResponse;

/**
 * One bucket in memory, as strict as S3 and, unlike the servers one can have for tests, atomic under its conditions. A script says
 * which requests fail, and whether they do before or after they took effect. Any thread.
 */
final class FakeS3 implements S3Client {

    /** What happens to a request. */
    enum Fate {
        /** It is carried out and answered. */
        SERVED,
        /** The connection breaks before the request is out. */
        NOT_SENT,
        /** The request is carried out; the connection breaks before the answer is there. */
        ANSWER_LOST,
        /** 503 SlowDown. */
        SLOW_DOWN,
        /** 409 ConditionalRequestConflict. */
        CONFLICT_409,
        /** 500 InternalError, although the request was carried out. */
        INTERNAL_ERROR_AFTER,
        /** 503 SlowDown, although the request was carried out, as something between us and the store may say. */
        SLOW_DOWN_AFTER,
        /** A publishing request is carried out, and 412 said to it, as when something between us and the store repeats it; others are served. */
        REFUSED_412_AFTER,
        /** 400 ExpiredToken; to HEAD, whose answers have no body, no more than 400. */
        EXPIRED_TOKEN,
        /** 403 InvalidAccessKeyId; to HEAD no more than 403. */
        UNKNOWN_ACCESS_KEY,
        /** 403 AccessDenied; to HEAD no more than 403. */
        DENIED,
        /** The body of the answer breaks off in the middle. */
        TORN_BODY
    }

    /** What becomes of the CRC32C of a part. */
    enum Crc {
        /** As Amazon does: an upload is begun with it, and then has it everywhere, or else nowhere. */
        ANNOUNCED,
        /** Whatever comes is compared, as MinIO and S3Proxy do, also where the upload was not begun with it. */
        COMPARED,
        /** The header is ignored, as older stores do. */
        IGNORED,
        /** It is said again, but not compared, as some gateways do. */
        SAID_AGAIN,
        /** 501 NotImplemented, as some stores say. */
        REFUSED
    }

    /** Says what happens to a request. */
    @FunctionalInterface
    interface Script {
        Fate fate(String operation, int index);
    }

    private static final long MIN_PART = 5L << 20;

    private final TreeMap<String, Stored> objects = new TreeMap<>();
    private final TreeMap<String, Upload> uploads = new TreeMap<>();
    private final Map<String, List<Tag>> tags = new HashMap<>();
    private final Map<String, String> checksums = new HashMap<>();
    private final List<String> log = new ArrayList<>();
    private final List<String> sentWith = new ArrayList<>();
    private Script script = (operation, index) -> Fate.SERVED;
    private Runnable beforePublishing = () -> {};
    private Runnable beforeHidden = () -> {};
    private volatile IntConsumer beforePart = number -> {};
    private int lost;
    private boolean opaqueTags;
    private boolean bareTags;
    private boolean listsToPayersOnly;
    private boolean listsWithoutTokens;
    private boolean capitalisesNames;
    private boolean answersCompletionsAgain;
    private final Map<String, CompleteMultipartUploadResponse> completions = new HashMap<>();
    private boolean copiesWithoutChecksums;
    private Crc crc = Crc.ANNOUNCED;
    private boolean wantsAllParts;
    private long sentBytes;
    private long fetchedBytes;

    private static final class Stored {

        private final byte[] content;
        private final String etag;
        private final Map<String, String> metadata;
        private final @Nullable String type;
        private final Instant time;

        Stored(byte[] content, String etag, Map<String, String> metadata, @Nullable String type, Instant time) {
            this.content = content;
            this.etag = etag;
            this.metadata = metadata;
            this.type = type;
            this.time = time;
        }

        byte[] content() {
            return content;
        }

        String etag() {
            return etag;
        }

        Map<String, String> metadata() {
            return metadata;
        }

        @Nullable
        String type() {
            return type;
        }

        Instant time() {
            return time;
        }
    }

    private static final class Upload {
        private final CreateMultipartUploadRequest request;
        private final Instant begun = Instant.now();
        private final TreeMap<Integer, Stored> parts = new TreeMap<>();

        Upload(CreateMultipartUploadRequest request) {
            this.request = request;
        }

        /** Whether its parts need checksums: then each of them, at each step, else none. */
        boolean hasChecksums() {
            return request.checksumAlgorithm() != null;
        }

        void require(boolean checksum) {
            if (checksum != hasChecksums()) {
                throw failure(400, "InvalidRequest");
            }
        }
    }

    /** Sets the script; requests are counted from 0 again. */
    synchronized void script(Script next) {
        script = next;
        log.clear();
        sentWith.clear();
    }

    /** All requests are served from now on. */
    synchronized void heal() {
        script((operation, index) -> Fate.SERVED);
    }

    /** Runs on the thread of a publishing request, once, before that is carried out. */
    synchronized void beforePublishing(Runnable action) {
        beforePublishing = action;
    }

    /** Runs on the thread of each request that stores a hidden object, before that is carried out. */
    synchronized void beforeHidden(Runnable action) {
        beforeHidden = action;
    }

    /** Told the number of each part whose body has come, on the thread of the request, before that is carried out; others go on meanwhile. */
    void beforePart(IntConsumer action) {
        beforePart = action;
    }

    /** Has it lose that many of the last bytes of whatever it is sent from now on, without a word. */
    synchronized void lose(int bytes) {
        lost = bytes;
    }

    /** Has it give objects tags that are no MD5 from now on, as where they are encrypted by a key of one's own. */
    synchronized void giveOpaqueTags() {
        opaqueTags = true;
    }

    /** Has it tell the names of metadata as what is written in Go does, with a capital at the beginning of each word. */
    synchronized void capitaliseNames() {
        capitalisesNames = true;
    }

    private Map<String, String> told(Map<String, String> metadata) {
        return capitalisesNames
                ? metadata.entrySet().stream()
                        .collect(Collectors.toMap(entry -> capitalised(entry.getKey()), Map.Entry::getValue))
                : metadata;
    }

    private static String capitalised(String name) {
        return Arrays.stream(name.split("-", -1))
                .map(word -> word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1))
                .collect(Collectors.joining("-"));
    }

    /** Has it refuse to list anything to somebody who does not say that they pay, as where requesters do. */
    synchronized void listToPayersOnly() {
        listsToPayersOnly = true;
    }

    /** Has it list no more than one page, and say that there is more, but not how to ask for it. */
    synchronized void listWithoutTokens() {
        listsWithoutTokens = true;
    }

    private void requirePayer(@Nullable RequestPayer payer) {
        if (listsToPayersOnly && payer != RequestPayer.REQUESTER) {
            throw failure(403, "AccessDenied");
        }
    }

    /** Has it answer a completion with a tag without quotes from now on, as older versions of Ceph do. */
    synchronized void giveBareTags() {
        bareTags = true;
    }

    /** Has it answer a completion that took effect before as it did then, as Amazon does. */
    synchronized void answerCompletionsAgain() {
        answersCompletionsAgain = true;
    }

    /** Says what becomes of the CRC32C of parts from now on. */
    synchronized void crcOfParts(Crc treatment) {
        crc = treatment;
    }

    /** Has it refuse to complete an upload of which it has more parts than are named, as Ceph does. */
    synchronized void wantAllParts() {
        wantsAllParts = true;
    }

    /** Has it refuse to copy into uploads with checksums, as MinIO does. */
    synchronized void copyWithoutChecksums() {
        copiesWithoutChecksums = true;
    }

    /** The requests since the script was set. */
    synchronized List<String> log() {
        return List.copyOf(log);
    }

    /** What came along with each part that was taken, since the script was set: its CRC32C, MD5 or nothing. */
    synchronized List<String> sentWith() {
        return List.copyOf(sentWith);
    }

    synchronized long sentBytes() {
        return sentBytes;
    }

    synchronized long fetchedBytes() {
        return fetchedBytes;
    }

    synchronized byte @Nullable [] content(String key) {
        Stored stored = objects.get(key);
        return stored == null ? null : stored.content().clone();
    }

    synchronized @Nullable String contentType(String key) {
        Stored stored = objects.get(key);
        return stored == null ? null : stored.type();
    }

    /** The CRC32C of an object that was stored with one, or null. */
    synchronized @Nullable String checksum(String key) {
        return checksums.get(key);
    }

    synchronized Map<String, String> metadata(String key) {
        return Map.copyOf(Optional.ofNullable(objects.get(key)).orElseThrow().metadata());
    }

    synchronized List<String> keys() {
        return List.copyOf(objects.keySet());
    }

    synchronized int uploadCount() {
        return uploads.size();
    }

    /** As somebody who does not use Conveyor. */
    synchronized void store(String key, byte[] content) {
        objects.put(key, stored(content.clone(), Map.of(), null));
    }

    /** As somebody who does not use Conveyor. */
    synchronized void delete(String key) {
        objects.remove(key);
    }

    /** As a tool does that keeps the metadata. */
    synchronized void append(String key, byte[] more) {
        Stored there = found(key);
        byte[] all = Arrays.copyOf(there.content(), there.content().length + more.length);
        System.arraycopy(more, 0, all, there.content().length, more.length);
        objects.put(key, stored(all, there.metadata(), there.type()));
    }

    /** As when a part that was sent twice arrives in the other order. */
    synchronized void replacePart(int number, byte[] content) {
        uploads.values().forEach(upload -> upload.parts.put(number, stored(content, Map.of(), null)));
    }

    synchronized Map<String, String> tags(String key) {
        return tagsOf(key).stream().collect(Collectors.toMap(Tag::key, Tag::value));
    }

    private List<Tag> tagsOf(String key) {
        return tags.getOrDefault(key, List.of());
    }

    private static List<Tag> parsed(@Nullable String header) {
        if (header == null || header.isEmpty()) {
            return List.of();
        }
        return Arrays.stream(header.split("&", -1))
                .map(pair -> pair.split("=", 2))
                .map(pair -> Tag.builder()
                        .key(URLDecoder.decode(pair[0], StandardCharsets.UTF_8))
                        .value(URLDecoder.decode(pair[1], StandardCharsets.UTF_8))
                        .build())
                .toList();
    }

    /** As a lifecycle rule does. */
    synchronized void abortAllUploads() {
        uploads.clear();
    }

    private Stored stored(byte[] content, Map<String, String> metadata, @Nullable String type) {
        // As on S3 the tag names the content: the same bytes have the same tag.
        return new Stored(content, tag(md5(content), ""), metadata, type, Instant.now());
    }

    private byte[] keep(byte[] content) {
        return lost == 0 ? content : Arrays.copyOf(content, content.length - lost);
    }

    private String tag(byte[] md5, String suffix) {
        return "\"" + (opaqueTags ? "opaque-" : "") + HexFormat.of().formatHex(md5) + suffix + "\"";
    }

    /** As S3 does: the MD5 of the MD5s of the parts. */
    private String tag(List<Stored> parts) {
        return tag(md5(joined(parts, part -> md5(part.content()))), "-" + parts.size());
    }

    private static byte[] joined(List<Stored> parts, Function<Stored, byte[]> bytes) {
        List<byte[]> pieces = parts.stream().map(bytes).toList();
        ByteBuffer all = ByteBuffer.allocate(
                pieces.stream().mapToInt(piece -> piece.length).sum());
        pieces.forEach(all::put);
        return all.array();
    }

    private static byte[] crc32c(byte[] content) {
        CRC32C crc = new CRC32C();
        crc.update(content);
        return ByteBuffer.allocate(4).putInt((int) crc.getValue()).array();
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    private static byte[] md5(byte[] content) {
        try {
            return MessageDigest.getInstance("MD5").digest(content);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    // ------------------------------------------------------------------ faults

    private <T> T served(String operation, Supplier<T> action) {
        Fate fate;
        synchronized (this) {
            fate = script.fate(operation, log.size());
            log.add(operation);
        }
        switch (fate) {
            case NOT_SENT -> throw broken();
            case SLOW_DOWN -> throw failure(503, "SlowDown");
            case CONFLICT_409 -> throw failure(409, "ConditionalRequestConflict");
            default -> refuse(operation, fate);
        }
        T answer;
        synchronized (this) {
            answer = action.get();
        }
        switch (fate) {
            case ANSWER_LOST -> throw broken();
            case INTERNAL_ERROR_AFTER -> throw failure(500, "InternalError");
            case SLOW_DOWN_AFTER -> throw failure(503, "SlowDown");
            case REFUSED_412_AFTER -> refusePublishing(operation);
            default -> {}
        }
        return answer;
    }

    private static void refuse(String operation, Fate fate) {
        boolean hasBody = !operation.startsWith("Head");
        switch (fate) {
            case EXPIRED_TOKEN -> throw failure(400, hasBody ? "ExpiredToken" : null);
            case UNKNOWN_ACCESS_KEY -> throw failure(403, hasBody ? "InvalidAccessKeyId" : null);
            case DENIED -> throw failure(403, hasBody ? "AccessDenied" : null);
            default -> {}
        }
    }

    private static void refusePublishing(String operation) {
        if (operation.equals("PutObject") || operation.equals("CompleteMultipartUpload")) {
            throw failure(412, "PreconditionFailed");
        }
    }

    static SdkClientException broken() {
        return SdkClientException.create("broken", new SocketException("Connection reset"));
    }

    static S3Exception failure(int status, @Nullable String code) {
        SdkHttpResponse response = SdkHttpResponse.builder().statusCode(status).build();
        return (S3Exception) S3Exception.builder()
                .statusCode(status)
                .message("status " + status)
                .awsErrorDetails(AwsErrorDetails.builder()
                        .errorCode(code)
                        .sdkHttpResponse(response)
                        .build())
                .build();
    }

    // ------------------------------------------------------------------ objects

    @Override
    public HeadBucketResponse headBucket(HeadBucketRequest request) {
        return served("HeadBucket", () -> HeadBucketResponse.builder().build());
    }

    @Override
    public HeadObjectResponse headObject(HeadObjectRequest request) {
        return served("HeadObject", () -> {
            Stored stored = objects.get(request.key());
            if (stored == null) {
                throw failure(404, null);
            }
            return HeadObjectResponse.builder()
                    .eTag(stored.etag())
                    .contentLength((long) stored.content().length)
                    .contentType(stored.type())
                    .metadata(told(stored.metadata()))
                    .tagCount(tagsOf(request.key()).size())
                    .lastModified(stored.time())
                    .build();
        });
    }

    @Override
    public GetObjectTaggingResponse getObjectTagging(GetObjectTaggingRequest request) {
        return served("GetObjectTagging", () -> {
            found(request.key());
            return GetObjectTaggingResponse.builder()
                    .tagSet(tagsOf(request.key()))
                    .build();
        });
    }

    @Override
    public <T> T getObject(GetObjectRequest request, ResponseTransformer<GetObjectResponse, T> transformer) {
        Fate fate;
        synchronized (this) {
            fate = script.fate("GetObject", log.size());
            log.add("GetObject");
        }
        if (fate == Fate.NOT_SENT || fate == Fate.ANSWER_LOST) {
            throw broken();
        }
        if (fate == Fate.SLOW_DOWN) {
            throw failure(503, "SlowDown");
        }
        refuse("GetObject", fate);
        byte[] body;
        GetObjectResponse response;
        synchronized (this) {
            Stored stored = found(request.key());
            if (request.ifMatch() != null && !request.ifMatch().equals(stored.etag())) {
                throw failure(412, "PreconditionFailed");
            }
            int[] range = range(request.range(), stored.content().length);
            body = Arrays.copyOfRange(stored.content(), range[0], range[1]);
            fetchedBytes += body.length;
            response = GetObjectResponse.builder()
                    .eTag(stored.etag())
                    .contentLength((long) body.length)
                    .contentRange(
                            request.range() == null
                                    ? null
                                    : "bytes " + range[0] + "-" + (range[1] - 1) + "/" + stored.content().length)
                    .build();
        }
        InputStream in = new ByteArrayInputStream(body);
        if (fate == Fate.TORN_BODY) {
            in = torn(body);
        }
        try {
            return transformer.transform(response, AbortableInputStream.create(in));
        } catch (Exception e) {
            throw SdkClientException.create("transform", e);
        }
    }

    private static InputStream torn(byte[] body) {
        InputStream half = new ByteArrayInputStream(body, 0, body.length / 2);
        return new SequenceInputStream(half, new FilterInputStream(InputStream.nullInputStream()) {
            @Override
            public int read() throws IOException {
                throw new SocketException("Connection reset");
            }

            @Override
            public int read(byte[] target, int offset, int count) throws IOException {
                throw new SocketException("Connection reset");
            }
        });
    }

    private static int[] range(@Nullable String range, int size) {
        if (range == null) {
            return new int[] {0, size};
        }
        String[] bounds = range.substring("bytes=".length()).split("-", -1);
        int start = Integer.parseInt(bounds[0]);
        if (start >= size) {
            throw failure(416, "InvalidRange");
        }
        return new int[] {start, (int) Math.min(size, Long.parseLong(bounds[1]) + 1)};
    }

    private Stored found(String key) {
        Stored stored = objects.get(key);
        if (stored == null) {
            throw failure(404, "NoSuchKey");
        }
        return stored;
    }

    @Override
    public PutObjectResponse putObject(PutObjectRequest request, RequestBody body) {
        byte[] content = read(body);
        publishing(request.key());
        return served("PutObject", () -> {
            check(request.checksumCRC32C(), request.contentMD5(), content);
            condition(request.key(), request.ifMatch(), request.ifNoneMatch());
            sentBytes += content.length;
            Stored stored = stored(keep(content), request.metadata(), request.contentType());
            objects.put(request.key(), stored);
            tags.put(request.key(), parsed(request.tagging()));
            String checksum = request.checksumCRC32C() == null ? null : base64(crc32c(stored.content()));
            checksums.put(request.key(), checksum);
            return PutObjectResponse.builder()
                    .eTag(stored.etag())
                    .checksumCRC32C(checksum)
                    .build();
        });
    }

    private void publishing(String key) {
        Runnable action;
        synchronized (this) {
            boolean hidden = key.contains(".conveyor/");
            action = hidden ? beforeHidden : beforePublishing;
            if (!hidden) {
                beforePublishing = () -> {};
            }
        }
        action.run();
    }

    private void condition(String key, @Nullable String ifMatch, @Nullable String ifNoneMatch) {
        Stored there = objects.get(key);
        if (ifNoneMatch != null && there != null) {
            throw failure(412, "PreconditionFailed");
        }
        if (ifMatch != null && there == null) {
            throw failure(404, "NoSuchKey");
        }
        if (ifMatch != null && !ifMatch.equals(there == null ? null : there.etag())) {
            throw failure(412, "PreconditionFailed");
        }
    }

    private static byte[] read(RequestBody body) {
        try (InputStream in = body.contentStreamProvider().newStream()) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw SdkClientException.create("body", e);
        }
    }

    private static void check(@Nullable String crc32c, @Nullable String md5, byte[] content) {
        if (crc32c != null && !crc32c.equals(base64(crc32c(content)))) {
            throw failure(400, "BadDigest");
        }
        if (md5 != null && !md5.equals(base64(md5(content)))) {
            throw failure(400, "BadDigest");
        }
    }

    @Override
    public DeleteObjectResponse deleteObject(DeleteObjectRequest request) {
        return served("DeleteObject", () -> {
            objects.remove(request.key());
            return DeleteObjectResponse.builder().build();
        });
    }

    @Override
    public ListObjectsV2Response listObjectsV2(ListObjectsV2Request request) {
        return served("ListObjectsV2", () -> {
            requirePayer(request.requestPayer());
            String prefix = request.prefix() == null ? "" : request.prefix();
            List<S3Object> page = objects.tailMap(prefix).entrySet().stream()
                    .filter(entry -> entry.getKey().startsWith(prefix))
                    .filter(entry -> request.continuationToken() == null
                            || entry.getKey().compareTo(request.continuationToken()) > 0)
                    .limit(50)
                    .map(entry -> S3Object.builder()
                            .key(entry.getKey())
                            .size((long) entry.getValue().content().length)
                            .eTag(entry.getValue().etag())
                            .lastModified(entry.getValue().time())
                            .build())
                    .toList();
            return ListObjectsV2Response.builder()
                    .contents(page)
                    .isTruncated(page.size() == 50)
                    .nextContinuationToken(
                            page.size() == 50 && !listsWithoutTokens
                                    ? page.get(page.size() - 1).key()
                                    : null)
                    .build();
        });
    }

    // ------------------------------------------------------------------ uploads

    @Override
    public CreateMultipartUploadResponse createMultipartUpload(CreateMultipartUploadRequest request) {
        return served("CreateMultipartUpload", () -> {
            String id = UUID.randomUUID().toString();
            uploads.put(id, new Upload(request));
            return CreateMultipartUploadResponse.builder().uploadId(id).build();
        });
    }

    private Upload upload(String id) {
        Upload upload = uploads.get(id);
        if (upload == null) {
            throw failure(404, "NoSuchUpload");
        }
        return upload;
    }

    @Override
    public UploadPartResponse uploadPart(UploadPartRequest request, RequestBody body) {
        beforePart.accept(request.partNumber());
        byte[] content = read(body);
        return served("UploadPart", () -> {
            Upload upload = upload(request.uploadId());
            checkPart(upload, request, content);
            sentBytes += content.length;
            Stored part = stored(keep(content), Map.of(), null);
            upload.parts.put(request.partNumber(), part);
            return UploadPartResponse.builder()
                    .eTag(part.etag())
                    .checksumCRC32C(crc == Crc.IGNORED ? null : request.checksumCRC32C())
                    .build();
        });
    }

    private void checkPart(Upload upload, UploadPartRequest request, byte[] content) {
        String crc32c = request.checksumCRC32C();
        if (crc32c != null && crc == Crc.REFUSED) {
            throw failure(501, "NotImplemented");
        }
        if (crc == Crc.ANNOUNCED) {
            upload.require(crc32c != null);
        }
        boolean compared = crc == Crc.ANNOUNCED || crc == Crc.COMPARED;
        check(compared ? crc32c : null, request.contentMD5(), content);
        sentWith.add(crc32c != null ? "CRC32C" : request.contentMD5() != null ? "MD5" : "nothing");
    }

    @Override
    public UploadPartCopyResponse uploadPartCopy(UploadPartCopyRequest request) {
        return served("UploadPartCopy", () -> {
            Stored source = found(request.sourceKey());
            Upload upload = upload(request.uploadId());
            if (upload.hasChecksums() && copiesWithoutChecksums) {
                throw failure(400, "InvalidArgument");
            }
            if (request.copySourceIfMatch() != null
                    && !request.copySourceIfMatch().equals(source.etag())) {
                throw failure(412, "PreconditionFailed");
            }
            if (request.copySourceRange() != null && source.content().length <= MIN_PART) {
                throw failure(400, "InvalidRequest");
            }
            int[] range = range(request.copySourceRange(), source.content().length);
            Stored part = stored(Arrays.copyOfRange(source.content(), range[0], range[1]), Map.of(), null);
            upload.parts.put(request.partNumber(), part);
            return UploadPartCopyResponse.builder()
                    .copyPartResult(CopyPartResult.builder()
                            .eTag(part.etag())
                            .checksumCRC32C(upload.hasChecksums() ? base64(crc32c(part.content())) : null)
                            .build())
                    .build();
        });
    }

    @Override
    public CompleteMultipartUploadResponse completeMultipartUpload(CompleteMultipartUploadRequest request) {
        publishing(request.key());
        return served("CompleteMultipartUpload", () -> {
            CompleteMultipartUploadResponse before = completions.get(request.uploadId());
            if (answersCompletionsAgain && before != null) {
                return before;
            }
            Upload upload = upload(request.uploadId());
            List<Stored> stored = new ArrayList<>();
            List<CompletedPart> parts = request.multipartUpload().parts();
            if (wantsAllParts && parts.size() != upload.parts.size()) {
                throw failure(400, "InvalidPart");
            }
            for (int i = 0; i < parts.size(); i++) {
                if (parts.get(i).partNumber() != i + 1) {
                    throw failure(400, "InvalidPartOrder");
                }
                Stored part = upload.parts.get(i + 1);
                String checksum = parts.get(i).checksumCRC32C();
                upload.require(checksum != null);
                if (part == null
                        || !part.etag().equals(parts.get(i).eTag())
                        || (checksum != null && !checksum.equals(base64(crc32c(part.content()))))) {
                    throw failure(400, "InvalidPart");
                }
                if (i < parts.size() - 1 && part.content().length < MIN_PART) {
                    throw failure(400, "EntityTooSmall");
                }
                stored.add(part);
            }
            byte[] content = joined(stored, Stored::content);
            if (request.mpuObjectSize() != null && request.mpuObjectSize() != content.length) {
                throw failure(400, "InvalidRequest");
            }
            condition(request.key(), request.ifMatch(), request.ifNoneMatch());
            Stored whole = stored(content, upload.request.metadata(), upload.request.contentType());
            Stored named = new Stored(whole.content(), tag(stored), whole.metadata(), whole.type(), whole.time());
            objects.put(request.key(), named);
            tags.put(request.key(), parsed(upload.request.tagging()));
            uploads.remove(request.uploadId());
            String checksum = upload.hasChecksums()
                    ? base64(crc32c(joined(stored, part -> crc32c(part.content())))) + "-" + stored.size()
                    : null;
            checksums.put(request.key(), checksum);
            CompleteMultipartUploadResponse answer = CompleteMultipartUploadResponse.builder()
                    .eTag(bareTags ? named.etag().replace("\"", "") : named.etag())
                    .checksumCRC32C(checksum)
                    .build();
            completions.put(request.uploadId(), answer);
            return answer;
        });
    }

    @Override
    public AbortMultipartUploadResponse abortMultipartUpload(AbortMultipartUploadRequest request) {
        return served("AbortMultipartUpload", () -> {
            upload(request.uploadId());
            uploads.remove(request.uploadId());
            return AbortMultipartUploadResponse.builder().build();
        });
    }

    @Override
    public ListPartsResponse listParts(ListPartsRequest request) {
        return served("ListParts", () -> {
            Upload upload = upload(request.uploadId());
            return ListPartsResponse.builder()
                    .checksumAlgorithm(upload.request.checksumAlgorithm())
                    .parts(upload.parts.entrySet().stream()
                            .map(entry -> part(entry.getKey(), entry.getValue(), upload.hasChecksums()))
                            .toList())
                    .isTruncated(false)
                    .build();
        });
    }

    private static Part part(int number, Stored stored, boolean checksum) {
        return Part.builder()
                .partNumber(number)
                .size((long) stored.content().length)
                .eTag(stored.etag())
                .checksumCRC32C(checksum ? base64(crc32c(stored.content())) : null)
                .build();
    }

    @Override
    public ListMultipartUploadsResponse listMultipartUploads(ListMultipartUploadsRequest request) {
        return served("ListMultipartUploads", () -> {
            requirePayer(request.requestPayer());
            return ListMultipartUploadsResponse.builder()
                    .uploads(uploads.entrySet().stream()
                            .filter(entry -> entry.getValue().request.key().startsWith(request.prefix()))
                            .map(entry -> MultipartUpload.builder()
                                    .key(entry.getValue().request.key())
                                    .uploadId(entry.getKey())
                                    .initiated(entry.getValue().begun)
                                    .build())
                            .toList())
                    .isTruncated(false)
                    .build();
        });
    }

    @Override
    public String serviceName() {
        return "s3";
    }

    @Override
    public void close() {}
}
