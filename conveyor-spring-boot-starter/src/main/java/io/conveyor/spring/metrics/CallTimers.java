package io.conveyor.spring.metrics;

import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * The timers of one backend's calls. Those of successful calls are looked up once, so that timing a call costs two readings of the clock and
 * one recording. Any thread may use it.
 */
final class CallTimers implements BackendCalls {

    /** The name of all timers. */
    static final String NAME = "conveyor.backend.calls";

    private final MeterRegistry registry;
    private final Clock clock;
    private final Tags tags;
    private final Map<Operation, Timer> successes = new EnumMap<>(Operation.class);

    CallTimers(MeterRegistry registry, Tags tags) {
        this.registry = registry;
        this.clock = registry.config().clock();
        this.tags = tags;
        for (Operation operation : Operation.values()) {
            successes.put(operation, timer(operation, Outcome.SUCCESS));
        }
    }

    private Timer timer(Operation operation, String outcome) {
        return Timer.builder(NAME)
                .description("Calls to the backend")
                .tags(tags)
                .tag("operation", operation.tag())
                .tag("outcome", outcome)
                .register(registry);
    }

    @Override
    public <T> T time(Operation operation, Call<T> call) throws IOException {
        long start = clock.monotonicTime();
        T answer;
        try {
            answer = call.make();
        } catch (IOException | RuntimeException | Error failure) {
            record(timer(operation, Outcome.of(failure)), start);
            throw failure;
        }
        record(success(operation), start);
        return answer;
    }

    private Timer success(Operation operation) {
        return Objects.requireNonNull(successes.get(operation));
    }

    private void record(Timer timer, long start) {
        timer.record(clock.monotonicTime() - start, TimeUnit.NANOSECONDS);
    }
}
