package io.conveyor.core.worker;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.conveyor.spi.TimeSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches storage calls that workers make, and says when one has taken too long. It looks at most sixteen times within a deadline, so that watching a
 * call costs two short locks and no timer of its own. Any thread may call it.
 */
public final class CallWatch {

    private static final int LOOKS = 16;

    /** A storage call under way. */
    public static final class Call {
        private final long deadline;
        private final long pause;
        private final Runnable onExpiry;
        private boolean ended;
        private boolean expired;
        private boolean replaced;

        private Call(long deadline, long pause, Runnable onExpiry) {
            this.deadline = deadline;
            this.pause = pause;
            this.onExpiry = onExpiry;
        }
    }

    private static final Logger LOG = LoggerFactory.getLogger(CallWatch.class);

    /** A look that has failed, for want of memory, say, is made again after so long. */
    private static final long AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private final Timer timer;
    private final TimeSource time;
    private final WorkerGroup workers;
    private final ReentrantLock lock = new WatchedLock();

    @GuardedBy("lock")
    private final Set<Call> calls = new LinkedHashSet<>();

    /** When the next look is due; {@link Long#MAX_VALUE} if none is scheduled. */
    @GuardedBy("lock")
    private long nextLook = Long.MAX_VALUE;

    /** A watch that looks by {@code timer} and has the stuck workers of {@code workers} replaced. */
    public CallWatch(Timer timer, TimeSource time, WorkerGroup workers) {
        this.timer = timer;
        this.time = time;
        this.workers = workers;
    }

    /** A call begins; {@code onExpiry} runs once if it has not ended after {@code timeoutNanos}. */
    public Call begin(long timeoutNanos, Runnable onExpiry) {
        long now = time.nanoTime();
        long pause = Math.max(1, timeoutNanos / LOOKS);
        Call call = new Call(now + timeoutNanos, pause, onExpiry);
        boolean sooner;
        lock.lock();
        try {
            calls.add(call);
            sooner = nextLook == Long.MAX_VALUE || nextLook - now > pause;
            if (sooner) {
                nextLook = now + pause;
            }
        } finally {
            lock.unlock();
        }
        if (sooner) {
            lookLater(pause);
        }
        return call;
    }

    /** A call that is not looked at in time, because there is no memory for that, is made nevertheless; the next one asks for a look again. */
    private void lookLater(long pause) {
        try {
            timer.schedule(this::look, pause);
        } catch (OutOfMemoryError noMemory) {
            lock.lock();
            try {
                nextLook = Long.MAX_VALUE;
            } finally {
                lock.unlock();
            }
            Remarks.error(LOG, "Storage calls are not watched before the next one", null, noMemory);
        }
    }

    /** The call has ended. */
    public void end(Call call) {
        boolean giveBack;
        lock.lock();
        try {
            calls.remove(call);
            call.ended = true;
            giveBack = call.replaced;
            call.replaced = false;
        } finally {
            lock.unlock();
        }
        if (giveBack) {
            workers.stuckReturned();
        }
    }

    private void look() {
        try {
            lookNow();
        } catch (Throwable fault) {
            // the look that is due has not been made
            lookLater(AGAIN_NANOS);
            Remarks.error(LOG, "Storage calls are looked at again, in {} ns", AGAIN_NANOS, fault);
        }
    }

    private void lookNow() {
        List<Call> late = new ArrayList<>();
        long pause = Long.MAX_VALUE;
        lock.lock();
        try {
            long now = time.nanoTime();
            if (nextLook == Long.MAX_VALUE || now - nextLook < 0) {
                // an earlier look took this one's place
                return;
            }
            for (Call call : calls) {
                if (call.expired) {
                    continue;
                }
                if (now - call.deadline >= 0) {
                    late.add(call);
                } else {
                    pause = Math.min(pause, call.pause);
                }
            }
            // only now: none of them is to be forgotten if the list could not be made
            for (int i = 0; i < late.size(); i++) {
                late.get(i).expired = true;
            }
            nextLook = pause == Long.MAX_VALUE ? Long.MAX_VALUE : now + pause;
        } finally {
            lock.unlock();
        }
        if (pause != Long.MAX_VALUE) {
            lookLater(pause);
        }
        for (Call call : late) {
            giveUp(call);
        }
    }

    private void giveUp(Call call) {
        boolean replaced = workers.replaceStuck();
        boolean tooLate;
        lock.lock();
        try {
            tooLate = call.ended;
            call.replaced = replaced && !tooLate;
        } finally {
            lock.unlock();
        }
        if (replaced && tooLate) {
            workers.stuckReturned();
        }
        try {
            call.onExpiry.run();
        } catch (Throwable fault) {
            Remarks.error(LOG, "Giving up a storage call ({}) failed", call.onExpiry, fault);
        }
    }
}
