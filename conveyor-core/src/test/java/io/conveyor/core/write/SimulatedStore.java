package io.conveyor.core.write;

import io.conveyor.core.write.History.State;
import java.util.BitSet;
import java.util.Random;

/** Storage in an array: what the handle reads back, what others see, what a loss of power spares, and what may be lost before. */
final class SimulatedStore {

    private final WriteTraits traits;
    private final History history;

    /** What the handle reads. */
    final State content = new State();

    /** What a failed flush falls back to. */
    final State flushed = new State();

    /** What a failed sync falls back to. */
    final State synced = new State();

    /** Written since the last sync that succeeded. */
    final BitSet unsynced = new BitSet();

    /** Perhaps dropped after a sync failed, and not accepted anew. */
    final BitSet lost = new BitSet();

    /** Everything up to here has arrived at some time. */
    private long reached;

    /** Whether bytes were dropped or driven anew, so that they may arrive out of order. */
    private boolean disturbed;

    SimulatedStore(WriteTraits traits, History history) {
        this.traits = traits;
        this.history = history;
    }

    /** One byte of a pwrite arrives. */
    void arrive(long position, long offset, byte value) {
        if (history.isCut(position) || history.offset(position) != offset || history.value(position) != value) {
            throw new AssertionError("the byte accepted at " + position + " came to offset " + offset + " as " + value);
        }
        order(position);
        order(position, content.newest[(int) offset]);
        content.write((int) offset, value, position);
        unsynced.set((int) offset);
    }

    /** A truncate is made; it may be left out if storage is said to be that short already. */
    void cut(long position, long newSize, long storedSize) {
        if (!history.isCut(position) || history.offset(position) != newSize) {
            throw new AssertionError("the cut accepted at " + position + " came as one to " + newSize);
        }
        if (storedSize <= newSize && content.size > newSize) {
            throw new AssertionError("storage has " + content.size + " bytes, not " + storedSize);
        }
        order(position);
        for (int at = (int) newSize; at < History.MOST_BYTES; at++) {
            order(position, content.newest[at]);
        }
        for (State state : new State[] {content, flushed, synced}) {
            state.cut((int) newSize, position);
        }
        unsynced.clear((int) newSize, History.MOST_BYTES);
    }

    /** What was taken may be driven again from now on. */
    void disturb() {
        disturbed |= traits.releaseAtVisible() || traits.lossySync();
    }

    private void order(long position) {
        if (traits.maxInFlight() == 1 && !disturbed && position > reached) {
            throw new AssertionError("position " + position + " arrived, but " + reached + " has not");
        }
        reached = Math.max(reached, position + 1);
    }

    private void order(long position, long there) {
        if (!disturbed && there > position) {
            throw new AssertionError("position " + position + " arrived over " + there + ", which is newer");
        }
    }

    /** A flush has succeeded that had {@code found} this when it began. */
    void flush(long written, State found) {
        if (traits.atomicCommit() && !disturbed && reached > written) {
            throw new AssertionError("published up to " + reached + " though only " + written + " is written");
        }
        for (int at = 0; at < History.MOST_BYTES; at++) {
            if (content.newest[at] < found.newest[at]) {
                // it was given up after a failure beside the flush, and had been delivered all the same
                content.bytes[at] = found.bytes[at];
                content.newest[at] = found.newest[at];
            }
        }
        content.size = Math.max(content.size, found.size);
        flushed.copy(found);
    }

    void sync() {
        flushed.copy(content);
        synced.copy(content);
        unsynced.clear();
        lost.clear();
    }

    /** A sync failed, or was given up: what was written since the last one is not certain, but where something newer is on its way. */
    void lose(long written) {
        for (int at = unsynced.nextSetBit(0); at >= 0; at = unsynced.nextSetBit(at + 1)) {
            if (history.model.newest[at] < written) {
                lost.set(at);
            }
        }
    }

    /** A call failed for good. */
    void failed(Claim.Kind kind, Random random) {
        disturb();
        if (traits.releaseAtVisible()) {
            fallBack(flushed, random.nextBoolean(), random);
        }
        if (kind == Claim.Kind.SYNC && traits.lossySync()) {
            content.missing.or(unsynced);
            fallBack(synced, random.nextInt(4) == 0, random);
        }
    }

    private void fallBack(State state, boolean entirely, Random random) {
        disturbed = true;
        for (int at = 0; at < History.MOST_BYTES; at++) {
            if (content.newest[at] != state.newest[at] && (entirely || random.nextBoolean())) {
                content.bytes[at] = state.bytes[at];
                content.newest[at] = state.newest[at];
            }
        }
        if (state == flushed) {
            content.size = Math.max(lastByte(), entirely ? state.size : content.size);
        }
        if (state == synced) {
            flushed.copy(content);
        }
    }

    private int lastByte() {
        int size = flushed.size;
        for (int at = 0; at < History.MOST_BYTES; at++) {
            if (content.bytes[at] != 0) {
                size = Math.max(size, at + 1);
            }
        }
        return size;
    }
}
