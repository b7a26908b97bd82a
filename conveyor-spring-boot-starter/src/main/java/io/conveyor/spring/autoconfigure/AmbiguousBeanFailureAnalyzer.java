package io.conveyor.spring.autoconfigure;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Says which beans could serve a store, and how to choose. */
final class AmbiguousBeanFailureAnalyzer extends AbstractFailureAnalyzer<AmbiguousBeanException> {

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, AmbiguousBeanException cause) {
        StoreDefinition store = cause.store();
        String action = "Mark one with @Qualifier(\"" + store.name() + "\"), or one as @Primary for all stores.";
        if (cause.type().getSimpleName().equals("S3Client")) {
            action += " To use none of them, set " + store.property("s3.use-application-client") + " to false.";
        }
        return new FailureAnalysis(
                String.valueOf(cause.getMessage()).replaceFirst("^t", "T") + ", and nothing says which.",
                action,
                cause);
    }
}
