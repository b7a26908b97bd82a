package io.conveyor.spring.autoconfigure;

import io.conveyor.ConveyorFactory;
import io.conveyor.spi.StorageBackend;
import io.conveyor.spring.ConveyorStores;
import io.conveyor.spring.resource.ConveyorResourcePatternResolver;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.NoSuchBeanDefinitionException;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.analyzer.AbstractInjectionFailureAnalyzer;
import org.springframework.core.Ordered;
import org.springframework.core.ResolvableType;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;

/** Says that Conveyor is switched off, or that a store has no such name, where Spring Boot's own analysis would suggest to define a bean. */
@Order(Ordered.HIGHEST_PRECEDENCE)
final class AbsentStoreFailureAnalyzer extends AbstractInjectionFailureAnalyzer<NoSuchBeanDefinitionException> {

    private static final Set<Class<?>> TYPES = Set.of(
            ConveyorFactory.class, StorageBackend.class, ConveyorStores.class, ConveyorResourcePatternResolver.class);

    /** By name: the class cannot be loaded where there are no transactions. */
    private static final String TRANSACTIONS = "io.conveyor.spring.transaction.ConveyorTransactions";

    private final Environment environment;

    /** Spring Boot passes the environment of the application that failed. */
    AbsentStoreFailureAnalyzer(Environment environment) {
        this.environment = environment;
    }

    @Override
    protected @Nullable FailureAnalysis analyze(
            Throwable rootFailure, NoSuchBeanDefinitionException cause, @Nullable String description) {
        if (cause.getNumberOfBeansFound() != 0 || !isOurs(cause.getResolvableType())) {
            return null;
        }
        String who = description == null ? "The application" : description;
        if (!environment.getProperty("conveyor.enabled", Boolean.class, true)) {
            return new FailureAnalysis(
                    who + " required a Conveyor store, but conveyor.enabled is false.",
                    "Set conveyor.enabled to true, or leave it out; or make that dependency optional.",
                    cause);
        }
        if (isBackend(cause.getResolvableType())) {
            return new FailureAnalysis(
                    who
                            + " required a StorageBackend, and there is no such bean. The default store's backend is one, unless the"
                            + " application makes its ConveyorFactory itself; those of named stores are none.",
                    "Inject ConveyorStores, which knows the backend of each store that it has made; or the ConveyorFactory of the store. Check that ConveyorAutoConfiguration is not excluded.",
                    cause);
        }
        return new FailureAnalysis(
                who
                        + " required a Conveyor store that does not exist. Stores are 'default' and those below conveyor.stores.",
                "Check the name in @Qualifier against conveyor.stores.<name>, and that ConveyorAutoConfiguration is not excluded.",
                cause);
    }

    private static boolean isBackend(@Nullable ResolvableType required) {
        return required != null && required.resolve() == StorageBackend.class;
    }

    private static boolean isOurs(@Nullable ResolvableType required) {
        Class<?> type = required == null ? null : required.resolve();
        return type != null && (TYPES.contains(type) || type.getName().equals(TRANSACTIONS));
    }
}
