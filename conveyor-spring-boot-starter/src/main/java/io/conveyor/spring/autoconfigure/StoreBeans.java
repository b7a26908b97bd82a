package io.conveyor.spring.autoconfigure;

import io.conveyor.ConveyorFactory;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactoryUtils;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.NoUniqueBeanDefinitionException;
import org.springframework.beans.factory.annotation.BeanFactoryAnnotationUtils;

/**
 * The beans of the application that one store may use. Used by one thread, while a bean is made.
 *
 * @param store the store
 * @param beans where they are
 */
record StoreBeans(StoreDefinition store, ListableBeanFactory beans) {

    /**
     * The bean of a type for this store: the one whose qualifier or name is the store's name, else the only or the primary one; null if there is none. One
     * that is marked with the name of a store serves no other.
     *
     * @throws AmbiguousBeanException if there are several and nothing says which; to use none of them would store somewhere else in silence
     */
    <T> @Nullable T find(Class<T> type) {
        List<String> own = marked(type, store.name()::equals);
        if (own.size() > 1) {
            throw new AmbiguousBeanException(store, type, own);
        }
        if (own.size() == 1) {
            return beans.getBean(own.get(0), type);
        }
        Set<String> stores = stores();
        List<String> unmarked = marked(type, name -> true);
        boolean someAreOfOthers = unmarked.removeAll(marked(type, stores::contains));
        if (someAreOfOthers && unmarked.size() < 2) {
            return unmarked.isEmpty() ? null : beans.getBean(unmarked.get(0), type);
        }
        try {
            return beans.getBeanProvider(type).getIfAvailable();
        } catch (NoUniqueBeanDefinitionException several) {
            throw new AmbiguousBeanException(store, type, unmarked);
        }
    }

    /** The names of beans whose qualifier or name is such a one. */
    private List<String> marked(Class<?> type, Predicate<String> name) {
        return Stream.of(BeanFactoryUtils.beanNamesForTypeIncludingAncestors(beans, type))
                .filter(bean -> BeanFactoryAnnotationUtils.isQualifierMatch(name, bean, beans))
                .sorted()
                .collect(Collectors.toCollection(ArrayList::new));
    }

    private Set<String> stores() {
        Set<String> names = new HashSet<>(List.of(beans.getBeanNamesForType(ConveyorFactory.class, true, false)));
        names.add(StoreDefinition.DEFAULT);
        return names;
    }
}
