package io.conveyor.backend.hdfs;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Waits for what the namenode does in the background and tells nobody about: asks again and again, up to a bound. */
final class Patience {

    /** Block recovery is started by a datanode's heartbeat, so it takes between milliseconds and seconds. */
    private static final long FIRST_PAUSE_MILLIS = 5;

    private static final long LONGEST_PAUSE_MILLIS = 500;

    private Patience() {}

    /**
     * Asks until the answer is yes.
     *
     * @return whether it was yes within {@code bound}
     * @throws InterruptedIOException if the thread is interrupted; its flag is set again
     */
    static boolean until(Duration bound, Question question) throws IOException {
        long deadline = System.nanoTime() + bound.toNanos();
        long pause = FIRST_PAUSE_MILLIS;
        while (!question.ask()) {
            if (System.nanoTime() - deadline >= 0) {
                return false;
            }
            pause(pause);
            pause = Math.min(LONGEST_PAUSE_MILLIS, pause * 2);
        }
        return true;
    }

    private static void pause(long millis) throws InterruptedIOException {
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    /** What to throw when a wait was interrupted; sets the flag of the thread again. */
    static InterruptedIOException interrupted(InterruptedException cause) {
        Thread.currentThread().interrupt();
        InterruptedIOException interrupted = new InterruptedIOException("interrupted while waiting for the namenode");
        interrupted.initCause(cause);
        return interrupted;
    }

    /** Something that will be true some time. */
    @FunctionalInterface
    interface Question {
        boolean ask() throws IOException;
    }
}
