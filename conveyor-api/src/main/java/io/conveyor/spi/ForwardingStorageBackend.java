package io.conveyor.spi;

import io.conveyor.ObjectAttributes;
import java.io.IOException;
import java.nio.file.OpenOption;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A backend that is another one in everything: for one that does something besides, which overrides what it does otherwise. What an interface of later versions
 * adds is forwarded as well, where a class that implements {@link StorageBackend} itself would get its default. Whoever changes what a handle does overrides
 * {@link #open}, and forwards by {@link ForwardingStorageHandle}.
 *
 * <p>Threads and failures are those of the other backend.
 */
public abstract class ForwardingStorageBackend implements StorageBackend {

    private final StorageBackend delegate;

    /** Forwards to {@code delegate}, which is closed with it. */
    protected ForwardingStorageBackend(StorageBackend delegate) {
        this.delegate = Objects.requireNonNull(delegate, "delegate");
    }

    /** The backend that this one forwards to. */
    protected final StorageBackend delegate() {
        return delegate;
    }

    @Override
    public String name() {
        return delegate.name();
    }

    @Override
    public StorageCapabilities capabilities() {
        return delegate.capabilities();
    }

    @Override
    public StorageHandle open(String key, Set<? extends OpenOption> options) throws IOException {
        return delegate.open(key, options);
    }

    @Override
    public ObjectAttributes attributes(String key) throws IOException {
        return delegate.attributes(key);
    }

    @Override
    public boolean delete(String key) throws IOException {
        return delegate.delete(key);
    }

    @Override
    public Stream<ObjectAttributes> list(String prefix) throws IOException {
        return delegate.list(prefix);
    }

    @Override
    public void ping() throws IOException {
        delegate.ping();
    }

    @Override
    public String canonicalKey(String key) {
        return delegate.canonicalKey(key);
    }

    @Override
    public String identity() {
        return delegate.identity();
    }

    @Override
    public void close() throws IOException {
        delegate.close();
    }

    /** The other backend's own words. */
    @Override
    public String toString() {
        return delegate.toString();
    }
}
