package io.conveyor.spring.autoconfigure;

import io.conveyor.spi.StorageBackend;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Asks a store whether it answers before an application starts with it. On a thread of its own, since a backend bounds its ping as well as its client
 * does: one that hangs must not hang the start.
 */
final class FirstPing {

    private FirstPing() {}

    /**
     * Waits for an answer.
     *
     * @throws UnreachableStoreException if there is none within {@code timeout}, if it is a failure of whatever kind, or if the thread is interrupted,
     *     which it then stays
     */
    static void require(StoreDefinition store, StorageBackend backend, Duration timeout) {
        Throwable failure = failure(store, backend, timeout);
        if (failure != null) {
            throw new UnreachableStoreException(store, backend.name(), failure);
        }
    }

    private static @Nullable Throwable failure(StoreDefinition store, StorageBackend backend, Duration timeout) {
        CompletableFuture<Void> answer = new CompletableFuture<>();
        Thread asking = new Thread(() -> ask(backend, answer), "conveyor-fail-fast-" + store.name());
        asking.setDaemon(true);
        asking.start();
        try {
            answer.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
            return null;
        } catch (ExecutionException failed) {
            return failed.getCause() == null ? failed : failed.getCause();
        } catch (TimeoutException late) {
            asking.interrupt();
            return new TimeoutException("no answer within " + timeout);
        } catch (InterruptedException interrupted) {
            asking.interrupt();
            Thread.currentThread().interrupt();
            return interrupted;
        }
    }

    private static void ask(StorageBackend backend, CompletableFuture<Void> answer) {
        try {
            backend.ping();
            answer.complete(null);
        } catch (IOException | RuntimeException | Error failure) {
            answer.completeExceptionally(failure);
        }
    }
}
