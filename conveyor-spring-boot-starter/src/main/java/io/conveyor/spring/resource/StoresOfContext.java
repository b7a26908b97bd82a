package io.conveyor.spring.resource;

import io.conveyor.ConveyorFactory;
import io.conveyor.ConveyorOptions;
import io.conveyor.spring.ConveyorStore;
import io.conveyor.spring.ConveyorStores;
import java.util.Optional;
import org.springframework.beans.factory.BeanCreationNotAllowedException;
import org.springframework.beans.factory.NoSuchBeanDefinitionException;
import org.springframework.beans.factory.NoUniqueBeanDefinitionException;
import org.springframework.context.ApplicationContext;

/**
 * The stores of an application.
 *
 * @param context where their beans are
 */
record StoresOfContext(ApplicationContext context) implements Stores {

    @Override
    public ConveyorFactory find(String name) {
        try {
            return name.equals(ConveyorLocation.DEFAULT_STORE)
                    ? context.getBean(ConveyorFactory.class)
                    : context.getBean(name, ConveyorFactory.class);
        } catch (NoUniqueBeanDefinitionException several) {
            throw new IllegalStateException(
                    "which Conveyor store is '" + name + "' cannot be told: mark one of " + several.getBeanNamesFound()
                            + " with @Primary",
                    several);
        } catch (NoSuchBeanDefinitionException absent) {
            throw new IllegalStateException(
                    "there is no Conveyor store '" + name
                            + "': check conveyor.stores, and that conveyor.enabled is not false",
                    absent);
        } catch (BeanCreationNotAllowedException late) {
            throw new IllegalStateException(
                    "the Conveyor store '" + name
                            + "' was not used before the application context is closed, and cannot be made any more",
                    late);
        }
    }

    @Override
    public long maxWindowBytes(String name) {
        ConveyorStores stores = context.getBeanProvider(ConveyorStores.class).getIfUnique();
        return Optional.ofNullable(stores)
                .flatMap(known -> known.find(name))
                .flatMap(ConveyorStore::options)
                .orElseGet(ConveyorOptions::inherited)
                .readMaxWindowBytes();
    }
}
