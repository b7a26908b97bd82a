package io.conveyor.spring.autoconfigure;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName.Form;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.Environment;

/**
 * What the stores below {@code conveyor.stores} are called. Of several spellings that Spring Boot takes for one, such as {@code my-archive} and {@code myArchive}, that
 * of the source counts which all others override.
 *
 * <p>A variable of the environment cannot spell such a name, and it need not be meant for the application. So it belongs to the store that another source names, and
 * names one itself only if there is none and the variable is a property of a store. Used by one thread, while beans are registered.
 */
final class StoreNames {

    static final ConfigurationPropertyName STORES = ConfigurationPropertyName.of("conveyor.stores");

    private final Environment environment;
    private final Map<String, String> names = new LinkedHashMap<>(); // by their uniform form

    private StoreNames(Environment environment) {
        this.environment = environment;
    }

    /**
     * The names that the properties of an environment give.
     *
     * @throws org.springframework.boot.context.properties.bind.BindException if a variable is a property of a store that nothing else names, and has no such value
     */
    static StoreNames in(Environment environment) {
        StoreNames names = new StoreNames(environment);
        for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
            if (source instanceof IterableConfigurationPropertySource properties
                    && !EnvironmentVariables.areIn(source)) {
                names.addFrom(properties);
            }
        }
        for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
            if (EnvironmentVariables.areIn(source)
                    && source.getUnderlyingSource() instanceof EnumerablePropertySource<?> variables) {
                names.addFrom(variables);
            }
        }
        return names;
    }

    /** Each store once. */
    Set<String> all() {
        return new LinkedHashSet<>(names.values());
    }

    private void addFrom(IterableConfigurationPropertySource properties) {
        for (ConfigurationPropertyName property : properties) {
            if (STORES.isAncestorOf(property)) {
                names.put(GivenSettings.uniform(nameIn(property)), nameIn(property));
            }
        }
    }

    private static String nameIn(ConfigurationPropertyName property) {
        return property.getElement(STORES.getNumberOfElements(), Form.ORIGINAL);
    }

    private void addFrom(EnumerablePropertySource<?> variables) {
        String stores = EnvironmentVariables.called(STORES.toString(), variables);
        for (String variable : variables.getPropertyNames()) {
            // Containers may have variables that are called as properties are.
            if (variable.startsWith(stores + ".")) {
                String name =
                        nameIn(ConfigurationPropertyName.adapt(STORES + variable.substring(stores.length()), '.'));
                names.putIfAbsent(GivenSettings.uniform(name), name);
            }
        }
        // Spring Boot finds no new store below a prefix whose dashes are underscores.
        for (String setting : EnvironmentVariables.settingsBelow(stores.replace("-", ""), variables)) {
            int end = setting.indexOf('-');
            if (end > 0 && !isOfKnownStore(setting)) {
                String name = setting.substring(0, end);
                if (!names.containsKey(name) && hasProperties(name)) {
                    names.put(name, name);
                }
            }
        }
    }

    /** Whether it begins with a name in the older form of variables, where each dash is an underscore. */
    private boolean isOfKnownStore(String setting) {
        for (String name : names.values()) {
            if (setting.startsWith(name.toLowerCase(Locale.ROOT).replace('_', '-') + "-")) {
                return true;
            }
        }
        return false;
    }

    private boolean hasProperties(String name) {
        return Binder.get(environment)
                .bind(ConfigurationPropertyName.adapt(STORES + "." + name, '.'), Bindable.of(StoreProperties.class))
                .isBound();
    }
}
