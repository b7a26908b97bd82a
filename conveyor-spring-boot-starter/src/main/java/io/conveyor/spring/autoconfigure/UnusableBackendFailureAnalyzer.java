package io.conveyor.spring.autoconfigure;

import java.io.IOException;
import java.nio.file.Path;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Says what is wrong with the settings of a backend: for posix with its root, for others in the backend's own words; or that its classes are. */
final class UnusableBackendFailureAnalyzer extends AbstractFailureAnalyzer<UnusableBackendException> {

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, UnusableBackendException cause) {
        if (cause.reason() instanceof LinkageError missing) {
            return unusableClasses(cause, missing);
        }
        return cause.backend().equalsIgnoreCase("posix") && cause.reason() instanceof IOException
                ? unusableRoot(cause)
                : unusableSettings(cause);
    }

    private static FailureAnalysis unusableRoot(UnusableBackendException cause) {
        String property = cause.store().property("posix.root");
        Path root = Path.of(cause.store().properties().getPosix().getRoot())
                .toAbsolutePath()
                .normalize();
        return new FailureAnalysis(
                property + " is '" + root + "', and nothing can be stored there: "
                        + RootDiagnosis.of(root, cause.reason()) + ".",
                "Set " + property + " to a directory that the user '" + System.getProperty("user.name")
                        + "' may write to, or to one that can be made.",
                cause);
    }

    private static FailureAnalysis unusableClasses(UnusableBackendException cause, LinkageError missing) {
        return new FailureAnalysis(
                "The backend '" + cause.backend() + "' of the store '"
                        + cause.store().name()
                        + "' cannot be used, as a class that it needs is missing or does not fit: " + missing + ".",
                "Check the dependencies of the application: whether a library of that backend is left out, or comes in a version"
                        + " that the backend was not made for.",
                cause);
    }

    private static FailureAnalysis unusableSettings(UnusableBackendException cause) {
        return new FailureAnalysis(
                "The backend '" + cause.backend() + "' cannot be used: "
                        + cause.reason().getMessage(),
                "Check the properties below '" + cause.store().property(cause.backend()) + ".'.",
                cause);
    }
}
