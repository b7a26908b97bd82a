package io.conveyor.backend.s3;

import io.conveyor.backend.s3.S3Requests.StoredPart;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The first parts of the tail of an upload, without a gap, that hold bytes which nobody else has any more: how far they reach, and a digest of their
 * numbers, lengths and ETags by which they are recognised. Not for several threads at once.
 */
final class S3EntrustedParts {

    private final S3PartGrid grid;
    private final S3Fingerprint digest = new S3Fingerprint();
    private int next;

    /** None yet. */
    S3EntrustedParts(S3PartGrid grid) {
        this.grid = grid;
        this.next = grid.firstTailNumber();
    }

    /** The part that would come next. */
    S3Part next() {
        long start = grid.start(next);
        return new S3Part(next, start, grid.end(next) - start, null);
    }

    /** Adds the part that comes next. */
    void add(StoredPart part) {
        digest.with(part.part().number() + " " + part.part().length() + " "
                + part.etag().replace("\"", "") + "\n");
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
        return digest.hex();
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
