package io.conveyor.spring.autoconfigure;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.validation.Errors;
import org.springframework.validation.Validator;

/**
 * The properties under {@code conveyor.}: those of the default store, and of the stores that have names. Checked by {@link PropertyBounds} when
 * they are bound. Not for several threads at once while they are bound; read-only afterwards.
 */
@ConfigurationProperties("conveyor")
public class ConveyorProperties extends StoreProperties implements Validator {

    /** Makes properties that all have their defaults. */
    public ConveyorProperties() {}

    /**
     * Further stores by name, each with the properties that the default store has under 'conveyor.'. The name is that of the ConveyorFactory
     * bean, too.
     */
    private final Map<String, StoreProperties> stores = new LinkedHashMap<>();

    private final Shutdown shutdown = new Shutdown();

    @Override
    public boolean supports(Class<?> type) {
        return PropertyBounds.apply(type);
    }

    @Override
    public void validate(Object target, Errors errors) {
        PropertyBounds.check(target, errors);
    }

    public Map<String, StoreProperties> getStores() {
        return stores;
    }

    public Shutdown getShutdown() {
        return shutdown;
    }

    /** The end of the application. */
    public static class Shutdown {

        /** Makes properties that all have their defaults. */
        public Shutdown() {}

        /**
         * How long the application waits for storage after the last web request; keep it below 'spring.lifecycle.timeout-per-shutdown-phase'.
         */
        private Duration flushTimeout = Duration.ofSeconds(20);

        public Duration getFlushTimeout() {
            return flushTimeout;
        }

        public void setFlushTimeout(Duration flushTimeout) {
            this.flushTimeout = flushTimeout;
        }
    }
}
