package io.conveyor.spring.autoconfigure;

import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.env.PropertySourceInfo;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.util.StringUtils;

/**
 * The settings that variables of the environment stand for, where nobody says how settings are called: {@code CONVEYOR_TAPE_BUFFER_SIZE} is the setting {@code
 * buffer-size} below {@code conveyor.tape}. A variable that joins words, as {@code CONVEYOR_TAPE_BUFFERSIZE}, cannot be told from one word.
 */
final class EnvironmentVariables {

    /** What Kubernetes says about a service that happens to be called as the prefix is. */
    private static final Pattern OF_KUBERNETES =
            Pattern.compile("SERVICE_(HOST|PORT)(_.*)?|PORT_\\d+_(TCP|UDP|SCTP)(_.*)?");

    private static final Pattern ADDRESS = Pattern.compile("\\w+://.*");

    private EnvironmentVariables() {}

    /** Whether a source has the variables of the environment. */
    static boolean areIn(ConfigurationPropertySource source) {
        return source.getUnderlyingSource() instanceof PropertySource<?> underlying
                && underlying.getName().equals(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME);
    }

    /** What a property is called among the variables: an application may have a prefix for those that are meant for it. */
    static String called(String property, PropertySource<?> variables) {
        String prefix = variables instanceof PropertySourceInfo info ? info.getPrefix() : null;
        return StringUtils.hasText(prefix) ? prefix + "." + property : property;
    }

    /** The names of the settings below the prefix, as it is {@link #called}; without what describes services of Kubernetes. */
    static Set<String> settingsBelow(String prefix, EnumerablePropertySource<?> variables) {
        String joined = upperCase(prefix.replace("-", "") + ".");
        String split = upperCase(prefix.replace('-', '_') + ".");
        Set<String> settings = new TreeSet<>();
        for (String variable : variables.getPropertyNames()) {
            String name = upperCase(variable);
            String setting = name.startsWith(joined)
                    ? name.substring(joined.length())
                    : name.startsWith(split) ? name.substring(split.length()) : "";
            if (!setting.isEmpty() && !isOfKubernetes(setting, variables.getProperty(variable))) {
                settings.add(setting.toLowerCase(Locale.ROOT).replace('_', '-'));
            }
        }
        return settings;
    }

    private static String upperCase(String name) {
        return name.toUpperCase(Locale.ROOT).replace('.', '_');
    }

    private static boolean isOfKubernetes(String setting, @Nullable Object value) {
        return OF_KUBERNETES.matcher(setting).matches()
                || (setting.equals("PORT")
                        && ADDRESS.matcher(String.valueOf(value)).matches());
    }
}
