package io.conveyor.spring.actuate;

import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.SanitizableData;
import org.springframework.boot.actuate.endpoint.SanitizingFunction;
import org.springframework.core.env.CompositePropertySource;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.Environment;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/**
 * Keeps secrets out of the endpoints {@code env} and {@code configprops} even where those show values: by their names, and wherever else the same values are, as in
 * the variable that a placeholder stands for, on the command line or in {@code SPRING_APPLICATION_JSON}. Any thread.
 *
 * <p>The secrets are read anew for each value that is shown, as they may change, and sources may be added: an endpoint does not say where a request begins. Only
 * names with {@code conveyor} in them cost more than a glance.
 */
final class SecretProperties implements SanitizingFunction {

    private static final String SECRET_ENDS =
            "((?<!show)keys?|passwords?|passwd|passphrases?|secrets?|tokens?|credentials?|connectionstrings?)[0-9]*";

    /**
     * The names as relaxed binding sees them, also as members of a list. Backends that others provide have secrets of their own names: every key is one, but for the
     * id of a key.
     */
    private static final Pattern SECRET = Pattern.compile(".*conveyor.*" + SECRET_ENDS);

    /** What is hidden by its name alone: ids, which stand in many other places, and any of Hadoop's own settings, which may hold a password. */
    private static final Pattern HIDDEN = Pattern.compile(".*conveyor.*(accesskeyid[0-9]*|hdfsproperties.*)");

    /** Below {@code conveyor} itself, and not in what begins with the same letters. */
    private static final Pattern OF_CONVEYOR = Pattern.compile("conveyor[._\\[].*");

    /** The same behind the prefix that an application may have for its variables. */
    private static final Pattern BEHIND_PREFIX = Pattern.compile(".*[._]conveyor[._].*");

    private static final Pattern ESCAPED = Pattern.compile("\\\\(?:u([0-9a-fA-F]{4})|(.))", Pattern.DOTALL);

    /** What is shorter is looked for nowhere else: it might be part of anything. */
    private static final int LEAST_LENGTH = 8;

    private final Environment environment;

    /** For the secrets of this environment. */
    SecretProperties(Environment environment) {
        this.environment = environment;
    }

    @Override
    public SanitizableData apply(SanitizableData data) {
        return isHidden(data.getKey(), data.getPropertySource()) || hasSecret(data.getValue())
                ? data.withSanitizedValue()
                : data;
    }

    // ---------------------------------------------------------------- names

    private static boolean isHidden(String name, @Nullable PropertySource<?> source) {
        String uniform = uniform(name);
        return (uniform.startsWith("conveyor") || isBehindPrefix(name, source))
                && (SECRET.matcher(uniform).matches() || HIDDEN.matcher(uniform).matches());
    }

    private static boolean isSecret(String name, PropertySource<?> source) {
        return mentionsConveyor(name)
                && (OF_CONVEYOR.matcher(lower(name)).matches() || isBehindPrefix(name, source))
                && SECRET.matcher(uniform(name)).matches();
    }

    /** Most names do not. */
    private static boolean mentionsConveyor(String name) {
        return lower(name).contains("conveyor");
    }

    private static boolean isBehindPrefix(String name, @Nullable PropertySource<?> source) {
        return source instanceof SystemEnvironmentPropertySource
                && BEHIND_PREFIX.matcher(lower(name)).matches();
    }

    private static String uniform(String name) {
        return lower(name).replaceAll("[^a-z0-9]", "");
    }

    private static String lower(String name) {
        return name.toLowerCase(Locale.ROOT);
    }

    // ---------------------------------------------------------------- values

    private boolean hasSecret(@Nullable Object value) {
        String text = value == null ? "" : value.toString();
        if (text.length() < LEAST_LENGTH) {
            return false;
        }
        String unescaped = text.indexOf('\\') < 0 ? text : unescaped(text);
        return secrets().stream().anyMatch(secret -> text.contains(secret) || unescaped.contains(secret));
    }

    /** As JSON is read. */
    private static String unescaped(String text) {
        return ESCAPED.matcher(text).replaceAll(escape -> Matcher.quoteReplacement(character(escape)));
    }

    private static String character(MatchResult escape) {
        if (escape.group(1) != null) {
            return String.valueOf((char) Integer.parseInt(escape.group(1), 16));
        }
        return switch (escape.group(2)) {
            case "b" -> "\b";
            case "f" -> "\f";
            case "n" -> "\n";
            case "r" -> "\r";
            case "t" -> "\t";
            default -> escape.group(2);
        };
    }

    private Set<String> secrets() {
        Set<String> secrets = new HashSet<>();
        if (environment instanceof ConfigurableEnvironment configurable) {
            configurable.getPropertySources().forEach(source -> addSecrets(source, secrets));
        }
        return secrets;
    }

    // A composite lists no names at all if one of its sources does not.
    private void addSecrets(PropertySource<?> source, Set<String> secrets) {
        if (source instanceof CompositePropertySource composite) {
            composite.getPropertySources().forEach(nested -> addSecrets(nested, secrets));
        } else if (source instanceof EnumerablePropertySource<?> properties) {
            for (String name : properties.getPropertyNames()) {
                String secret = isSecret(name, source) ? resolved(raw(name, properties)) : "";
                if (secret.length() >= LEAST_LENGTH) {
                    secrets.add(secret);
                }
            }
        }
    }

    // Whoever asks an endpoint is not to meet what is wrong with a property.

    private static String raw(String name, EnumerablePropertySource<?> properties) {
        try {
            Object value = properties.getProperty(name);
            return value == null ? "" : value.toString();
        } catch (RuntimeException unreadable) {
            return "";
        }
    }

    /** As it stands, if its placeholders lead nowhere. */
    private String resolved(String value) {
        try {
            return environment.resolvePlaceholders(value);
        } catch (RuntimeException unresolvable) {
            return value;
        }
    }
}
