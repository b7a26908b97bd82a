package io.conveyor.spring.metrics;

import java.io.IOException;

/** Measures calls to one backend. Any thread. */
interface BackendCalls {

    /** Makes the call, and records how long it took and how it ended. */
    <T> T time(Operation operation, Call<T> call) throws IOException;

    /** As {@link #time}, for a call that answers nothing. */
    default void run(Operation operation, Action action) throws IOException {
        time(operation, () -> {
            action.take();
            return Boolean.TRUE;
        });
    }

    /** A call to a backend. */
    @FunctionalInterface
    interface Call<T> {

        T make() throws IOException;
    }

    /** A call to a backend that answers nothing. */
    @FunctionalInterface
    interface Action {

        void take() throws IOException;
    }
}
