package io.conveyor.spring.metrics;

import io.micrometer.common.docs.KeyName;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;
import io.micrometer.observation.docs.ObservationDocumentation;

/** The observation that Conveyor makes. */
public enum ConveyorCallObservation implements ObservationDocumentation {

    /** One call to a backend, on the thread that makes it; as a timer it is the meter of that name. */
    BACKEND_CALL {
        @Override
        public Class<? extends ObservationConvention<? extends Observation.Context>> getDefaultConvention() {
            return DefaultConveyorCallConvention.class;
        }

        @Override
        public KeyName[] getLowCardinalityKeyNames() {
            return Keys.values();
        }
    };

    /** Keys with a few values each; none names an object. */
    public enum Keys implements KeyName {

        /** The kind of store: {@code posix}, {@code s3}, {@code hdfs}... */
        BACKEND {
            @Override
            public String asString() {
                return "backend";
            }
        },

        /** The call, as the SPI names it. */
        OPERATION {
            @Override
            public String asString() {
                return "operation";
            }
        },

        /** SUCCESS, or the kind of the failure. */
        OUTCOME {
            @Override
            public String asString() {
                return "outcome";
            }
        },

        /** The name of the store. */
        STORE {
            @Override
            public String asString() {
                return "store";
            }
        }
    }
}
