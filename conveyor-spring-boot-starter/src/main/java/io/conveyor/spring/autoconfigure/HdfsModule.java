package io.conveyor.spring.autoconfigure;

import io.conveyor.spi.StorageBackend;
import org.springframework.beans.factory.BeanFactory;

/**
 * Makes stores in the Hadoop Distributed File System. A bean of every application that has the module, whichever store it chose: Spring looks at all methods of a bean, so that none
 * here names a class of the store's library. Beans are asked for only when a store is made.
 */
final class HdfsModule implements BackendModule {

    private final BeanFactory beans;

    HdfsModule(BeanFactory beans) {
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
