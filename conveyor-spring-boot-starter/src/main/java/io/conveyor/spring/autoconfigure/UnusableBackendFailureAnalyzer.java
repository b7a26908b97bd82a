package io.conveyor.spring.autoconfigure;

import java.io.IOException;
import java.nio.file.Path;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.env.Environment;

/** Says what is wrong with the settings of a backend: for posix with its root, for others in the backend's own words. */
final class UnusableBackendFailureAnalyzer extends AbstractFailureAnalyzer<UnusableBackendException> {

    private final Environment environment;

    /** Spring Boot passes the environment of the application that failed. */
    UnusableBackendFailureAnalyzer(Environment environment) {
        this.environment = environment;
    }

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, UnusableBackendException cause) {
        return cause.backend().equalsIgnoreCase("posix") && cause.reason() instanceof IOException
                ? unusableRoot(cause)
                : unusableSettings(cause);
    }

    private FailureAnalysis unusableRoot(UnusableBackendException cause) {
        Path root = Path.of(environment.getProperty("conveyor.posix.root", "./data"))
                .toAbsolutePath()
                .normalize();
        return new FailureAnalysis(
                "conveyor.posix.root is '" + root + "', and nothing can be stored there: "
                        + RootDiagnosis.of(root, cause.reason()) + ".",
                "Set conveyor.posix.root to a directory that the user '" + System.getProperty("user.name")
                        + "' may write to, or to one that can be made.",
                cause);
    }

    private static FailureAnalysis unusableSettings(UnusableBackendException cause) {
        return new FailureAnalysis(
                "The backend '" + cause.backend() + "' cannot be used: "
                        + cause.reason().getMessage(),
                "Check the properties below 'conveyor." + cause.backend() + ".'.",
                cause);
    }
}
