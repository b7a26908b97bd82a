package io.conveyor.backend.s3;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is stored along with the next version: what this handle says, and else what the version has that is being changed. Its tags cost a
 * request of their own, which is made once for a version, and only if it has tags and this handle names none. Any thread.
 */
final class S3Inheritance {

    private final String key;
    private final S3ObjectSettings own;
    private final boolean inherits;
    private final S3Draft draft;
    private final S3Requests requests;

    @GuardedBy("this")
    private @Nullable String taggedEtag;

    @GuardedBy("this")
    private Map<String, String> tags = Map.of();

    S3Inheritance(String key, S3ObjectSettings own, boolean inherits, S3Draft draft, S3Requests requests) {
        this.key = key;
        this.own = own;
        this.inherits = inherits;
        this.draft = draft;
        this.requests = requests;
    }

    /**
     * The settings for a commit of what the draft is now.
     *
     * @throws IOException if the version has tags and they could not be asked for
     */
    S3ObjectSettings settings(String operation) throws IOException {
        S3Version base = draft.base();
        if (base == null || !inherits) {
            return own;
        }
        S3ObjectSettings merged = own.or(base.settings());
        return base.tagged() && !own.hasTags() ? merged.withTags(tags(operation, base)) : merged;
    }

    private Map<String, String> tags(String operation, S3Version base) throws IOException {
        synchronized (this) {
            if (base.etag().equals(taggedEtag)) {
                return tags;
            }
        }
        Map<String, String> found = requests.tags(operation, key);
        synchronized (this) {
            taggedEtag = base.etag();
            tags = found;
        }
        return found;
    }
}
