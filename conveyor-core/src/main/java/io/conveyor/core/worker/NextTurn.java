package io.conveyor.core.worker;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Where a worker that has ended its turn looks for the next one, before it goes to sleep: who has one by then need not wake anybody, which costs a writer as
 * much as copying 64 KiB. One worker at a time looks; the others sleep at once. Any thread may call it.
 *
 * <pre>
 *            await             give
 *   nobody --------&gt; SOMEBODY --------&gt; QUEUED: look into the queues
 *     ^                 |  | reserve
 *     |  looked in vain |  +--------&gt; RESERVED ---- hand ----&gt; the turn itself
 *     +-----------------+
 * </pre>
 *
 * <p>Whoever reserves the worker has it for himself, whatever others ask for meanwhile, and owes it a turn.
 */
final class NextTurn {

    /** Who is reserved looks for so long before he sleeps now and then: who has reserved him may have lost his processor. */
    private static final int PATIENCE = 10_000;

    private static final long NAP_NANOS = 50_000;

    /** In place of a turn: one is in the queues. */
    static final Runnable QUEUED = new Mark();

    private static final Runnable SOMEBODY = new Mark();
    private static final Runnable RESERVED = new Mark();

    /** Null if nobody looks. */
    private final AtomicReference<@Nullable Runnable> state = new AtomicReference<>();

    /** Made once: a worker that looks must not fail for want of memory, because what is given to it then nobody would take. */
    @SuppressWarnings("UnnecessaryLambda")
    private final BooleanSupplier given = () -> state.get() != SOMEBODY;

    /** A state, which is compared and never run. */
    private static final class Mark implements Runnable {
        @Override
        public void run() {
            throw new AssertionError("no turn");
        }
    }

    /** Whether a worker looks at this moment. */
    boolean isAwaited() {
        return state.get() == SOMEBODY;
    }

    /** Whether a worker looks that takes a turn out of the queues now; it is the giver's no more. */
    boolean give() {
        return isAwaited() && state.compareAndSet(SOMEBODY, QUEUED);
    }

    /** Whether a worker looks that waits from now on for what it is {@linkplain #hand handed}. */
    boolean reserve() {
        return isAwaited() && state.compareAndSet(SOMEBODY, RESERVED);
    }

    /** Hands a turn to the worker that was reserved. */
    void hand(Runnable turn) {
        state.set(turn);
    }

    /** Looks for a moment; a turn, {@link #QUEUED}, or null if there was none. */
    @Nullable
    Runnable await() {
        if (!state.compareAndSet(null, SOMEBODY)) {
            return null;
        }
        if (!Looks.until(given) && state.compareAndSet(SOMEBODY, null)) {
            return null;
        }
        for (int look = 0; state.get() == RESERVED; look++) {
            if (look < PATIENCE) {
                Thread.onSpinWait();
            } else {
                LockSupport.parkNanos(NAP_NANOS);
            }
        }
        return Objects.requireNonNull(state.getAndSet(null));
    }
}
