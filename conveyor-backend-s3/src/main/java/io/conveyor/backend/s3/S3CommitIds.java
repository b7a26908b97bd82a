package io.conveyor.backend.s3;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The ids under which a draft may have been published, and how much of it each of them stands for. Not for several threads at once: used under
 * the draft's lock.
 */
final class S3CommitIds {

    /** Commits whose outcome is not known; more than this are never under way, since each failure stops the writer. */
    private static final int MAX_UNRESOLVED = 64;

    private final Map<String, Sent> unresolved = new LinkedHashMap<>();

    /** Counts changes of content, so that it can be told whether a commit of unknown outcome had all of them. */
    private long stamp;

    private @Nullable String next;

    /** What was sent under an id. */
    private record Sent(long stamp, long bytes) {}

    /** Says that the content has changed. */
    void changed() {
        stamp++;
        next = null;
    }

    /** The id for a commit of what the draft is now; the same until it changes. */
    String next() {
        if (next == null) {
            next = UUID.randomUUID().toString();
        }
        return next;
    }

    /** Gives up the id of {@link #next}. */
    void renew() {
        next = null;
    }

    /** Says that a request is about to go out that may publish the draft, of so many bytes. */
    void attempt(String id, long bytes) {
        if (unresolved.size() >= MAX_UNRESOLVED) {
            unresolved.remove(unresolved.keySet().iterator().next());
        }
        unresolved.put(id, new Sent(stamp, bytes));
    }

    /** Says that a commit certainly had no effect. */
    void withoutEffect(String id) {
        unresolved.remove(id);
    }

    boolean isUnresolved(@Nullable String id) {
        return id != null && unresolved.containsKey(id);
    }

    boolean hasUnresolved() {
        return !unresolved.isEmpty();
    }

    /** Whether the version with that id of ours has everything that the draft has. */
    boolean isWhole(String id) {
        Sent sent = unresolved.get(id);
        return sent != null && sent.stamp() == stamp;
    }

    /** Whether so many bytes were sent under the id of a commit whose outcome is not known; the thread that commits may learn that at any moment. */
    boolean isSent(@Nullable String id, long bytes) {
        Sent sent = id == null ? null : unresolved.get(id);
        return sent != null && sent.bytes() == bytes;
    }

    /** How many bytes were sent under the id of a commit whose outcome is not known. */
    long sentBytes(String id) {
        return Objects.requireNonNull(unresolved.get(id), "an unresolved id").bytes();
    }

    /** Says that none of them matters any more. */
    void forgetUnresolved() {
        unresolved.clear();
    }
}
