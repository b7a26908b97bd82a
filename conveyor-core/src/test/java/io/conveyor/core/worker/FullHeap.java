package io.conveyor.core.worker;

import io.conveyor.spi.TimeSource;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.Condition;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Time of which to ask fails once for want of memory, where a test says so, as any small object might that is made just there. Any thread may call it. */
public final class FullHeap implements TimeSource {

    private final TimeSource time;
    private final AtomicReference<@Nullable String> place = new AtomicReference<>();

    /** Time that fails nowhere yet. */
    public FullHeap(TimeSource time) {
        this.time = time;
    }

    /** Fails the next time that all of the methods in "Class.method Class.method" are under way. */
    public void onceIn(String calls) {
        place.set(calls);
    }

    /** Whether it has failed since. */
    public boolean hasFailed() {
        return place.get() == null;
    }

    @Override
    public long nanoTime() {
        fail();
        return time.nanoTime();
    }

    @Override
    @SuppressWarnings("WaitNotInLoop") // the loop is the caller's
    public void await(Condition condition, long deadline) throws InterruptedException {
        fail();
        time.await(condition, deadline);
    }

    private void fail() {
        String calls = place.get();
        if (calls != null
                && Stream.of(calls.split(" ")).allMatch(FullHeap::isUnderWay)
                && place.compareAndSet(calls, null)) {
            throw new OutOfMemoryError("Java heap space, for the test");
        }
    }

    private static boolean isUnderWay(String call) {
        Predicate<StackWalker.StackFrame> made =
                frame -> (frame.getClassName() + "." + frame.getMethodName()).endsWith("." + call);
        return StackWalker.getInstance().walk(frames -> frames.anyMatch(made));
    }
}
