package io.conveyor.benchmarks.s3;

import io.conveyor.backend.s3.S3Checksum;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.zip.CRC32C;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.model.ChecksumAlgorithm;
import software.amazon.awssdk.services.s3.model.CompletedPart;

/** A bare loop of ranged GETs and of parts, as many at a time as the conveyor has: what the store can give, with nothing around it. */
final class ParallelAccess extends SdkAccess {

    /** The size of the conveyor's parts, and of its reads. */
    private static final int PART = 8 << 20;

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final int readers;
    private final int writers;
    private final S3Checksum checksum;

    /**
     * Bare requests.
     *
     * @param readers how many ranged GETs run at a time
     * @param writers how many parts are on their way at a time
     * @param checksum what parts carry, as the conveyor's do; NONE leaves it to the SDK
     */
    ParallelAccess(S3Address address, int readers, int writers, S3Checksum checksum) {
        super(address);
        this.readers = readers;
        this.writers = writers;
        this.checksum = checksum;
    }

    @Override
    public String name() {
        return "bare parallel requests (" + readers + " GETs, " + writers + " parts"
                + (checksum == S3Checksum.NONE ? ")" : ", " + checksum + ")");
    }

    @Override
    public void read(String key, byte[] buffer, Sink sink) throws Exception {
        long size =
                client.headObject(request -> request.bucket(bucket).key(key)).contentLength();
        Queue<Future<byte[]>> running = new ArrayDeque<>();
        Queue<byte[]> free = new ArrayDeque<>();
        for (long offset = 0; offset < size || !running.isEmpty(); offset += PART) {
            if (running.size() == readers || offset >= size) {
                byte[] part = running.remove().get();
                sink.accept(part, part.length);
                free.add(part);
            }
            if (offset < size) {
                running.add(fetch(key, free, offset, size));
            }
        }
    }

    private Future<byte[]> fetch(String key, Queue<byte[]> free, long offset, long size) {
        int length = (int) Math.min(PART, size - offset);
        byte[] known = free.poll();
        byte[] dst = known == null || known.length != length ? new byte[length] : known;
        return threads.submit(() -> {
            fetch(key, dst, 0, length, offset);
            return dst;
        });
    }

    @Override
    public void write(String key, byte[] buffer, long count) throws Exception {
        String upload = client.createMultipartUpload(request -> request.bucket(bucket)
                        .key(key)
                        .checksumAlgorithm(checksum == S3Checksum.CRC32C ? ChecksumAlgorithm.CRC32_C : null))
                .uploadId();
        long size = buffer.length * count;
        List<CompletedPart> parts = new ArrayList<>();
        Queue<Sending> running = new ArrayDeque<>();
        Queue<byte[]> free = new ArrayDeque<>();
        for (long offset = 0; offset < size || !running.isEmpty(); offset += PART) {
            if (running.size() == writers || offset >= size) {
                Sending sent = running.remove();
                parts.add(sent.part.get());
                free.add(sent.bytes);
            }
            if (offset < size) {
                int length = (int) Math.min(PART, size - offset);
                byte[] known = free.poll();
                byte[] part = known == null || known.length != length ? new byte[length] : known;
                for (int at = 0; at < length; at += buffer.length) {
                    System.arraycopy(buffer, 0, part, at, Math.min(buffer.length, length - at));
                }
                int number = (int) (offset / PART) + 1;
                running.add(new Sending(part, threads.submit(() -> send(key, upload, number, part))));
            }
        }
        client.completeMultipartUpload(
                request -> request.bucket(bucket).key(key).uploadId(upload).multipartUpload(all -> all.parts(parts)));
    }

    /** A part that is on its way, and its bytes, to be used again for another one. */
    private static final class Sending {

        private final byte[] bytes;
        private final Future<CompletedPart> part;

        Sending(byte[] bytes, Future<CompletedPart> part) {
            this.bytes = bytes;
            this.part = part;
        }
    }

    private CompletedPart send(String key, String upload, int number, byte[] bytes) {
        var response = client.uploadPart(
                request -> request.bucket(bucket)
                        .key(key)
                        .uploadId(upload)
                        .partNumber(number)
                        .contentMD5(checksum == S3Checksum.MD5 ? md5(bytes) : null)
                        .checksumCRC32C(checksum == S3Checksum.CRC32C ? crc(bytes) : null),
                RequestBody.fromContentProvider(
                        () -> new ByteArrayInputStream(bytes), bytes.length, "application/octet-stream"));
        return CompletedPart.builder()
                .partNumber(number)
                .eTag(response.eTag())
                .checksumCRC32(response.checksumCRC32())
                .checksumCRC32C(response.checksumCRC32C())
                .build();
    }

    private static String crc(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return Base64.getEncoder()
                .encodeToString(
                        ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
    }

    private static String md5(byte[] bytes) {
        try {
            return Base64.getEncoder()
                    .encodeToString(MessageDigest.getInstance("MD5").digest(bytes));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every JVM has MD5", impossible);
        }
    }

    /** The part with the change comes from here, the rest is copied where it is: the least that S3 allows. */
    @Override
    public void edit(String key, byte[] patch, long offset) throws Exception {
        long size =
                client.headObject(request -> request.bucket(bucket).key(key)).contentLength();
        String upload = client.createMultipartUpload(
                        request -> request.bucket(bucket).key(key))
                .uploadId();
        long changed = offset / PART * PART;
        List<Future<CompletedPart>> parts = new ArrayList<>();
        long from = 0;
        for (long to : new long[] {changed, Math.min(size, changed + PART), size}) {
            if (from < to) {
                parts.add(part(
                        key,
                        upload,
                        parts.size() + 1,
                        new Cut(from, to, from == changed, ByteBuffer.wrap(patch), offset)));
            }
            from = to;
        }
        List<CompletedPart> done = new ArrayList<>();
        for (Future<CompletedPart> part : parts) {
            done.add(part.get());
        }
        client.completeMultipartUpload(
                request -> request.bucket(bucket).key(key).uploadId(upload).multipartUpload(all -> all.parts(done)));
    }

    private record Cut(long from, long to, boolean changed, ByteBuffer patch, long offset) {}

    private Future<CompletedPart> part(String key, String upload, int number, Cut cut) {
        return threads.submit(() -> cut.changed ? changed(key, upload, number, cut) : copied(key, upload, number, cut));
    }

    private CompletedPart copied(String key, String upload, int number, Cut cut) {
        var response = client.uploadPartCopy(request -> request.sourceBucket(bucket)
                .sourceKey(key)
                .copySourceRange("bytes=" + cut.from + "-" + (cut.to - 1))
                .destinationBucket(bucket)
                .destinationKey(key)
                .uploadId(upload)
                .partNumber(number));
        return CompletedPart.builder()
                .partNumber(number)
                .eTag(response.copyPartResult().eTag())
                .build();
    }

    private CompletedPart changed(String key, String upload, int number, Cut cut) throws IOException {
        byte[] bytes = new byte[(int) (cut.to - cut.from)];
        fetch(key, bytes, 0, bytes.length, cut.from);
        cut.patch.get(bytes, (int) (cut.offset - cut.from), cut.patch.remaining());
        return send(key, upload, number, bytes);
    }

    @Override
    public void close() {
        threads.shutdown();
        super.close();
    }
}
