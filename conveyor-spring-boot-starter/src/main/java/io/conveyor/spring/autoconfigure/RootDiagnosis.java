package io.conveyor.spring.autoconfigure;

import java.nio.file.Files;
import java.nio.file.Path;

/** Why a directory cannot be used, found by looking at it: the JDK's exceptions often say no more than its name. */
final class RootDiagnosis {

    private RootDiagnosis() {}

    /** A clause that fits behind a colon. */
    static String of(Path root, Throwable cause) {
        Path nearest = root;
        while (!Files.exists(nearest) && nearest.getParent() != null) {
            nearest = nearest.getParent();
        }
        if (!Files.isDirectory(nearest)) {
            return "'" + nearest + "' is not a directory";
        }
        if (!Files.isWritable(nearest)) {
            return "'" + nearest + "' is not writable";
        }
        return cause.toString();
    }
}
