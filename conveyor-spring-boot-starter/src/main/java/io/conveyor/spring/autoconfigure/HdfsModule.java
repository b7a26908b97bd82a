package io.conveyor.spring.autoconfigure;

import io.conveyor.spi.StorageBackend;
import org.springframework.beans.factory.ListableBeanFactory;

/**
 * Makes stores in the Hadoop Distributed File System. A bean of every application that has the module, whichever store it chose: Spring looks at all methods of a bean, so that none
 * here names a class of the store's library. Beans are asked for only when a store is made.
 */
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
    public StorageBackend create(StoreDefinition store) {
        return new HdfsAssembly(beans).create(store);
    }
}
