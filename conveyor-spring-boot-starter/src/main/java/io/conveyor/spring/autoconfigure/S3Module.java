package io.conveyor.spring.autoconfigure;

import io.conveyor.spi.StorageBackend;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.util.ClassUtils;

/** Makes stores on S3. Names no class of that store's library, so that it costs nothing where another store was chosen. */
final class S3Module implements BackendModule {

    private final ListableBeanFactory beans;

    S3Module(ListableBeanFactory beans) {
        this.beans = beans;
    }

    @Override
    public String name() {
        return "s3";
    }

    @Override
    public Class<?> properties() {
        return S3Properties.class;
    }

    @Override
    public boolean isPresent(@Nullable ClassLoader classLoader) {
        return ClassUtils.isPresent("io.conveyor.backend.s3.S3Backend", classLoader);
    }

    @Override
    public StorageBackend create(StoreDefinition store) throws IOException {
        return new S3Assembly(beans).create(store);
    }
}
