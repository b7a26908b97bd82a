package io.conveyor.spring.autoconfigure;

import java.beans.PropertyDescriptor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.springframework.beans.BeanUtils;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.PropertySourcesPlaceholdersResolver;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.Environment;

/** What the properties below one prefix are called. Spring Boot passes over what has no type; a misspelt setting would go unnoticed. */
final class GivenSettings {

    private static final Bindable<Map<String, String>> STRINGS = Bindable.mapOf(String.class, String.class);

    private final Environment environment;

    GivenSettings(Environment environment) {
        this.environment = environment;
    }

    /** All settings below the prefix. What a variable of the environment is called is told by other sources, or else read off it. */
    Map<String, String> below(String prefix) {
        Map<String, String> settings = new HashMap<>(below(prefix, withoutSystemEnvironment()));
        Set<String> names = new TreeSet<>(settings.keySet());
        Set<String> known = new HashSet<>();
        names.forEach(name -> known.add(uniform(name.replace(".", ""))));
        for (String name : namesOfVariables(prefix)) {
            if (known.add(uniform(name))) {
                names.add(name);
            }
        }
        Binder binder = Binder.get(environment);
        for (String name : names) {
            binder.bind(ConfigurationPropertyName.adapt(prefix + "." + name, '.'), Bindable.of(String.class))
                    .ifBound(value -> settings.put(name, value));
        }
        return settings;
    }

    private Set<String> namesOfVariables(String prefix) {
        Set<String> names = new TreeSet<>();
        for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
            if (EnvironmentVariables.areIn(source)
                    && source.getUnderlyingSource() instanceof EnumerablePropertySource<?> variables) {
                names.addAll(
                        EnvironmentVariables.settingsBelow(EnvironmentVariables.called(prefix, variables), variables));
            }
        }
        return names;
    }

    private static Map<String, String> below(String prefix, Binder binder) {
        return binder.bind(ConfigurationPropertyName.adapt(prefix, '.'), STRINGS)
                .orElseGet(Map::of);
    }

    /**
     * Without the system environment: there a name does not tell where its words end ({@code CONVEYOR_S3_PART_SIZE}), and not all are meant for the
     * application, such as {@code CONVEYOR_S3_PORT}, which Kubernetes sets where a service is called {@code conveyor-s3}.
     */
    private Binder withoutSystemEnvironment() {
        List<ConfigurationPropertySource> sources = new ArrayList<>();
        for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
            if (!EnvironmentVariables.areIn(source)) {
                sources.add(source);
            }
        }
        return new Binder(sources, new PropertySourcesPlaceholdersResolver(environment));
    }

    /**
     * Fails if something is set directly below the prefix that {@code type} has no property for, other than by an environment variable. Names what is
     * unknown, not what it is set to.
     *
     * @throws IllegalArgumentException names the properties, and those that are known
     */
    void rejectUnknown(String prefix, Class<?> type) {
        Map<String, String> given = below(prefix, withoutSystemEnvironment());
        if (given.isEmpty()) {
            return;
        }
        // Loops, no streams: this runs once, when the application starts, and each lambda would cost more than its
        // work.
        Set<String> known = namesOf(type);
        Set<String> uniform = new HashSet<>();
        for (String name : known) {
            uniform.add(uniform(name));
        }
        Set<String> unknown = new TreeSet<>();
        for (String name : given.keySet()) {
            if (!uniform.contains(uniform(name.split("[.\\[]", 2)[0]))) {
                unknown.add(name);
            }
        }
        if (!unknown.isEmpty()) {
            throw new IllegalArgumentException("unknown properties "
                    + unknown.stream().map(name -> prefix + "." + name).toList() + "; known are "
                    + known);
        }
    }

    /** The full names of what is set below the prefix, other than by an environment variable. */
    Set<String> namesBelow(String prefix) {
        Set<String> names = new TreeSet<>();
        for (String name : below(prefix, withoutSystemEnvironment()).keySet()) {
            names.add(prefix + "." + name);
        }
        return names;
    }

    /** What the properties of a type are called. */
    static Set<String> namesOf(Class<?> type) {
        Set<String> names = new TreeSet<>();
        for (PropertyDescriptor property : BeanUtils.getPropertyDescriptors(type)) {
            if (!property.getName().equals("class")) {
                names.add(dashed(property.getName()));
            }
        }
        return names;
    }

    /** A name without what relaxed binding overlooks: {@code fileLock}, {@code file-lock} and {@code filelock} are one. */
    static String uniform(String name) {
        return name.replace("-", "").replace("_", "").toLowerCase(Locale.ROOT);
    }

    private static String dashed(String name) {
        return name.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
    }
}
