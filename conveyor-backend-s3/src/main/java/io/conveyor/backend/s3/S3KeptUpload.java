package io.conveyor.backend.s3;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Marks an unfinished upload as the only place where some bytes are, by a small hidden object beside it, so that nobody who looks for orphans takes it for
 * one: S3 itself tells nothing about an upload but its key, its id and its age. Any thread.
 */
final class S3KeptUpload {

    /** So long a mark protects; after that nobody is going to come for it. The usual age in rules that abort unfinished uploads. */
    static final Duration KEPT_FOR = Duration.ofDays(7);

    private static final Logger LOG = LoggerFactory.getLogger(S3KeptUpload.class);
    private static final String FOLDER = S3Options.HIDDEN + "kept/";
    private static final int NAME_BYTES = 16;

    private final S3Requests requests;
    private final String prefix;

    /** The upload that is to be marked; null for none. */
    @GuardedBy("this")
    private @Nullable String wanted;

    @GuardedBy("this")
    private @Nullable String marked;

    S3KeptUpload(S3Requests requests, S3Options options) {
        this.requests = requests;
        this.prefix = options.prefix;
    }

    /** The key of the mark of an upload. */
    static String key(String prefix, String uploadId) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(uploadId.getBytes(StandardCharsets.UTF_8));
            return prefix + FOLDER + HexFormat.of().formatHex(hash, 0, NAME_BYTES);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every JVM has SHA-256", impossible);
        }
    }

    /** Whether a key is that of a mark. */
    static boolean isKey(String prefix, String key) {
        return key.startsWith(prefix + FOLDER);
    }

    /** Says that an upload is marked already. */
    synchronized void isMarked(String uploadId) {
        marked = uploadId;
    }

    /** Whether an upload is marked; if not, {@link #markIfWanted} will do it. Free of I/O. */
    synchronized boolean want(String uploadId) {
        wanted = uploadId;
        return uploadId.equals(marked);
    }

    /** Marks an upload if that was wanted. If the store does not let us, it stays without a mark. */
    void markIfWanted(String operation, String uploadId) {
        synchronized (this) {
            if (!uploadId.equals(wanted) || uploadId.equals(marked)) {
                return;
            }
        }
        try {
            requests.putHidden(operation, key(prefix, uploadId), new S3BufferBody(new ByteBuffer[] {
                ByteBuffer.wrap(uploadId.getBytes(StandardCharsets.UTF_8))
            }));
            isMarked(uploadId);
        } catch (IOException notNow) {
            LOG.warn("An unfinished upload could not be marked as one to be kept: the journal is not relieved", notNow);
        }
    }

    /** Takes the mark away, if there is one; one that stays is found by its age. */
    void release(String operation, String uploadId) {
        synchronized (this) {
            if (!uploadId.equals(marked)) {
                return;
            }
            marked = null;
            wanted = null;
        }
        try {
            requests.delete(operation, key(prefix, uploadId));
        } catch (IOException stays) {
            LOG.debug("The mark of an upload that has ended is still there", stays);
        }
    }
}
