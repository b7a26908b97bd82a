package io.conveyor.backend.s3;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Marks an unfinished upload as what may be the only place where some bytes are, by a small hidden object below the same prefix, so that nobody who looks for
 * orphans there takes it for one: S3 itself tells nothing about an upload but its key, its id and its age. Any thread.
 */
final class S3KeptUpload {

    /** So long a mark protects after it was made, or renewed; for what has died and is not recovered within that time nobody is going to come. */
    static final Duration KEPT_FOR = Duration.ofDays(30);

    private static final long RENEWED_NANOS = TimeUnit.DAYS.toNanos(1);
    private static final Logger LOG = LoggerFactory.getLogger(S3KeptUpload.class);
    private static final String FOLDER = S3Options.HIDDEN + "kept/";

    private final S3Requests requests;
    private final String prefix;

    /** When uploads were marked last, by their id. */
    private final Map<String, Long> marked = new ConcurrentHashMap<>();

    S3KeptUpload(S3Requests requests, S3Options options) {
        this.requests = requests;
        this.prefix = options.prefix;
    }

    /** The key of the mark of an upload. */
    static String key(String prefix, String uploadId) {
        return prefix + FOLDER + new S3Fingerprint().with(uploadId).hex();
    }

    /** Whether a key is that of a mark. */
    static boolean isKey(String prefix, String key) {
        return key.startsWith(prefix + FOLDER);
    }

    /** Says that somebody else may have marked an upload. Free of I/O. */
    void assumeMarked(String uploadId) {
        marked.put(uploadId, System.nanoTime());
    }

    /** Whether an upload is marked. Free of I/O. */
    boolean isMarked(String uploadId) {
        return marked.containsKey(uploadId);
    }

    /** Marks an upload. If the store does not let us, it stays without a mark. */
    void mark(String operation, String uploadId) {
        try {
            requests.putHidden(operation, key(prefix, uploadId), new S3BufferBody(new ByteBuffer[] {
                ByteBuffer.wrap(uploadId.getBytes(StandardCharsets.UTF_8))
            }));
            marked.put(uploadId, System.nanoTime());
        } catch (IOException refused) {
            LOG.warn(
                    "An unfinished upload could not be marked as one to be kept: a journal that is full will not be"
                            + " relieved by it",
                    refused);
        }
    }

    /** Renews a mark that is about to get old; an upload without one stays without. */
    void renew(String operation, String uploadId) {
        Long since = marked.get(uploadId);
        if (since != null && System.nanoTime() - since > RENEWED_NANOS) {
            mark(operation, uploadId);
        }
    }

    /** Takes the mark away, if there is one; one that stays is found by its age. */
    void release(String operation, String uploadId) {
        if (marked.remove(uploadId) != null) {
            remove(operation, uploadId);
        }
    }

    /** Takes away the mark that somebody else has made, if there is one. */
    void remove(String operation, String uploadId) {
        try {
            requests.delete(operation, key(prefix, uploadId));
        } catch (IOException stays) {
            LOG.debug("The mark of an upload that has ended is still there", stays);
        }
    }
}
