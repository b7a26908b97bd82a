package io.conveyor.benchmarks.engine;

/**
 * A number that two threads change by turns: what it takes for a line of the cache to get to another processor and back, which is what all that is handed from
 * thread to thread is made of. For one thread.
 */
final class ThereAndBack {

    private static final int TIMES = 100_000;

    private volatile int number;

    /** Sends the number there and back often, both threads awake all the time; nanoseconds for once. */
    double nanos() throws InterruptedException {
        number = 0;
        Thread other = new Thread(this::answer, "there-and-back");
        other.setDaemon(true);
        other.start();
        await(1);
        long began = System.nanoTime();
        for (int i = 1; i <= TIMES; i++) {
            number = 2 * i;
            await(2 * i + 1);
        }
        long ended = System.nanoTime();
        other.join();
        return (ended - began) / (double) TIMES;
    }

    private void answer() {
        for (int i = 0; i <= TIMES; i++) {
            if (i > 0) {
                await(2 * i);
            }
            number = 2 * i + 1;
        }
    }

    private void await(int awaited) {
        while (number != awaited) {
            Thread.onSpinWait();
        }
    }
}
