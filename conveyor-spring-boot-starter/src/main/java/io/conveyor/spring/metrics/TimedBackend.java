package io.conveyor.spring.metrics;

import io.conveyor.ObjectAttributes;
import io.conveyor.spi.ForwardingStorageBackend;
import io.conveyor.spi.StorageBackend;
import io.conveyor.spi.StorageHandle;
import java.io.IOException;
import java.nio.file.OpenOption;
import java.util.Set;
import java.util.stream.Stream;

/** Times every call to a backend and to the handles it opens; of a listing, the call that begins it. Otherwise it is that backend. */
final class TimedBackend extends ForwardingStorageBackend {

    private final BackendCalls calls;

    TimedBackend(StorageBackend backend, BackendCalls calls) {
        super(backend);
        this.calls = calls;
    }

    @Override
    public StorageHandle open(String key, Set<? extends OpenOption> options) throws IOException {
        return new TimedHandle(calls.time(Operation.OPEN, () -> delegate().open(key, options)), calls);
    }

    @Override
    public ObjectAttributes attributes(String key) throws IOException {
        return calls.time(Operation.ATTRIBUTES, () -> delegate().attributes(key));
    }

    @Override
    public boolean delete(String key) throws IOException {
        return calls.time(Operation.DELETE, () -> delegate().delete(key));
    }

    @Override
    public Stream<ObjectAttributes> list(String prefix) throws IOException {
        return calls.time(Operation.LIST, () -> delegate().list(prefix));
    }

    @Override
    public void ping() throws IOException {
        calls.run(Operation.PING, delegate()::ping);
    }
}
