package io.conveyor.spring.autoconfigure;

import org.jspecify.annotations.Nullable;

/** A blank value of a property says nothing, as that of {@code ${S3_ENDPOINT:}} where the variable is not set. */
final class NonBlank {

    private NonBlank() {}

    /** The value, as it is; null if there is none, or if it is blank. */
    static @Nullable String orNull(@Nullable String value) {
        return value == null || value.isBlank() ? null : value;
    }
}
