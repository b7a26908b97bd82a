package io.conveyor.spring;

import io.conveyor.ConveyorFactory;
import io.conveyor.ConveyorOptions;
import io.conveyor.spi.StorageBackend;
import java.util.Optional;

/**
 * A store of the application.
 *
 * @param name {@code default} for the one of {@code conveyor.backend}, else the name of its bean
 * @param factory the bean
 * @param backend what it stores in, as the engine uses it; empty for a factory that the application made itself
 * @param undecorated the same without what {@link ConveyorBackendDecorator} beans laid around it
 * @param options what its conveyors inherit; empty for a factory that the application made itself
 */
public record ConveyorStore(
        String name,
        ConveyorFactory factory,
        Optional<StorageBackend> backend,
        Optional<StorageBackend> undecorated,
        Optional<ConveyorOptions> options) {

    /** The kind of store, as the value of a tag: {@code posix}, {@code s3}, {@code hdfs}, or {@code unknown}. */
    public String backendName() {
        return backend.map(StorageBackend::name).orElse("unknown");
    }
}
