package io.conveyor.spi;

import java.io.IOException;

/**
 * Makes a backend from settings; found by {@link java.util.ServiceLoader}, so implementations have a public constructor without
 * parameters and do nothing in it. Any thread may call it.
 */
public interface StorageBackendProvider {

    /** The name by which users choose this backend, such as {@code posix}. */
    String name();

    /**
     * Makes a backend. Contacts no network.
     *
     * @throws IllegalArgumentException names the setting, its value and the bound, or the setting that is not known
     * @throws IOException if something local, such as a root directory, cannot be had
     */
    StorageBackend create(StorageSettings settings) throws IOException;
}
