package io.conveyor.core.worker;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs turns, a bounded number at a time, on an executor. Any thread may call it. What a turn throws is logged: turns handle their own failures. A turn that
 * no worker can be had for stays asked for: the timer tries again until there is one, and if the timer has no thread either, {@linkplain Timer whoever waits or
 * comes by} gets it one.
 */
public final class WorkerGroup {

    /** Who goes first. */
    public enum Priority {
        /** An application waits for it. */
        URGENT,
        /** Write-behind. */
        ORDINARY,
        /** Nobody waits for it yet. */
        PREFETCH
    }

    /** Every so many picks an ordinary turn goes before the urgent ones, so that readers in a hurry do not keep writes from storage for ever. */
    private static final int ORDINARY_SHARE = 4;

    /** Where no thread can be had, one is soon given back, or not for long. */
    private static final long AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private static final Logger LOG = LoggerFactory.getLogger(WorkerGroup.class);

    private final Executor executor;
    private final ThreadFactory rescue;
    private final boolean ownThreads;
    private final int workers;
    private final int prefetchers;
    private final Timer timer;
    private final Runnable worker = this::runTurns;
    private final Runnable startWaiting = this::startWaiting;
    private final NextTurn next = new NextTurn();
    private final ReentrantLock lock = new WatchedLock();

    @GuardedBy("lock")
    private final TurnQueue urgent = new TurnQueue();

    @GuardedBy("lock")
    private final TurnQueue ordinary = new TurnQueue();

    @GuardedBy("lock")
    private final TurnQueue prefetch = new TurnQueue();

    @GuardedBy("lock")
    private int picks;

    @GuardedBy("lock")
    private int running;

    /** Of those that run, how many have been handed to the executor, or to the worker that looks for a turn, and have not yet taken one from a queue. */
    @GuardedBy("lock")
    private int starting;

    @GuardedBy("lock")
    private int prefetching;

    @GuardedBy("lock")
    private int replaced;

    /** Whether {@link #startWaiting} is scheduled. */
    @GuardedBy("lock")
    private boolean scheduled;

    /** Whether no worker could be had, which was said, and none has begun since. */
    @GuardedBy("lock")
    private boolean refused;

    /**
     * A group of {@code workers} workers that are threads of {@code executor}, which others may use as well.
     *
     * @param timer by which it tries again to have one of them
     * @param rescue where a thread comes from if the executor has none
     */
    public WorkerGroup(Executor executor, int workers, Timer timer, ThreadFactory rescue) {
        this(executor, false, workers, timer, rescue);
    }

    private WorkerGroup(Executor executor, boolean ownThreads, int workers, Timer timer, ThreadFactory rescue) {
        this.executor = executor;
        this.rescue = rescue;
        this.ownThreads = ownThreads;
        this.workers = workers;
        this.prefetchers = Math.max(1, workers / 2);
        this.timer = timer;
    }

    /** As {@link #WorkerGroup(Executor, int, Timer, ThreadFactory)}, where nobody else uses the threads. */
    public static WorkerGroup onOwnThreads(Executor executor, int workers, Timer timer, ThreadFactory rescue) {
        return new WorkerGroup(executor, true, workers, timer, rescue);
    }

    /** How many turns may run at a time. */
    public int workers() {
        return workers;
    }

    /** The most turns that one conveyor should have at a time: half of the workers. */
    public int fairShare() {
        return Math.max(1, workers / 2);
    }

    /** How many turns run now. */
    public int busy() {
        lock.lock();
        try {
            return running;
        } finally {
            lock.unlock();
        }
    }

    /** Whether a worker looks for a turn at this moment, so that one which is asked for would be taken at once; a guess, as soon as it is given. */
    public boolean isAwaited() {
        return next.isAwaited();
    }

    /** Asks for a turn. Returns at once, and does not fail where no thread can be had. */
    public void submit(Runnable turn, Priority priority) {
        lock.lock();
        try {
            queue(priority).add(turn);
            if (!mayStart(priority)) {
                return;
            }
            starting++;
            running++;
        } finally {
            lock.unlock();
        }
        if (!next.give()) {
            start();
        }
    }

    /**
     * Reserves the worker that {@linkplain #isAwaited looks for a turn}; false if none looks any more, or another turn comes first. Who has reserved it {@linkplain
     * #hand hands} it a turn at once, whatever happens.
     */
    public boolean reserve() {
        lock.lock();
        try {
            boolean free = startable() == 0 && isWorkerLeft() && next.reserve();
            if (free) {
                running++;
            }
            return free;
        } finally {
            lock.unlock();
        }
    }

    /** Hands a turn to the worker that the caller has reserved, which takes it and nothing else. */
    public void hand(Runnable turn) {
        next.hand(turn);
    }

    /** Has a worker start, which is counted already. */
    private void start() {
        try {
            dispatch();
        } catch (Throwable noThread) {
            startLater(noThread);
        }
    }

    /** No worker can be had: what waits in the queues is left to the next one, or to another try. */
    private void startLater(Throwable noThread) {
        boolean news;
        boolean schedules;
        lock.lock();
        try {
            starting--;
            running--;
            news = !refused;
            refused = true;
            schedules = !scheduled;
            scheduled = true;
        } finally {
            lock.unlock();
        }
        if (schedules) {
            schedule();
        }
        if (news) {
            Remarks.warn(
                    LOG,
                    "None of {} workers can be had now; that is tried again until there is one",
                    workers,
                    noThread);
        }
    }

