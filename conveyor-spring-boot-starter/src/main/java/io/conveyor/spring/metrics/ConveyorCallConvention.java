package io.conveyor.spring.metrics;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;

/** How calls to backends are named. A bean of this type replaces {@link DefaultConveyorCallConvention}. */
public interface ConveyorCallConvention extends ObservationConvention<ConveyorCallContext> {

    @Override
    default boolean supportsContext(Observation.Context context) {
        return context instanceof ConveyorCallContext;
    }
}
