package io.conveyor.backend.s3;

import io.conveyor.backend.s3.S3Requests.StoredPart;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The first parts of the tail of an upload, without a gap, that hold bytes which nobody else has any more: how far they reach, and a digest of their
 * numbers, lengths and ETags by which they are recognised. Not for several threads at once.
 */
final class S3EntrustedParts {

    /** Half of SHA-256: enough against chance, and a token has little room. */
    private static final int DIGEST_BYTES = 16;

    private final S3PartGrid grid;
    private final MessageDigest digest;
    private int next;

    /** None yet. */
    S3EntrustedParts(S3PartGrid grid) {
        this.grid = grid;
        this.next = grid.firstTailNumber();
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every JVM has SHA-256", impossible);
        }
    }

    /** The part that would come next. */
    S3Part next() {
        long start = grid.start(next);
        return new S3Part(next, start, grid.end(next) - start, null);
    }

    /** Adds the part that comes next. */
    void add(StoredPart part) {
        String line = part.part().number() + " " + part.part().length() + " "
                + part.etag().replace("\"", "") + "\n";
        digest.update(line.getBytes(StandardCharsets.US_ASCII));
        next++;
    }

    boolean isEmpty() {
        return next == grid.firstTailNumber();
    }

    /** The end of what they hold. */
    long end() {
        return grid.start(next);
    }

    /** In hexadecimal digits. */
    String digest() {
        try {
            byte[] bytes = ((MessageDigest) digest.clone()).digest();
            return HexFormat.of().formatHex(bytes, 0, DIGEST_BYTES);
        } catch (CloneNotSupportedException impossible) {
            throw new IllegalStateException("the JDK's SHA-256 can be cloned", impossible);
        }
    }

    /**
     * Adds the parts that were entrusted to an upload of a process that has died, as far as the store has them.
     *
     * @param parts what the store has, by number
     * @return them; null if they are not those that the token tells of
     */
    @Nullable
    List<StoredPart> addAll(S3LeftUpload upload, Map<Integer, S3LeftPart> parts) {
        List<StoredPart> found = new ArrayList<>();
        while (end() < upload.entrusted()) {
            S3Part part = next();
            S3LeftPart left = parts.get(part.number());
            if (left == null || left.bytes() != part.length()) {
                return null;
            }
            StoredPart stored = new StoredPart(part, left.etag(), left.checksum());
            add(stored);
            found.add(stored);
        }
        return end() == upload.entrusted() && digest().equals(upload.digest()) ? found : null;
    }
}