    private void schedule() {
        try {
            timer.schedule(startWaiting, AGAIN_NANOS);
        } catch (OutOfMemoryError noMemory) {
            lock.lock();
            try {
                scheduled = false;
            } finally {
                lock.unlock();
            }
            Remarks.error(LOG, "No memory to try again for one of {} workers; the next turn does", workers, noMemory);
        }
    }

    private void startWaiting() {
        int starts = 0;
        lock.lock();
        try {
            scheduled = false;
            while (countsForAnother()) {
                starts++;
            }
        } finally {
            lock.unlock();
        }
        for (int i = 0; i < starts; i++) {
            start();
        }
    }

    /**
     * Asks for a turn as the last thing that a turn does: the worker that runs now takes it, or what is more urgent, without waking another one for it.
     * Only to be called by a turn.
     */
    public void submitNext(Runnable turn, Priority priority) {
        lock.lock();
        try {
            queue(priority).add(turn);
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private TurnQueue queue(Priority priority) {
        return switch (priority) {
            case URGENT -> urgent;
            case ORDINARY -> ordinary;
            case PREFETCH -> prefetch;
        };
    }

    @GuardedBy("lock")
    private boolean mayStart(Priority priority) {
        return isWorkerLeft() && (priority != Priority.PREFETCH || prefetching < prefetchers);
    }

    @GuardedBy("lock")
    private boolean isWorkerLeft() {
        return running < workers + replaced;
    }

    /** Whether there is a turn for one more worker, which is counted then. */
    @GuardedBy("lock")
    private boolean countsForAnother() {
        boolean more = isWorkerLeft() && startable() > starting;
        if (more) {
            starting++;
            running++;
        }
        return more;
    }

    /** How many of the turns asked for might be taken now. */
    @GuardedBy("lock")
    private int startable() {
        return urgent.size() + ordinary.size() + (prefetching < prefetchers ? prefetch.size() : 0);
    }

    private void dispatch() {
        try {
            executor.execute(worker);
        } catch (RejectedExecutionException | OutOfMemoryError refused) {
            // The executor was shut down under us, or cannot start a thread. Accepted bytes must still reach storage.
            Thread thread = rescue.newThread(worker);
            thread.setName("conveyor-rescue");
            thread.setDaemon(true);
            thread.start();
        }
    }

    /** On threads of our own one turn after the other, as long as there are any, or soon will be; on an executor that is shared others come between. */
    private void runTurns() {
        boolean more = runOne();
        while (more && !ownThreads) {
            more = !isHandedOn() && runOne();
        }
        while (ownThreads) {
            Runnable turn = more ? NextTurn.QUEUED : next.await();
            if (turn == null) {
                return;
            }
            more = turn == NextTurn.QUEUED ? runOne() : run(turn, false);
        }
    }

    /** Whether the next turn is left to another worker; if none can be had, this one goes on. */
    private boolean isHandedOn() {
        try {
            dispatch();
            return true;
        } catch (Throwable noThread) {
            Remarks.warn(LOG, "None of {} workers can be had for the next turn but this one", workers, noThread);
            return false;
        }
    }

    /** Answers whether there is another turn for this worker. */
    private boolean runOne() {
        boolean ahead = false;
        Runnable turn;
        lock.lock();
        try {
            starting--;
            refused = false;
            picks++;
            turn = picks % ORDINARY_SHARE == 0 ? ordinary.poll() : null;
            if (turn == null) {
                turn = urgent.poll();
            }
            if (turn == null) {
                turn = ordinary.poll();
            }
            if (turn == null && prefetching < prefetchers) {
                turn = prefetch.poll();
                ahead = turn != null;
            }
            if (ahead) {
                prefetching++;
            }
        } finally {
            lock.unlock();
        }
        return run(turn, ahead);
    }

    /** Answers whether there is another turn for this worker. */
    private boolean run(@Nullable Runnable turn, boolean ahead) {
        boolean more = false;
        try {
            run(turn);
        } finally {
            more = finished(ahead);
        }
        return more;
    }

    private static void run(@Nullable Runnable turn) {
        if (turn == null) {
            return;
        }
        // A stray interrupt must not reach storage calls: it would close a file channel under everybody.
        boolean stray = Thread.interrupted();
        try {
            turn.run();
        } catch (Throwable failure) {
            Remarks.error(LOG, "A turn ({}) failed in a way it should have handled", turn, failure);
        }
        if (stray) {
            Thread.currentThread().interrupt();
        }
    }

    /** A worker has ended a turn; answers whether it is to go on with another one, for which it is counted already. */
    private boolean finished(boolean ahead) {
        lock.lock();
        try {
            if (ahead) {
                prefetching--;
            }
            running--;
            return countsForAnother();
        } finally {
            lock.unlock();
        }
    }

    /** A worker is stuck in a call: lets another one take its place; false if that was done too often. */
    public boolean replaceStuck() {
        boolean more;
        lock.lock();
        try {
            if (replaced >= workers) {
                return false;
            }
            replaced++;
            more = countsForAnother();
        } finally {
            lock.unlock();
        }
        if (more) {
            start();
        }
        return true;
    }

    /** A worker that had been replaced is back. */
    public void stuckReturned() {
        lock.lock();
        try {
            if (replaced > 0) {
                replaced--;
            }
        } finally {
            lock.unlock();
        }
    }
}
