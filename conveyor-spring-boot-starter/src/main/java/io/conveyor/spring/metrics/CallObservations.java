package io.conveyor.spring.metrics;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import java.io.IOException;

/** Observes the calls of one backend. Used only with a registry that does something. */
final class CallObservations implements BackendCalls {

    private static final ConveyorCallConvention DEFAULT = new DefaultConveyorCallConvention();

    private final ObservationRegistry registry;
    private final ConveyorCallConvention convention;
    private final String backend;
    private final String store;

    CallObservations(ObservationRegistry registry, ConveyorCallConvention convention, String backend, String store) {
        this.registry = registry;
        this.convention = convention;
        this.backend = backend;
        this.store = store;
    }

    @Override
    @SuppressWarnings("try") // the scope does its work by being open
    public <T> T time(Operation operation, Call<T> call) throws IOException {
        ConveyorCallContext context = new ConveyorCallContext(backend, store, operation.tag());
        Observation observation = ConveyorCallObservation.BACKEND_CALL
                .observation(convention, DEFAULT, () -> context, registry)
                .start();
        try (Observation.Scope scope = observation.openScope()) {
            T answer = call.make();
            context.endedAs(Outcome.SUCCESS);
            return answer;
        } catch (IOException | RuntimeException | Error failure) {
            context.endedAs(Outcome.of(failure));
            observation.error(failure);
            throw failure;
        } finally {
            observation.stop();
        }
    }
}
