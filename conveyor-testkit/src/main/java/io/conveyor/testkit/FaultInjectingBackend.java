package io.conveyor.testkit;

import static io.conveyor.testkit.StorageOperation.ATTRIBUTES;
import static io.conveyor.testkit.StorageOperation.DELETE;
import static io.conveyor.testkit.StorageOperation.LIST;
import static io.conveyor.testkit.StorageOperation.OPEN;
import static io.conveyor.testkit.StorageOperation.PING;

import io.conveyor.Extent;
import io.conveyor.ObjectAttributes;
import io.conveyor.spi.ForwardingStorageBackend;
import io.conveyor.spi.StorageBackend;
import io.conveyor.spi.StorageHandle;
import java.io.IOException;
import java.nio.file.OpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * A backend whose calls go wrong as a {@link FaultPlan} says. It also counts and logs the calls, knows which are under way, and watches that
 * callers keep the rules of {@link StorageHandle}: a held call is under way, so an overlapping one is a {@link ContractViolation}.
 *
 * <p><b>Threads.</b> As for any backend. The log keeps the last {@value #LOGGED} calls.
 */
public final class FaultInjectingBackend extends ForwardingStorageBackend {

    /** How many calls {@link #log()} remembers. */
    public static final int LOGGED = 100_000;

    private final FaultPlan plan;
    private final boolean closesDelegate;
    private final CallCounts counts = new CallCounts();
    private final Deque<StorageCall> log = new ArrayDeque<>();
    private final Map<StorageOperation, int[]> underWay = new EnumMap<>(StorageOperation.class);
    private final List<ContractViolation> violations = new CopyOnWriteArrayList<>();
    private final AtomicInteger openHandles = new AtomicInteger();
    private volatile boolean closed;

    private FaultInjectingBackend(StorageBackend delegate, FaultPlan plan, boolean closesDelegate) {
        super(delegate);
        this.plan = Objects.requireNonNull(plan, "plan");
        this.closesDelegate = closesDelegate;
    }

    /** Lets {@code plan} rule the calls to {@code delegate}, and closes it in the end. */
    public static FaultInjectingBackend over(StorageBackend delegate, FaultPlan plan) {
        return new FaultInjectingBackend(delegate, plan, true);
    }

    /** As {@link #over}, but {@code delegate} stays open when this backend is closed, so that a test can look at what is stored. */
    public static FaultInjectingBackend lent(StorageBackend delegate, FaultPlan plan) {
        return new FaultInjectingBackend(delegate, plan, false);
    }

    /** The plan that rules the calls. */
    public FaultPlan plan() {
        return plan;
    }

    /** The calls so far, failed ones included; bytes are those that the caller was told of. */
    public CallCounts counts() {
        return counts;
    }

    /** Calls of one operation so far, failed ones included. */
    public long calls(StorageOperation operation) {
        return counts.of(operation);
    }

    /** The calls so far in the order in which they began. */
    public List<StorageCall> log() {
        synchronized (log) {
            return new ArrayList<>(log);
        }
    }

    /** The calls of one operation so far in the order in which they began. */
    public List<StorageCall> log(StorageOperation operation) {
        return log().stream().filter(call -> call.operation() == operation).toList();
    }

    /** How many calls of an operation are under way now. */
    public int underWay(StorageOperation operation) {
        synchronized (underWay) {
            return figures(operation)[0];
        }
    }

    /** How many calls of an operation were under way at once, at most. */
    public int peak(StorageOperation operation) {
        synchronized (underWay) {
            return figures(operation)[1];
        }
    }

    /** Handles that are open now. */
    public int openHandles() {
        return openHandles.get();
    }

    /** Whether {@link #close()} was called. */
    public boolean isClosed() {
        return closed;
    }

    /** The rules that callers have broken so far. */
    public List<ContractViolation> violations() {
        return List.copyOf(violations);
    }

    @Override
    public StorageHandle open(String key, Set<? extends OpenOption> options) throws IOException {
        return call(OPEN, key, () -> {
            StorageHandle handle = delegate().open(key, options);
            openHandles.incrementAndGet();
            return new FaultInjectingHandle(this, key, handle);
        });
    }

    @Override
    public ObjectAttributes attributes(String key) throws IOException {
        return call(ATTRIBUTES, key, () -> delegate().attributes(key));
    }

    @Override
    public boolean delete(String key) throws IOException {
        return call(DELETE, key, () -> delegate().delete(key));
    }

    @Override
    public Stream<ObjectAttributes> list(String prefix) throws IOException {
        return call(LIST, prefix, () -> delegate().list(prefix));
    }

    @Override
    public void ping() throws IOException {
        call(PING, "", () -> {
            delegate().ping();
            return true;
        });
    }

    @Override
    public void close() throws IOException {
        closed = true;
        if (closesDelegate) {
            delegate().close();
        }
    }

    /** A call to the store. */
    @FunctionalInterface
    interface Body<T> {
        T run() throws IOException;
    }

    private <T> T call(StorageOperation operation, String key, Body<T> body) throws IOException {
        StorageCall call = began(operation, key, 0, 0);
        try {
            Fault fault = plan.faultFor(call);
            fault.begin(call);
            if (!fault.reachesTheStore()) {
                fault.end(call);
            }
            T result = body.run();
            fault.end(call);
            return result;
        } finally {
            ended(call);
        }
    }

    StorageCall began(StorageOperation operation, String key, long offset, long length) {
        long at = Math.max(0, offset);
        Extent extent = new Extent(at, Math.min(length, Long.MAX_VALUE - at));
        StorageCall call = new StorageCall(operation, key, extent, Thread.currentThread());
        counts.called(operation);
        synchronized (log) {
            if (log.size() == LOGGED) {
                log.removeFirst();
            }
            log.addLast(call);
        }
        synchronized (underWay) {
            int[] figures = figures(operation);
            figures[0]++;
            figures[1] = Math.max(figures[1], figures[0]);
        }
        return call;
    }

    void ended(StorageCall call) {
        synchronized (underWay) {
            figures(call.operation())[0]--;
        }
    }

    private int[] figures(StorageOperation operation) {
        return underWay.computeIfAbsent(operation, absent -> new int[2]);
    }

    void moved(StorageOperation operation, long bytes) {
        counts.moved(operation, Math.max(0, bytes));
    }

    void released() {
        openHandles.decrementAndGet();
    }

    void violated(ContractViolation violation) {
        violations.add(violation);
    }

    @Override
    public String toString() {
        return "FaultInjectingBackend[" + delegate() + ", " + counts + "]";
    }
}
