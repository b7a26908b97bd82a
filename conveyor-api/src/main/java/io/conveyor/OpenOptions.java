package io.conveyor;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;

import java.nio.file.OpenOption;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;

/** The defaults of the methods that open for writing without saying so. */
final class OpenOptions {

    private OpenOptions() {}

    static OpenOption[] forWriting(OpenOption... given) {
        return completed(given, WRITE);
    }

    static OpenOption[] forReplacing(OpenOption... given) {
        return completed(given, WRITE, ConveyorOpenOption.ATOMIC_REPLACE);
    }

    private static OpenOption[] completed(OpenOption[] given, OpenOption... always) {
        Set<OpenOption> options = new LinkedHashSet<>(
                given.length == 0 ? Arrays.<OpenOption>asList(CREATE, TRUNCATE_EXISTING) : Arrays.asList(given));
        options.addAll(Arrays.asList(always));
        return options.toArray(OpenOption[]::new);
    }
}
