package io.conveyor.spring.autoconfigure;

import io.conveyor.spi.StorageBackend;
import java.io.IOException;
import org.springframework.beans.factory.ListableBeanFactory;

/**
 * Makes stores on S3. A bean of every application that has the module, whichever store it chose: Spring looks at all methods of a bean, so that none
 * here names a class of the store's library. Beans are asked for only when a store is made.
 */
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
    public StorageBackend create(StoreDefinition store) throws IOException {
        return new S3Assembly(beans).create(store);
    }
}
