package io.conveyor.spring.autoconfigure;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
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

    private final Health health = new Health();

    private final Endpoint endpoint = new Endpoint();

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

    public Health getHealth() {
        return health;
    }

    public Endpoint getEndpoint() {
        return endpoint;
    }

    /** Health checks. */
    public static class Health {

        /** Makes properties that all have their defaults. */
        public Health() {}

        /** How long a health check waits for the stores, all of them together. */
        private Duration timeout = Duration.ofSeconds(5);

        /** How long bytes may wait to be written before the store counts as down. Unless set, as long as it takes. */
        private @Nullable Duration maxPendingAge;

        public Duration getTimeout() {
            return timeout;
        }

        public void setTimeout(Duration timeout) {
            this.timeout = timeout;
        }

        public @Nullable Duration getMaxPendingAge() {
            return maxPendingAge;
        }

        public void setMaxPendingAge(@Nullable Duration maxPendingAge) {
            this.maxPendingAge = maxPendingAge;
        }
    }

    /** The actuator endpoint. */
    public static class Endpoint {

        /** Makes properties that all have their defaults. */
        public Endpoint() {}

        /** Whether the actuator endpoint 'conveyor' shows the keys of objects, and messages that name them. */
        private boolean showKeys;

        public boolean isShowKeys() {
            return showKeys;
        }

        public void setShowKeys(boolean showKeys) {
            this.showKeys = showKeys;
        }
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
