package io.conveyor.spring.autoconfigure;

import io.conveyor.spi.StorageBackend;
import io.conveyor.spring.ConveyorBackendFactory;

/** Factories under any name, for tests that choose between them. */
final class BackendFactories {

    private BackendFactories() {}

    /** A factory that always makes this backend. */
    static ConveyorBackendFactory of(String name, StorageBackend backend) {
        return new ConveyorBackendFactory() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public StorageBackend create() {
                return backend;
            }
        };
    }
}
