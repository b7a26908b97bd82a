package io.conveyor.spring.autoconfigure;

import io.conveyor.ConveyorFactory;
import java.util.Set;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;

/**
 * Leaves a named store to the parent of a context, if that has one of its name, as the default store is left to it: a second one would write the same objects
 * and not know of the first. Not when a store is registered, as a registrar is not told of parents.
 *
 * @param names what the stores of the context are called
 */
record StoresOfParent(Set<String> names) implements BeanFactoryPostProcessor {

    @Override
    public void postProcessBeanFactory(ConfigurableListableBeanFactory beans) {
        BeanFactory parent = beans.getParentBeanFactory();
        if (parent == null || !(beans instanceof BeanDefinitionRegistry registry)) {
            return;
        }
        for (String name : names) {
            if (parent.containsBean(name) && parent.isTypeMatch(name, ConveyorFactory.class)) {
                registry.removeBeanDefinition(name);
            }
        }
    }
}
