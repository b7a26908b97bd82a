package io.conveyor;

import java.io.IOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Somebody else changed, deleted or holds the object. Nothing of theirs was overwritten and nothing of ours was merged; what was
 * accepted stays readable through the conveyor, which {@link Conveyor#resolve(ConflictResolution)} can let go on.
 */
public class ConflictException extends IOException {

    private static final long serialVersionUID = 1L;

    private final String key;
    private final boolean outcomeUnknown;

    /**
     * A conflict whose outcome is certain: our change did not take effect.
     *
     * @param key the object
     * @param detail who or what is in the way, as far as the store tells
     */
    public ConflictException(String key, String detail) {
        this(key, detail, false, null);
    }

    /**
     * A conflict.
     *
     * @param key the object
     * @param detail who or what is in the way, as far as the store tells
     * @param outcomeUnknown whether it cannot be told any more if our change took effect before the other one did
     * @param cause the vendor's exception, or null
     */
    public ConflictException(String key, String detail, boolean outcomeUnknown, @Nullable Throwable cause) {
        super("conflict on '" + key + "': " + detail, cause);
        this.key = Objects.requireNonNull(key, "key");
        this.outcomeUnknown = outcomeUnknown;
    }

    /** The object. */
    public String key() {
        return key;
    }

    /** Whether it cannot be told any more if our change took effect before the other one did. */
    public boolean outcomeUnknown() {
        return outcomeUnknown;
    }
}
