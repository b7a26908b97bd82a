package io.conveyor.spring.autoconfigure;

import io.conveyor.spi.StorageBackend;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ListableBeanFactory;

/** A backend of the house, whose properties have types here, though the module may be missing. */
interface BackendModule {

    /** All of them. Those that reuse beans of the application look for them in {@code beans}, and only when a store is made. */
    static List<BackendModule> all(ListableBeanFactory beans) {
        return List.of(new PosixModule(), new S3Module(beans), new HdfsModule(beans));
    }

    /** The value of {@code conveyor.backend} that chooses it. */
    String name();

    /** What the properties below its name are bound to. */
    Class<?> properties();

    /** Whether the class path has it. To be asked only of a module that was chosen, or when the start has failed: the question loads a class. */
    boolean isPresent(@Nullable ClassLoader classLoader);

    /**
     * Makes the backend of a store; contacts no network.
     *
     * @throws IllegalArgumentException if a property is missing or out of bounds; never shows a secret
     * @throws IOException if something local cannot be had
     */
    StorageBackend create(StoreDefinition store) throws IOException;
}
