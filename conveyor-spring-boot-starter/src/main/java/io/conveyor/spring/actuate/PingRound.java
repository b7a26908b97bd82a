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
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * One check of all stores. Whoever waits first asks all of them, and all have until the same moment, so that several that hang cost no more time than
 * one. Each answer counts once: who comes again begins anew. Any thread.
 */
final class PingRound {

    private final List<StorePing> pings;
    private final Duration timeout;
    private final Function<Duration, CompletableFuture<Void>> alarms;
    private Map<StorePing, Answer> answers = Map.of(); // guarded by this

    /**
     * What a store will have said when the alarm rings.
     *
     * @param waiting how many of the round have not been waited for
     */
    private record Answer(CompletableFuture<Void> future, CompletableFuture<Void> alarm, AtomicInteger waiting) {}

    PingRound(List<StorePing> pings, Duration timeout) {
        this(
                pings,
                timeout,
                after -> new CompletableFuture<Void>().completeOnTimeout(null, after.toNanos(), TimeUnit.NANOSECONDS));
    }

    /** With alarms from outside, which are futures that complete after that time. */
    PingRound(List<StorePing> pings, Duration timeout, Function<Duration, CompletableFuture<Void>> alarms) {
        this.pings = List.copyOf(pings);
        this.timeout = timeout;
        this.alarms = alarms;
    }

    /**
     * Why a store of this round does not answer; empty if it does.
     *
     * @throws InterruptedException if the thread is interrupted while it waits
     */
    Optional<Throwable> failure(StorePing ping) throws InterruptedException {
        Answer answer = take(ping);
        try {
            CompletableFuture.anyOf(answer.future(), answer.alarm()).get();
            if (!answer.future().isDone()) {
                return Optional.of(new TimeoutException("no answer within " + timeout));
            }
            answer.future().get();
            return Optional.empty();
        } catch (ExecutionException failed) {
            return Optional.of(failed.getCause() == null ? failed : failed.getCause());
        } finally {
            if (answer.waiting().decrementAndGet() == 0) {
                answer.alarm().complete(null); // the last one switches it off
            }
        }
    }

    private synchronized Answer take(StorePing ping) {
        if (!answers.containsKey(ping)) {
            answers = askAll();
        }
        return Objects.requireNonNull(answers.remove(ping), "of another round");
    }

    private Map<StorePing, Answer> askAll() {
        CompletableFuture<Void> alarm = alarms.apply(timeout);
        AtomicInteger waiting = new AtomicInteger(pings.size());
        Map<StorePing, Answer> asked = new HashMap<>();
        pings.forEach(ping -> asked.put(ping, new Answer(ping.ask(), alarm, waiting)));
        return asked;
    }
}
