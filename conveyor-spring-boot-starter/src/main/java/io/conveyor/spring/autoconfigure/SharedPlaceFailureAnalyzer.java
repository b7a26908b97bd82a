package io.conveyor.spring.autoconfigure;

import java.util.Locale;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Says which two stores have one place, or one within the other, and which property moves one of them. */
final class SharedPlaceFailureAnalyzer extends AbstractFailureAnalyzer<SharedPlaceException> {

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, SharedPlaceException cause) {
        return new FailureAnalysis(
                String.valueOf(cause.getMessage()).replaceFirst("^t", "T")
                        + ". Each would overwrite objects that the other has open.",
                "Set " + place(cause.toMove()) + ", or use one store for both.",
                cause);
    }

    private static String place(StoreDefinition store) {
        String backend = store.properties().getBackend().toLowerCase(Locale.ROOT);
        return switch (backend) {
            case "posix" -> store.property("posix.root") + " to a directory of its own";
            case "s3" -> store.property("s3.prefix") + " or " + store.property("s3.bucket") + " to one of its own";
            case "hdfs" -> store.property("hdfs.base-directory") + " to a directory of its own";
            default -> "the properties below " + store.property(backend) + " to a place of its own";
        };
    }
}
