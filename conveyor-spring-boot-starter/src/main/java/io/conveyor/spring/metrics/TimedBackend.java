package io.conveyor.spring.metrics;

import io.conveyor.ObjectAttributes;
import io.conveyor.spi.StorageBackend;
import io.conveyor.spi.StorageCapabilities;
import io.conveyor.spi.StorageHandle;
import java.io.IOException;
import java.nio.file.OpenOption;
import java.util.Set;
import java.util.stream.Stream;

/** Times every call to a backend and to the handles it opens; of a listing, the call that begins it. Otherwise it is that backend. */
final class TimedBackend implements StorageBackend {

    private final StorageBackend backend;
    private final BackendCalls calls;

    TimedBackend(StorageBackend backend, BackendCalls calls) {
        this.backend = backend;
        this.calls = calls;
    }

    @Override
    public String name() {
        return backend.name();
    }

    @Override
    public StorageCapabilities capabilities() {
        return backend.capabilities();
    }

    @Override
    public String identity() {
        return backend.identity();
    }

    @Override
    public String canonicalKey(String key) {
        return backend.canonicalKey(key);
    }

    @Override
    public StorageHandle open(String key, Set<? extends OpenOption> options) throws IOException {
        return new TimedHandle(calls.time(Operation.OPEN, () -> backend.open(key, options)), calls);
    }

    @Override
    public ObjectAttributes attributes(String key) throws IOException {
        return calls.time(Operation.ATTRIBUTES, () -> backend.attributes(key));
    }

    @Override
    public boolean delete(String key) throws IOException {
        return calls.time(Operation.DELETE, () -> backend.delete(key));
    }

    @Override
    public Stream<ObjectAttributes> list(String prefix) throws IOException {
        return calls.time(Operation.LIST, () -> backend.list(prefix));
    }

    @Override
    public void ping() throws IOException {
        calls.run(Operation.PING, backend::ping);
    }

    @Override
    public void close() throws IOException {
        backend.close();
    }

    /** The backend's own words. */
    @Override
    public String toString() {
        return backend.toString();
    }
}
