package io.conveyor.core;

import io.conveyor.ConveyorStats;
import io.conveyor.ConveyorStats.Calls;
import io.conveyor.ConveyorStats.Operations;

/** The figures of one conveyor, as plain numbers under its lock. */
final class Counters {

    /** One kind of application call. */
    static final class Op {
        long count;
        long bytes;
        long stalls;
        long stallNanos;

        void add(long moved) {
            count++;
            bytes += moved;
        }

        void stalled(long nanos) {
            stalls++;
            stallNanos += nanos;
        }

        Operations snapshot() {
            return new Operations(count, bytes, stalls, stallNanos);
        }
    }

    /** One kind of storage call. */
    static final class Call {
        long count;
        long bytes;
        long nanos;

        void add(long moved, long took) {
            count++;
            bytes += moved;
            nanos += took;
        }

        Calls snapshot() {
            return new Calls(count, bytes, nanos);
        }
    }

    final Op writes = new Op();
    final Op reads = new Op();
    final Call preads = new Call();
    final Call pwrites = new Call();
    final Call flushes = new Call();
    final Call syncs = new Call();
    long retries;
    long failures;

    ConveyorStats snapshot(
            ConveyorStats.ReadAhead readAhead, ConveyorStats.Watermarks marks, long pendingBytes, long recoveries) {
        return new ConveyorStats(
                writes.snapshot(),
                reads.snapshot(),
                preads.snapshot(),
                pwrites.snapshot(),
                flushes.snapshot(),
                syncs.snapshot(),
                readAhead,
                retries,
                failures,
                marks,
                pendingBytes,
                recoveries);
    }
}
