package io.conveyor.spring.autoconfigure;

import io.conveyor.spi.StorageBackend;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.util.ClassUtils;

/** Makes stores in the Hadoop Distributed File System. Names no class of that store's library, so that it costs nothing where another store was chosen. */
final class HdfsModule implements BackendModule {

    private final ListableBeanFactory beans;

    HdfsModule(ListableBeanFactory beans) {
        this.beans = beans;
    }

    @Override
    public String name() {
        return "hdfs";
    }

    @Override
    public Class<?> properties() {
        return HdfsProperties.class;
    }

    @Override
    public boolean isPresent(@Nullable ClassLoader classLoader) {
        return ClassUtils.isPresent("io.conveyor.backend.hdfs.HdfsBackend", classLoader);
    }

    @Override
    public StorageBackend create(StoreDefinition store) {
        return new HdfsAssembly(beans).create(store);
    }
}
