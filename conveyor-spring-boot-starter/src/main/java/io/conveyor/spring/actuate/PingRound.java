package io.conveyor.spring.actuate;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * One check of all stores. Whoever waits first asks all of them, and all have until the same moment, so that several that hang cost no more time than
 * one. Each answer counts once: who comes again begins anew. Any thread.
 */
final class PingRound {

    private final List<StorePing> pings;
    private final Duration timeout;
    private Map<StorePing, Answer> answers = Map.of(); // guarded by this

    /** What a store will have said by a moment of {@link System#nanoTime}. */
    private record Answer(CompletableFuture<Void> future, long deadline) {}

    PingRound(List<StorePing> pings, Duration timeout) {
        this.pings = List.copyOf(pings);
        this.timeout = timeout;
    }

    /**
     * Why a store of this round does not answer; empty if it does.
     *
     * @throws InterruptedException if the thread is interrupted while it waits
     */
    Optional<Throwable> failure(StorePing ping) throws InterruptedException {
        Answer answer = take(ping);
        try {
            answer.future().get(answer.deadline() - System.nanoTime(), TimeUnit.NANOSECONDS);
            return Optional.empty();
        } catch (ExecutionException failed) {
            return Optional.of(failed.getCause() == null ? failed : failed.getCause());
        } catch (TimeoutException late) {
            return Optional.of(new TimeoutException("no answer within " + timeout));
        }
    }

    private synchronized Answer take(StorePing ping) {
        if (!answers.containsKey(ping)) {
            answers = askAll();
        }
        return Objects.requireNonNull(answers.remove(ping), "of another round");
    }

    private Map<StorePing, Answer> askAll() {
        long deadline = System.nanoTime() + timeout.toNanos();
        Map<StorePing, Answer> asked = new HashMap<>();
        pings.forEach(ping -> asked.put(ping, new Answer(ping.ask(), deadline)));
        return asked;
    }
}
