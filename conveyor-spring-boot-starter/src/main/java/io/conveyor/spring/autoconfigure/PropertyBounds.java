package io.conveyor.spring.autoconfigure;

import io.conveyor.ConveyorOptions;
import io.conveyor.core.Conveyors;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.util.unit.DataSize;
import org.springframework.validation.Errors;

/**
 * The bounds of {@link ConveyorProperties}, in plain code: bean validation needs a provider that an application may not have. Each rejection
 * becomes a line of Boot's own analysis, with the property, its value and where it was set; for the latter Boot wants to see every group of
 * properties by itself.
 */
final class PropertyBounds {

    private static final Duration LEAST = Duration.ofNanos(1);

    private static final DataSize LEAST_BUDGET = DataSize.ofBytes(Conveyors.Builder.LEAST_BUDGET_BYTES);

    private final Errors errors;

    private PropertyBounds(Errors errors) {
        this.errors = errors;
    }

    /** Whether objects of this type hold properties. */
    static boolean apply(Class<?> type) {
        return type == ConveyorProperties.class || type.getEnclosingClass() == ConveyorProperties.class;
    }

    /** Rejects in {@code errors} every property of one group that is out of bounds. */
    static void check(Object group, Errors errors) {
        PropertyBounds bounds = new PropertyBounds(errors);
        if (group instanceof ConveyorProperties store) {
            bounds.store(store);
        } else if (group instanceof ConveyorProperties.Posix posix) {
            bounds.text("root", posix.getRoot());
        } else if (group instanceof ConveyorProperties.Write write) {
            bounds.write(write);
        } else if (group instanceof ConveyorProperties.Read read) {
            bounds.read(read);
        } else if (group instanceof ConveyorProperties.Retry retry) {
            bounds.retry(retry);
        } else if (group instanceof ConveyorProperties.Flush flush) {
            bounds.wait("timeout", flush.getTimeout());
        } else if (group instanceof ConveyorProperties.Close close) {
            bounds.wait("timeout", close.getTimeout());
        } else if (group instanceof ConveyorProperties.Call call) {
            bounds.wait("timeout", call.getTimeout());
        } else if (group instanceof ConveyorProperties.Shutdown shutdown) {
            bounds.wait("flushTimeout", shutdown.getFlushTimeout());
        }
    }

    private void store(ConveyorProperties store) {
        text("backend", store.getBackend());
        atLeast("memoryBudget", store.getMemoryBudget(), LEAST_BUDGET);
        if (store.getWorkers() != null) {
            count("workers", store.getWorkers(), 1, Conveyors.Builder.MOST_WORKERS);
        }
    }

    private void write(ConveyorProperties.Write write) {
        duration("timeout", write.getTimeout(), Duration.ZERO, ConveyorOptions.LONGEST);
        duration("delay", write.getDelay(), Duration.ZERO, Duration.ofMinutes(1));
        atLeast("maxPending", write.getMaxPending(), DataSize.ofBytes(0));
    }

    private void read(ConveyorProperties.Read read) {
        wait("timeout", read.getTimeout());
        atLeast("maxWindow", read.getMaxWindow(), DataSize.ofBytes(0));
    }

    private void retry(ConveyorProperties.Retry retry) {
        count("attempts", retry.getAttempts(), 1, 100);
        duration("budget", retry.getBudget(), Duration.ZERO, ConveyorOptions.LONGEST);
        duration("baseDelay", retry.getBaseDelay(), Duration.ZERO, ConveyorOptions.LONGEST);
        duration("maxDelay", retry.getMaxDelay(), Duration.ZERO, ConveyorOptions.LONGEST);
    }

    private void wait(String field, Duration value) {
        duration(field, value, LEAST, ConveyorOptions.LONGEST);
    }

    private void text(String field, String value) {
        if (value.isBlank()) {
            reject(field, "must not be blank");
        }
    }

    private void duration(String field, Duration value, Duration least, Duration most) {
        if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
            reject(field, "must be from " + simple(least) + " to " + simple(most));
        }
    }

    private void atLeast(String field, @Nullable DataSize value, DataSize least) {
        if (value != null && value.compareTo(least) < 0) {
            reject(field, "must be at least " + least);
        }
    }

    private void count(String field, int value, int least, int most) {
        if (value < least || value > most) {
            reject(field, "must be from " + least + " to " + most);
        }
    }

    private void reject(String field, String reason) {
        errors.rejectValue(field, "bound", reason);
    }

    private static String simple(Duration value) {
        if (value.equals(LEAST)) {
            return "1ns";
        }
        boolean days = value.compareTo(Duration.ofDays(1)) >= 0;
        return DurationStyle.SIMPLE.print(value, days ? ChronoUnit.DAYS : ChronoUnit.SECONDS);
    }
}
