package io.conveyor.spring.autoconfigure;

import io.conveyor.Conveyor;
import io.conveyor.WriteBehindException;
import io.conveyor.core.ConveyorListener;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Tells several listeners, in order. The first one's context lies outermost. Any thread. */
final class ListenerChain implements ConveyorListener {

    private final List<ConveyorListener> listeners;

    private ListenerChain(List<ConveyorListener> listeners) {
        this.listeners = listeners;
    }

    /** One for all; for none that of the engine, which costs nothing. */
    static ConveyorListener of(List<ConveyorListener> listeners) {
        List<ConveyorListener> those = new ArrayList<>(listeners);
        those.removeIf(listener -> listener == ConveyorListener.NONE);
        return switch (those.size()) {
            case 0 -> ConveyorListener.NONE;
            case 1 -> those.get(0);
            default -> new ListenerChain(those);
        };
    }

    @Override
    public void opened(Conveyor conveyor) {
        tell(listener -> listener.opened(conveyor));
    }

    @Override
    public void stalled(Conveyor conveyor, long nanos) {
        tell(listener -> listener.stalled(conveyor, nanos));
    }

    @Override
    public void failed(Conveyor conveyor, WriteBehindException failure) {
        tell(listener -> listener.failed(conveyor, failure));
    }

    @Override
    public void cleared(Conveyor conveyor) {
        tell(listener -> listener.cleared(conveyor));
    }

    @Override
    public void closed(Conveyor conveyor) {
        tell(listener -> listener.closed(conveyor));
    }

    @Override
    public WorkContext capture() {
        WorkContext all = WorkContext.NONE;
        for (int last = listeners.size() - 1; last >= 0; last--) {
            WorkContext outer = listeners.get(last).capture();
            WorkContext inner = all;
            if (outer != WorkContext.NONE) {
                all = inner == WorkContext.NONE ? outer : work -> outer.run(() -> inner.run(work));
            }
        }
        return all;
    }

    /** One that throws does not keep the others from hearing. */
    private void tell(Consumer<ConveyorListener> message) {
        RuntimeException fault = null;
        for (ConveyorListener listener : listeners) {
            try {
                message.accept(listener);
            } catch (RuntimeException each) {
                fault = each;
            }
        }
        if (fault != null) {
            throw fault;
        }
    }
}
