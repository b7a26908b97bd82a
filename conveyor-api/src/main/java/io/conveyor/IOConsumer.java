package io.conveyor;

import java.io.IOException;

/**
 * Something done with a value that may fail with an {@link IOException}.
 *
 * @param <T> the value's type
 */
@FunctionalInterface
public interface IOConsumer<T> {

    /**
     * Does it.
     *
     * @throws IOException if it fails
     */
    void accept(T value) throws IOException;
}
