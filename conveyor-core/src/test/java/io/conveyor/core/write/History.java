package io.conveyor.core.write;

import java.util.Arrays;
import java.util.BitSet;

/** What was accepted, by log position, and the object that a reader must see because of it. */
final class History {

    /** The largest size the object may have in a simulation. */
    static final int MOST_BYTES = 96;

    /** What was accepted last at each offset, -1 for nothing; the state of the object at some log position. */
    static final class State {

        final byte[] bytes = new byte[MOST_BYTES];
        final long[] newest = new long[MOST_BYTES];
        int size;

        /** Offsets at which something newer was there and is perhaps gone. */
        final BitSet missing = new BitSet();

        State() {
            Arrays.fill(newest, -1);
        }

        void write(int offset, byte value, long position) {
            bytes[offset] = value;
            newest[offset] = position;
            missing.clear(offset);
            size = Math.max(size, offset + 1);
        }

        void cut(int newSize, long position) {
            Arrays.fill(bytes, newSize, MOST_BYTES, (byte) 0);
            Arrays.fill(newest, newSize, MOST_BYTES, position);
            missing.clear(newSize, MOST_BYTES);
            size = Math.min(size, newSize);
        }

        void copy(State other) {
            System.arraycopy(other.bytes, 0, bytes, 0, MOST_BYTES);
            System.arraycopy(other.newest, 0, newest, 0, MOST_BYTES);
            missing.clear();
            missing.or(other.missing);
            size = other.size;
        }
    }

    private int[] offsets = new int[1024];
    private byte[] values = new byte[1024];
    private int accepted;

    /** The object with everything that was accepted. */
    final State model = new State();

    int accepted() {
        return accepted;
    }

    /** A byte for log position {@code position}, never 0. */
    static byte valueAt(long position) {
        return (byte) (1 + position % 255);
    }

    void write(int offset) {
        grow();
        offsets[accepted] = offset;
        values[accepted] = valueAt(accepted);
        model.write(offset, values[accepted], accepted);
        accepted++;
    }

    void cut(int newSize) {
        grow();
        offsets[accepted] = ~newSize;
        model.cut(newSize, accepted);
        accepted++;
    }

    private void grow() {
        if (accepted == offsets.length) {
            offsets = Arrays.copyOf(offsets, accepted * 2);
            values = Arrays.copyOf(values, accepted * 2);
        }
    }

    boolean isCut(long position) {
        return offsets[(int) position] < 0;
    }

    /** Where the byte belongs; the size, if it is a cut. */
    int offset(long position) {
        int offset = offsets[(int) position];
        return offset < 0 ? ~offset : offset;
    }

    byte value(long position) {
        return values[(int) position];
    }

    /** Brings a state from log position {@code from} to {@code to}. */
    void replay(State state, long from, long to) {
        for (long position = from; position < to; position++) {
            if (isCut(position)) {
                state.cut(offset(position), position);
            } else {
                state.write(offset(position), value(position), position);
            }
        }
    }
}
