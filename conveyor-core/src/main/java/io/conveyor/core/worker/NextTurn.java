package io.conveyor.core.worker;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/**
 * Where a worker that has ended its turn looks for the next one, before it goes to sleep: who has one by then need not wake anybody, which costs a writer as
 * much as copying 64 KiB. One worker at a time looks; the others sleep at once. Any thread may call it.
 *
 * <pre>
 *   NOBODY --- await ---&gt; SOMEBODY --- give ---&gt; GIVEN
 *     ^                      | looked in vain       | seen
 *     +----------------------+----------------------+
 * </pre>
 */
final class NextTurn {

    private static final int NOBODY = 0;
    private static final int SOMEBODY = 1;
    private static final int GIVEN = 2;

    private final AtomicInteger state = new AtomicInteger(NOBODY);

    /** Made once: a worker that looks must not fail for want of memory, because what is given to it then nobody would take. */
    @SuppressWarnings("UnnecessaryLambda")
    private final BooleanSupplier given = () -> state.get() == GIVEN;

    /** Whether a worker looks at this moment. */
    boolean isAwaited() {
        return state.get() == SOMEBODY;
    }

    /** Whether a worker looks that takes a turn now; it is the giver's no more. */
    boolean give() {
        return isAwaited() && state.compareAndSet(SOMEBODY, GIVEN);
    }

    /** Looks for a moment; whether a turn was given, which is to be taken now. */
    boolean await() {
        if (!state.compareAndSet(NOBODY, SOMEBODY)) {
            return false;
        }
        if (!Looks.until(given) && state.compareAndSet(SOMEBODY, NOBODY)) {
            return false;
        }
        state.set(NOBODY);
        return true;
    }
}
