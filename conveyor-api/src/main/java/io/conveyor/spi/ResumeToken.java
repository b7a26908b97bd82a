package io.conveyor.spi;

import java.nio.file.OpenOption;
import java.util.Arrays;

/**
 * What a handle remembers of unfinished work, opaque to everybody but the backend that made it. Immutable. It holds no secret.
 */
public final class ResumeToken implements OpenOption {

    /** A token that is longer is not kept by a journal. */
    public static final int MOST_BYTES = 368;

    private final byte[] value;

    private ResumeToken(byte[] value) {
        this.value = value;
    }

    /** A token around a copy of {@code value}. */
    public static ResumeToken of(byte[] value) {
        return new ResumeToken(value.clone());
    }

    /** A copy of the value. */
    public byte[] value() {
        return value.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ResumeToken token && Arrays.equals(value, token.value);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(value);
    }

    @Override
    public String toString() {
        return "ResumeToken[" + value.length + " bytes]";
    }
}
