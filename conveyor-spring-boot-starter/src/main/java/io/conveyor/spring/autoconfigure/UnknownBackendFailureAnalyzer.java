package io.conveyor.spring.autoconfigure;

import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Says which dependency a backend comes with, when it is missing. */
final class UnknownBackendFailureAnalyzer extends AbstractFailureAnalyzer<UnknownBackendException> {

    private static final Map<String, String> MODULES = Map.of(
            "posix", "conveyor-backend-posix",
            "s3", "conveyor-backend-s3",
            "hdfs", "conveyor-backend-hdfs");

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, UnknownBackendException cause) {
        String module = MODULES.get(cause.backend().toLowerCase(Locale.ROOT));
        String description = cause.property() + " is '" + cause.backend() + "', but "
                + (module == null
                        ? "no ConveyorBackendFactory bean and no module on the class path provides a backend of that name."
                        : "the module " + module + " is not on the class path.");
        return new FailureAnalysis(description + broken(cause), remedy(cause, module), cause);
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
