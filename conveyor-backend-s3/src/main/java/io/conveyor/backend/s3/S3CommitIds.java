package io.conveyor.backend.s3;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The ids under which a draft may have been published, and how much of it each of them stands for. Not for several threads at once: used under
 * the draft's lock.
 */
final class S3CommitIds {

    /** More are not remembered; so many are never of unknown outcome, since each failure stops the writer. */
    private static final int MAX_SENT = 64;

    /**
     * All that may be found at the store, be it by a request that was said to have failed: something between us and the store may have sent it twice, and told the
     * answer to the second one.
     */
    private final Map<String, Sent> sent = new LinkedHashMap<>();

    /** Those of them whose outcome is not known. */
    private final Set<String> unresolved = new HashSet<>();

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
        if (sent.size() >= MAX_SENT && !sent.containsKey(id)) {
            String oldest = sent.keySet().stream()
                    .filter(each -> !unresolved.contains(each))
                    .findFirst()
                    .orElseGet(() -> sent.keySet().iterator().next());
            sent.remove(oldest);
            unresolved.remove(oldest);
        }
        sent.put(id, new Sent(stamp, bytes));
        unresolved.add(id);
    }

    /** Says that a commit had no effect, by all that was said. Should it be found all the same, it is known. */
    void withoutEffect(String id) {
        unresolved.remove(id);
    }

    boolean isUnresolved(String id) {
        return unresolved.contains(id);
    }

    boolean hasUnresolved() {
        return !unresolved.isEmpty();
    }

    boolean hasSent() {
        return !sent.isEmpty();
    }

    /** Whether something was sent under the id, whatever was said to it. */
    boolean isSent(@Nullable String id) {
        return id != null && sent.containsKey(id);
    }

    /** Whether so many bytes were sent under the id, whatever was said to it; the thread that commits may learn that at any moment. */
    boolean isSent(@Nullable String id, long bytes) {
        Sent found = id == null ? null : sent.get(id);
        return found != null && found.bytes() == bytes;
    }

    /** Whether the version with that id of ours has everything that the draft has. */
    boolean isWhole(String id) {
        Sent found = sent.get(id);
        return found != null && found.stamp() == stamp;
    }

    /** How many bytes were sent under an id. */
    long sentBytes(String id) {
        return Objects.requireNonNull(sent.get(id), "an id that was sent").bytes();
    }

    /** Says that none of them matters any more. */
    void forgetSent() {
        sent.clear();
        unresolved.clear();
    }
}
