package io.conveyor;

import java.io.IOException;
import java.time.Duration;
import java.util.Objects;

/**
 * A write waited for room as long as it was allowed to, and storage did not take enough. The source buffer's position says how many
 * bytes were accepted before; they stay accepted. Nothing sticks: the write may be tried again with the rest.
 */
public class BackPressureTimeoutException extends IOException {

    private static final long serialVersionUID = 1L;

    private final String key;
    private final Duration waited;
    private final long pendingBytes;

    /**
     * A report of the wait.
     *
     * @param key the object
     * @param waited how long the write was allowed to wait
     * @param pendingBytes how many bytes of this conveyor are on their way to storage
     */
    public BackPressureTimeoutException(String key, Duration waited, long pendingBytes) {
        super(
                "no room for a write to '" + key + "' within " + waited + ": " + pendingBytes
                        + " bytes are on their way to storage; raise the write timeout or the pending bytes allowed, or write slower");
        this.key = Objects.requireNonNull(key, "key");
        this.waited = Objects.requireNonNull(waited, "waited");
        this.pendingBytes = pendingBytes;
    }

    /** The object. */
    public String key() {
        return key;
    }

    /** How long the write was allowed to wait. */
    public Duration waited() {
        return waited;
    }

    /** How many bytes of this conveyor were on their way to storage. */
    public long pendingBytes() {
        return pendingBytes;
    }
}
