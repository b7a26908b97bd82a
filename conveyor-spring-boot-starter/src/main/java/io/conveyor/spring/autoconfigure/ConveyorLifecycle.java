package io.conveyor.spring.autoconfigure;

import io.conveyor.ConveyorFactory;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.scheduling.concurrent.ExecutorConfigurationSupport;

/**
 * Flushes when the application stops: after the web server has answered its last request and the task executors have ended, and before any bean
 * is destroyed. Nothing is closed here, so a context can be stopped and started again.
 *
 * <p>The flush runs on threads of its own and is given up after a bounded time; what is not in storage then stays accepted, and closing the
 * factory, when its bean is destroyed, waits for it once more. A failure is logged and keeps no other bean from stopping.
 */
final class ConveyorLifecycle implements SmartLifecycle {

    /**
     * Spring stops high phases first: the web server's graceful shutdown is {@code Integer.MAX_VALUE - 1024}, its stop {@code
     * Integer.MAX_VALUE - 2048}, the executors' {@code Integer.MAX_VALUE / 2}.
     */
    static final int PHASE = ExecutorConfigurationSupport.DEFAULT_PHASE - 1024;

    private static final Logger log = LoggerFactory.getLogger(ConveyorLifecycle.class);

    private final List<ConveyorFactory> factories;
    private final Duration timeout;
    private volatile boolean running;

    ConveyorLifecycle(List<ConveyorFactory> factories, Duration timeout) {
        this.factories = List.copyOf(factories);
        this.timeout = timeout;
    }

    @Override
    public void start() {
        running = true;
    }

    @Override
    public void stop() {
        CountDownLatch stopped = new CountDownLatch(1);
        stop(stopped::countDown);
        try {
            stopped.await();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // each flush has reported its own failure
    public void stop(Runnable callback) {
        CompletableFuture<?>[] flushes = factories.stream().map(this::flush).toArray(CompletableFuture<?>[]::new);
        CompletableFuture.allOf(flushes).whenComplete((done, failure) -> {
            running = false;
            callback.run();
        });
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    @Override
    public int getPhase() {
        return PHASE;
    }

    /** Nothing here runs on its own, so that pausing a cached test context has nothing to stop. */
    @Override
    public boolean isPauseable() {
        return false;
    }

    private CompletableFuture<Void> flush(ConveyorFactory factory) {
        CompletableFuture<Void> flushed = new CompletableFuture<>();
        Thread flusher = new Thread(() -> flush(factory, flushed), "conveyor-shutdown-flush");
        flusher.setDaemon(true);
        flusher.start();
        return flushed.orTimeout(timeout.toNanos(), TimeUnit.NANOSECONDS).exceptionally(failure -> {
            flusher.interrupt();
            warn(factory, failure);
            return null;
        });
    }

    private static void flush(ConveyorFactory factory, CompletableFuture<Void> flushed) {
        try {
            factory.flush();
            flushed.complete(null);
        } catch (IOException | RuntimeException | Error failure) {
            flushed.completeExceptionally(failure);
        }
    }

    private void warn(ConveyorFactory factory, Throwable failure) {
        String what =
                failure instanceof TimeoutException ? "was not flushed within " + timeout : "could not be flushed";
        log.warn(
                "A store {} when the application stopped: {} bytes are on their way to it, from {} open conveyors. "
                        + "Closing the store waits for them once more.",
                what,
                factory.stats().total().pendingBytes(),
                factory.stats().open(),
                failure);
    }
}
