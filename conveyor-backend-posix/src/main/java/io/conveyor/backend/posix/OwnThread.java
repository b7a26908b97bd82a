package io.conveyor.backend.posix;

import java.io.IOException;

/** A call on a thread of its own, where it is not interrupted, whatever happens to the thread that waits for it. */
final class OwnThread {

    private OwnThread() {}

    /** What is called. */
    @FunctionalInterface
    interface Call<T> {
        T make() throws IOException;
    }

    /**
     * Makes the call, and puts an interrupt of this thread off until it is done.
     *
     * @throws IOException what the call throws, or if no thread can be had
     */
    static <T> T call(Call<T> call) throws IOException {
        Made<T> made = new Made<>(call);
        Thread thread = new Thread(made, "conveyor-posix-call");
        thread.setDaemon(true);
        try {
            thread.start();
        } catch (OutOfMemoryError noThread) {
            throw new IOException("no thread can be had for a call that must not be interrupted", noThread);
        }
        joinUninterruptibly(thread);
        return made.result();
    }

    private static void joinUninterruptibly(Thread thread) {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException later) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** One thread makes it, and another one looks when that has ended. */
    private static final class Made<T> implements Runnable {

        private final Call<T> call;
        private Result<T> result = () -> {
            throw new IllegalStateException("the call has not ended");
        };

        Made(Call<T> call) {
            this.call = call;
        }

        private interface Result<T> {
            T take() throws IOException;
        }

        @Override
        public void run() {
            try {
                T value = call.make();
                result = () -> value;
            } catch (IOException e) {
                result = () -> {
                    throw e;
                };
            } catch (RuntimeException | Error e) {
                result = () -> {
                    throw e;
                };
            }
        }

        T result() throws IOException {
            return result.take();
        }
    }
}
