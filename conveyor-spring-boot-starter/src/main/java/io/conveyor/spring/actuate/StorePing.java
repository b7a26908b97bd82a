package io.conveyor.spring.actuate;

import io.conveyor.spi.StorageBackend;
import io.conveyor.spring.ConveyorStore;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Asks one store whether it answers. A question that is still without an answer is not asked again: whoever comes
 * meanwhile waits for the same one, so that a store that hangs holds one thread and not one for each check. Any thread.
 */
final class StorePing {

    /** Asked for where the backend is not known. It need not exist. */
    static final String PROBE = "conveyor-health-probe";

    private final ConveyorStore store;
    private final Executor asking;
    private @Nullable CompletableFuture<Void> underWay; // guarded by this

    StorePing(ConveyorStore store) {
        this(store, question -> {
            Thread thread = new Thread(question, "conveyor-health-" + store.name());
            thread.setDaemon(true);
            thread.start();
        });
    }

    /** With threads from outside, of which a question holds one for as long as it takes. */
    StorePing(ConveyorStore store, Executor asking) {
        this.store = store;
        this.asking = asking;
    }

    /** Whom it asks. */
    ConveyorStore store() {
        return store;
    }

    /** Asks, or joins a question that is under way; does not wait. */
    synchronized CompletableFuture<Void> ask() {
        CompletableFuture<Void> asked = underWay;
        if (asked == null || asked.isDone()) {
            CompletableFuture<Void> answer = new CompletableFuture<>();
            underWay = answer;
            try {
                asking.execute(() -> answer(answer));
            } catch (RuntimeException | Error noThread) {
                answer.completeExceptionally(noThread);
            }
            return answer;
        }
        return asked;
    }

    private void answer(CompletableFuture<Void> answer) {
        try {
            ping();
            answer.complete(null);
        } catch (Throwable failure) { // undeclared ones, too: without an answer nobody would ask again
            answer.completeExceptionally(failure);
        }
    }

    private void ping() throws IOException {
        Optional<StorageBackend> backend = store.backend();
        if (backend.isPresent()) {
            backend.get().ping();
        } else {
            store.factory().exists(PROBE);
        }
    }
}
