package io.conveyor.spring.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.conveyor.ConveyorFactory;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import io.conveyor.core.ConveyorListener;
import io.conveyor.spi.StorageBackend;
import io.conveyor.spring.ConveyorBackendDecorator;
import io.conveyor.spring.autoconfigure.ConveyorAutoConfiguration;
import io.conveyor.testkit.Bytes;
import io.conveyor.testkit.FaultInjectingBackend;
import io.conveyor.testkit.FaultPlan;
import io.conveyor.testkit.MemoryBackend;
import io.conveyor.testkit.StorageOperation;
import io.micrometer.context.ContextRegistry;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.distribution.DistributionStatisticConfig;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistryAssert;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.simple.SimpleMetricsExportAutoConfiguration;
import org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

@Timeout(60)
class CallObservationsTest {

    private final FaultPlan plan = FaultPlan.create();
    private final TestObservationRegistry observations = TestObservationRegistry.create();

    private final ApplicationContextRunner plain = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    ConveyorAutoConfiguration.class,
                    ConveyorMetricsAutoConfiguration.class,
                    ConveyorObservationAutoConfiguration.class,
                    MetricsAutoConfiguration.class,
                    CompositeMeterRegistryAutoConfiguration.class,
                    SimpleMetricsExportAutoConfiguration.class))
            .withPropertyValues("conveyor.retry.attempts=1")
            .withBean(StorageBackend.class, () -> FaultInjectingBackend.over(MemoryBackend.create(), plan));

    private final ApplicationContextRunner runner = plain.withBean(ObservationRegistry.class, () -> observations);

    @Test
    void everyCallIsObservedFromBeginningToEnd() {
        runner.run(context -> {
            context.getBean(ConveyorFactory.class).write("key", out -> out.write(Bytes.buffer("content")));

            TestObservationRegistryAssert.assertThat(observations)
                    .hasAnObservation(observation -> observation
                            .hasNameEqualTo("conveyor.backend.calls")
                            .hasContextualNameEqualTo("conveyor pwrite")
                            .hasLowCardinalityKeyValue("backend", "memory")
                            .hasLowCardinalityKeyValue("operation", "pwrite")
                            .hasLowCardinalityKeyValue("outcome", "SUCCESS")
                            .hasLowCardinalityKeyValue("store", "default"))
                    .hasObservationWithNameEqualTo("conveyor.backend.calls")
                    .that()
                    .hasBeenStarted()
                    .hasBeenStopped();
        });
    }

    @Test
    void aFailureIsItsOutcomeAndItsError() {
        plan.on(StorageOperation.ATTRIBUTES).always().failWith(Kind.THROTTLED, Retry.NEVER);

        runner.run(context -> {
            assertThat(catchThrowable(
                            () -> context.getBean(ConveyorFactory.class).exists("key")))
                    .isNotNull();

            TestObservationRegistryAssert.assertThat(observations)
                    .hasAnObservation(observation -> observation
                            .hasLowCardinalityKeyValue("operation", "attributes")
                            .hasLowCardinalityKeyValue("outcome", "THROTTLED")
                            .hasError());
        });
    }

    @Test
    void aConventionOfTheApplicationNamesThem() {
        runner.withBean(ConveyorCallConvention.class, Renamed::new).run(context -> {
            context.getBean(ConveyorFactory.class).exists("key");

            TestObservationRegistryAssert.assertThat(observations)
                    .hasAnObservation(observation -> observation.hasNameEqualTo("storage.calls"));
        });
    }

    private static final class Renamed extends DefaultConveyorCallConvention {

        @Override
        public String getName() {
            return "storage.calls";
        }
    }

    @Test
    void observationsBecomeTheMeterThatTimersWouldBeAndOnlyOne() {
        plain.withConfiguration(AutoConfigurations.of(ObservationAutoConfiguration.class))
                .run(context -> {
                    context.getBean(ConveyorFactory.class).exists("key");

                    assertThat(context.getBean(MeterRegistry.class)
                                    .find("conveyor.backend.calls")
                                    .tag("operation", "attributes")
                                    .timers())
                            .singleElement()
                            .satisfies(timer -> assertThat(timer.count()).isEqualTo(1));
                });
    }

    @Test
    void aRegistryThatDoesNothingIsNotAskedAndCallsAreTimed() {
        plain.withBean(ObservationRegistry.class, () -> ObservationRegistry.NOOP)
                .run(context -> {
                    context.getBean(ConveyorFactory.class).exists("key");

                    assertThat(context.getBean(MeterRegistry.class)
                                    .get("conveyor.backend.calls")
                                    .tag("operation", "attributes")
                                    .tag("outcome", "NOT_FOUND")
                                    .timer()
                                    .count())
                            .isEqualTo(1);
                });
    }

    @Test
    void aRegistryThatDoesNothingCostsNothing() {
        MemoryBackend plain = MemoryBackend.create();
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        ConveyorAutoConfiguration.class,
                        ConveyorMetricsAutoConfiguration.class,
                        ConveyorObservationAutoConfiguration.class))
                .withBean(StorageBackend.class, MemoryBackend::create)
                .withBean(ObservationRegistry.class, () -> ObservationRegistry.NOOP)
                .run(context -> {
                    StorageBackend decorated = plain;
                    List<ConveyorBackendDecorator> decorators = context.getBeanProvider(ConveyorBackendDecorator.class)
                            .orderedStream()
                            .toList();
                    assertThat(decorators).as("of observations").hasSize(1);
                    for (ConveyorBackendDecorator decorator : decorators) {
                        decorated = decorator.decorate(decorated, "default");
                    }

                    long unobserved = bytesOfManyCalls(plain);
                    assertThat(bytesOfManyCalls(decorated))
                            .as("less than a byte more for each call")
                            .isLessThan(unobserved + CALLS);
                    assertThat(context.getBean(ConveyorListener.class))
                            .as("no context is captured for each piece of work")
                            .isSameAs(ConveyorListener.NONE);
                });
    }

    private static final int CALLS = 100_000;

    /** What this thread allocates for so many calls, after as many to warm up. */
    private static long bytesOfManyCalls(StorageBackend backend) throws IOException {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = 0;
        for (int call = 0; call < 2 * CALLS; call++) {
            if (call == CALLS) {
                before = threads.getCurrentThreadAllocatedBytes();
            }
            backend.ping();
        }
        return threads.getCurrentThreadAllocatedBytes() - before;
    }

    @Test
    void observationsCanBeSwitchedOffAndCallsAreTimed() {
        runner.withPropertyValues("conveyor.observations.enabled=false").run(context -> {
            context.getBean(ConveyorFactory.class).exists("key");

            TestObservationRegistryAssert.assertThat(observations).doesNotHaveAnyObservation();
            assertThat(context.getBean(MeterRegistry.class)
                            .get("conveyor.backend.calls")
                            .tag("operation", "attributes")
                            .tag("outcome", "NOT_FOUND")
                            .timer()
                            .count())
                    .isEqualTo(1);
        });
    }

    @Test
    void percentileHistogramsAreThereOnRequest() {
        Queue<Boolean> histograms = new ConcurrentLinkedQueue<>();
        MeterFilter last = new MeterFilter() {
            @Override
            public DistributionStatisticConfig configure(Meter.Id id, DistributionStatisticConfig config) {
                if (id.getName().equals("conveyor.backend.calls")) {
                    histograms.add(config.isPercentileHistogram());
                }
                return config;
            }
        };

        plain.withPropertyValues("management.metrics.distribution.percentiles-histogram.conveyor.backend.calls=true")
                .withBean(MeterFilter.class, () -> last)
                .run(context -> assertThat(histograms).isNotEmpty().containsOnly(true));
    }

    @Test
    void whatHangsOnTheThreadOfTheCallerIsThereOnTheWorkerAndGoneAfterwards() {
        ThreadLocal<String> trace = new ThreadLocal<>();
        ContextRegistry.getInstance().registerThreadLocalAccessor("conveyor.test", trace);
        Queue<String> seen = new ConcurrentLinkedQueue<>();
        plan.on(StorageOperation.PWRITE).always().run(() -> seen.add(Thread.currentThread() + " " + trace.get()));
        String caller = Thread.currentThread().toString();
        try {
            runner.run(context -> {
                trace.set("trace-1");
                context.getBean(ConveyorFactory.class).write("key", out -> out.write(Bytes.buffer("content")));
                trace.set("trace-2");
                context.getBean(ConveyorFactory.class).write("key", out -> out.write(Bytes.buffer("content")));
                trace.remove();
                context.getBean(ConveyorFactory.class).write("key", out -> out.write(Bytes.buffer("content")));

                assertThat(seen)
                        .hasSize(3)
                        .noneMatch(line -> line.startsWith(caller))
                        .satisfiesExactly(
                                line -> assertThat(line).endsWith("trace-1"),
                                line -> assertThat(line).endsWith("trace-2"),
                                line -> assertThat(line).endsWith("null"));
            });
        } finally {
            ContextRegistry.getInstance().removeThreadLocalAccessor("conveyor.test");
        }
    }
}
