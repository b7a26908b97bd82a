package io.conveyor.backend.posix;

import java.io.IOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

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
        FutureTask<T> made = new FutureTask<>(call::make);
        Thread thread = new Thread(made, "conveyor-posix-call");
        thread.setDaemon(true);
        try {
            thread.start();
        } catch (OutOfMemoryError noThread) {
            throw new IOException("no thread can be had for a call that must not be interrupted", noThread);
        }
        return resultOf(made);
    }

    private static <T> T resultOf(FutureTask<T> made) throws IOException {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return made.get();
                } catch (InterruptedException later) {
                    interrupted = true;
                }
            }
        } catch (ExecutionException failed) {
            throw thrown(failed.getCause());
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** What a call throws that declares {@link IOException}. */
    private static IOException thrown(@Nullable Throwable cause) {
        if (cause instanceof RuntimeException unchecked) {
            throw unchecked;
        }
        if (cause instanceof Error error) {
            throw error;
        }
        return cause instanceof IOException declared ? declared : new IOException(cause);
    }
}
