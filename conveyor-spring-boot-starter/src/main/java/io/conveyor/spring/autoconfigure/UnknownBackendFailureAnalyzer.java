package io.conveyor.spring.autoconfigure;

import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.env.Environment;

/** Says which dependency a backend comes with, when it is missing. */
final class UnknownBackendFailureAnalyzer extends AbstractFailureAnalyzer<UnknownBackendException> {

    private static final Map<String, String> MODULES = Map.of(
            "posix", "conveyor-backend-posix",
            "s3", "conveyor-backend-s3",
            "hdfs", "conveyor-backend-hdfs");

    private final Environment environment;

    /** Spring Boot passes the environment of the application that failed. */
    UnknownBackendFailureAnalyzer(Environment environment) {
        this.environment = environment;
    }

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, UnknownBackendException cause) {
        String module = MODULES.get(cause.backend().toLowerCase(Locale.ROOT));
        String description = cause.property() + " is '" + cause.backend() + "', but "
                + (module == null
                        ? "no ConveyorBackendFactory bean and no module on the class path provides a backend of that name."
                        : "the module " + module + " is not on the class path.");
        return new FailureAnalysis(description + origin(cause) + broken(cause), remedy(cause, module), cause);
    }

    /** In the words of Spring Boot. */
    private String origin(UnknownBackendException cause) {
        ConfigurationPropertyName name = ConfigurationPropertyName.adapt(cause.property(), '.');
        for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
            ConfigurationProperty property = source.getConfigurationProperty(name);
            if (property != null) {
                return property.getOrigin() == null ? "" : "\n\n    Origin: " + property.getOrigin();
            }
        }
        return "";
    }

    private static String broken(UnknownBackendException cause) {
        return cause.unloadable().isEmpty()
                ? ""
                : "\n\nBackends that are on the class path and could not be loaded:\n    "
                        + String.join("\n    ", cause.unloadable());
    }

    private static String remedy(UnknownBackendException cause, @Nullable String module) {
        String others = "set " + cause.property() + " to one of the available backends: "
                + String.join(", ", cause.available());
        return module == null
                ? "Check the spelling, or " + others + "."
                : "Add the dependency io.conveyor:" + module + ", or " + others + ".";
    }
}
