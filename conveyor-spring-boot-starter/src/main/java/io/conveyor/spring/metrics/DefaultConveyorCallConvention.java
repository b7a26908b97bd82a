package io.conveyor.spring.metrics;

import io.micrometer.common.KeyValues;

/** Names calls to backends as {@link ConveyorCallObservation} documents. */
public class DefaultConveyorCallConvention implements ConveyorCallConvention {

    /** The convention. */
    public DefaultConveyorCallConvention() {}

    @Override
    public String getName() {
        return CallTimers.NAME;
    }

    @Override
    public String getContextualName(ConveyorCallContext context) {
        return "conveyor " + context.operation();
    }

    @Override
    public KeyValues getLowCardinalityKeyValues(ConveyorCallContext context) {
        return KeyValues.of(
                ConveyorCallObservation.Keys.BACKEND.withValue(context.backend()),
                ConveyorCallObservation.Keys.OPERATION.withValue(context.operation()),
                ConveyorCallObservation.Keys.OUTCOME.withValue(context.outcome()),
                ConveyorCallObservation.Keys.STORE.withValue(context.store()));
    }
}
