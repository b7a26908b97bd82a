package io.conveyor.testkit;

import static io.conveyor.testkit.StorageOperation.ABORT;
import static io.conveyor.testkit.StorageOperation.CLOSE;
import static io.conveyor.testkit.StorageOperation.FLUSH;
import static io.conveyor.testkit.StorageOperation.PREAD;
import static io.conveyor.testkit.StorageOperation.PWRITE;
import static io.conveyor.testkit.StorageOperation.SYNC;
import static io.conveyor.testkit.StorageOperation.TRUNCATE;

import io.conveyor.Extent;
import io.conveyor.spi.StorageCapabilities;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;

/**
 * Watches the calls that are under way on one handle and finds those that must not overlap: pwrites beyond the number allowed or on
 * common bytes, flush, sync, commit and truncate beside any other changing call (but for a flush beside appends, where the capabilities allow it), close beside anything, and changes made by a thread that is
 * interrupted. Any thread may call it.
 */
final class CallGuard {

    /** A call that is under way. */
    final class Call {

        private final StorageOperation operation;
        private final Extent extent;

        private final boolean append;
        private boolean succeeded;

        private Call(StorageOperation operation, Extent extent, boolean append) {
            this.operation = operation;
            this.extent = extent;
            this.append = append;
        }

        /** It has done what it should; without this its end is a failure. */
        void succeeded() {
            succeeded = true;
        }

        void end() {
            ended(this);
        }

        @Override
        public String toString() {
            return operation + (operation == PWRITE || operation == PREAD ? " at " + extent : "");
        }
    }

    private static final Extent NOWHERE = new Extent(0, 0);

    private final String key;
    private final StorageCapabilities capabilities;
    private final Consumer<ContractViolation> record;
    private final List<Call> underWay = new ArrayList<>();

    /** Whether nothing but appends came, and no call failed, since the last flush that succeeded. */
    private boolean onlyAppends = true;

    CallGuard(String key, StorageCapabilities capabilities, Consumer<ContractViolation> record) {
        this.key = key;
        this.capabilities = capabilities;
        this.record = record;
    }

    /** A call of an operation that concerns no range begins. */
    Call begin(StorageOperation operation) {
        return begin(operation, NOWHERE, false);
    }

    /** A read begins, or a write that may be below the end. */
    Call begin(StorageOperation operation, long offset, long length) {
        return begin(operation, offset, length, false);
    }

    /**
     * A read or a write begins.
     *
     * @param append whether it is a write at or beyond the end
     */
    Call begin(StorageOperation operation, long offset, long length, boolean append) {
        long most = Math.max(0, Math.min(length, Long.MAX_VALUE - Math.max(0, offset)));
        return begin(operation, new Extent(Math.max(0, offset), most), append);
    }

    private synchronized Call begin(StorageOperation operation, Extent extent, boolean append) {
        Call call = new Call(operation, extent, append);
        check(call);
        onlyAppends &= append || (operation != PWRITE && operation != TRUNCATE);
        underWay.add(call);
        return call;
    }

    private synchronized void ended(Call call) {
        if (call.succeeded) {
            onlyAppends |= call.operation == FLUSH || call.operation == SYNC;
        } else if (call.operation.changes()) {
            onlyAppends = false;
        }
        Iterator<Call> calls = underWay.iterator();
        while (calls.hasNext()) {
            if (calls.next() == call) {
                calls.remove();
                return;
            }
        }
    }

    private void check(Call call) {
        StorageOperation operation = call.operation;
        if (operation == ABORT) {
            return;
        }
        if (Thread.currentThread().isInterrupted()
                && (operation.changes() || (operation == PREAD && !capabilities.interruptSafeReads()))) {
            throw violation(call + " on a thread that is interrupted: " + Thread.currentThread());
        }
        if (operation == CLOSE && !underWay.isEmpty()) {
            throw violation("CLOSE while " + underWay + " are under way; close comes last");
        }
        if (operation == PWRITE) {
            checkWrite(call);
        } else if (operation.changes()) {
            for (Call other : underWay) {
                if (other.operation.changes() && !mayBeBeside(call, other)) {
                    throw violation(call + " while " + other + " is under way; it runs alone among the changes");
                }
            }
        }
    }

    private void checkWrite(Call call) {
        int writes = 0;
        for (Call other : underWay) {
            if (other.operation == PWRITE) {
                writes++;
                if (other.extent.overlaps(call.extent)) {
                    throw violation(call + " overlaps " + other + ", which is under way");
                }
            } else if (other.operation.changes() && !mayBeBeside(other, call)) {
                throw violation(call + " while " + other + " is under way, which runs alone among the changes");
            }
        }
        if (writes >= capabilities.maxConcurrentWrites()) {
            throw violation(call + " while " + writes + " writes are under way; maxConcurrentWrites is "
                    + capabilities.maxConcurrentWrites());
        }
    }

    private boolean mayBeBeside(Call flush, Call write) {
        return capabilities.flushesBesideAppends()
                && flush.operation == FLUSH
                && write.operation == PWRITE
                && write.append
                && onlyAppends;
    }

    private ContractViolation violation(String what) {
        ContractViolation violation = new ContractViolation("'" + key + "': " + what);
        record.accept(violation);
        return violation;
    }
}
