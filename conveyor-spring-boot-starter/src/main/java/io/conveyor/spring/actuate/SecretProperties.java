package io.conveyor.spring.actuate;

import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.SanitizableData;
import org.springframework.boot.actuate.endpoint.SanitizingFunction;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.Environment;
import org.springframework.core.env.PropertySource;

/**
 * Keeps secrets out of the endpoints {@code env} and {@code configprops} even where those show values: by their names, and wherever else the same values are, as in
 * the variable that a placeholder stands for, on the command line or in {@code SPRING_APPLICATION_JSON}. Any thread.
 */
final class SecretProperties implements SanitizingFunction {

    /**
     * The names as relaxed binding sees them, also as members of a list and behind the prefix that an application may have for its variables. Backends that others
     * provide have secrets of their own names: every key is one, but for the id of a key.
     */
    private static final Pattern SECRET = Pattern.compile(
            ".*conveyor.*(accesskeyid|(?<!show)keys?|passwords?|passwd|passphrases?|secrets?|tokens?|credentials?"
                    + "|connectionstrings?)[0-9]*");

    /** Any of Hadoop's own settings may hold a password; most hold what stands in many other places. */
    private static final Pattern OF_HADOOP = Pattern.compile(".*conveyor.*hdfsproperties.*");

    /** What is shorter is looked for nowhere else: it might be part of anything. */
    private static final int LEAST_LENGTH = 8;

    private final Environment environment;
    private volatile @Nullable Set<String> values;

    /** For the secrets of this environment, which is read when an endpoint first asks. */
    SecretProperties(Environment environment) {
        this.environment = environment;
    }

    @Override
    public SanitizableData apply(SanitizableData data) {
        String name = uniform(data.getKey());
        return SECRET.matcher(name).matches() || OF_HADOOP.matcher(name).matches() || hasSecret(data.getValue())
                ? data.withSanitizedValue()
                : data;
    }

    private static String uniform(String name) {
        return name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
    }

    private boolean hasSecret(@Nullable Object value) {
        if (value == null) {
            return false;
        }
        Set<String> known = values;
        if (known == null) {
            known = secrets();
            values = known;
        }
        return known.stream().anyMatch(value.toString()::contains);
    }

    private Set<String> secrets() {
        Set<String> secrets = new HashSet<>();
        if (environment instanceof ConfigurableEnvironment configurable) {
            for (PropertySource<?> source : configurable.getPropertySources()) {
                if (source instanceof EnumerablePropertySource<?> properties) {
                    addSecrets(properties, secrets);
                }
            }
        }
        return secrets;
    }

    private void addSecrets(EnumerablePropertySource<?> properties, Set<String> secrets) {
        for (String name : properties.getPropertyNames()) {
            Object value = SECRET.matcher(uniform(name)).matches() ? properties.getProperty(name) : null;
            if (value != null) {
                String secret = environment.resolvePlaceholders(value.toString());
                if (secret.length() >= LEAST_LENGTH) {
                    secrets.add(secret);
                }
            }
        }
    }
}
