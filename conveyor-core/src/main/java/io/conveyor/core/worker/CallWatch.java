package io.conveyor.core.worker;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.conveyor.spi.TimeSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Watches storage calls that workers make, and says when one has taken too long. It looks at most sixteen times within a deadline, so that watching a
 * call costs two short locks and no timer of its own. Any thread may call it.
 */
public final class CallWatch {

    private static final int LOOKS = 16;

    /** A storage call under way. */
    public static final class Call {
        private final long deadline;
        private final long looks;
        private final Runnable onExpiry;
        private boolean expired;

        private Call(long deadline, long looks, Runnable onExpiry) {
            this.deadline = deadline;
            this.looks = looks;
            this.onExpiry = onExpiry;
        }
    }

    private final Timer timer;
    private final TimeSource time;
    private final WorkerGroup workers;
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final Set<Call> calls = new LinkedHashSet<>();

    @GuardedBy("lock")
    private boolean looking;

    /** A watch that looks by {@code timer} and has the stuck workers of {@code workers} replaced. */
    public CallWatch(Timer timer, TimeSource time, WorkerGroup workers) {
        this.timer = timer;
        this.time = time;
        this.workers = workers;
    }

    /** A call begins; {@code onExpiry} runs once if it has not ended after {@code timeoutNanos}. */
    public Call begin(long timeoutNanos, Runnable onExpiry) {
        long pause = Math.max(1, timeoutNanos / LOOKS);
        Call call = new Call(time.nanoTime() + timeoutNanos, pause, onExpiry);
        boolean first;
        lock.lock();
        try {
            calls.add(call);
            first = !looking;
            looking = true;
        } finally {
            lock.unlock();
        }
        if (first) {
            timer.schedule(this::look, pause);
        }
        return call;
    }

    /** The call has ended. */
    public void end(Call call) {
        boolean wasStuck;
        lock.lock();
        try {
            calls.remove(call);
            wasStuck = call.expired;
        } finally {
            lock.unlock();
        }
        if (wasStuck) {
            workers.stuckReturned();
        }
    }

    private void look() {
        List<Call> late = new ArrayList<>();
        long pause = Long.MAX_VALUE;
        lock.lock();
        try {
            long now = time.nanoTime();
            for (Call call : calls) {
                if (!call.expired) {
                    if (now - call.deadline >= 0) {
                        call.expired = true;
                        late.add(call);
                    } else {
                        pause = Math.min(pause, call.looks);
                    }
                }
            }
            looking = pause != Long.MAX_VALUE;
        } finally {
            lock.unlock();
        }
        if (pause != Long.MAX_VALUE) {
            timer.schedule(this::look, pause);
        }
        for (Call call : late) {
            workers.replaceStuck();
            call.onExpiry.run();
        }
    }
}
