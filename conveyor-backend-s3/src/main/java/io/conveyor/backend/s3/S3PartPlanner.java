package io.conveyor.backend.s3;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Plans the parts of an upload so that the fewest bytes move: what is stored already is copied by the store, the rest is sent. A pure
 * function.
 *
 * <p><b>The problem.</b> Parts lie end to end; each but the last has a least size. A part is either copied, then it lies within one
 * copyable piece, or sent. An island of new bytes between two copied runs that is smaller than a part borrows from its neighbours; a run
 * that cannot lend enough is sent whole. The cost of a plan is the copyable bytes that are sent all the same (they have to be fetched first,
 * too).
 *
 * <p><b>The solution.</b> Walk over the copyable runs from left to right. For each run that is kept, remember what it cost to get there and
 * how much of its left side was borrowed; an island borrows from its left neighbour first, because nobody else needs those bytes any more.
 * A state that is both dearer and more borrowed from than another is dropped. It is never useful to drop three long runs in a row: the
 * one in the middle could be kept, with islands of at least a part on both sides.
 */
final class S3PartPlanner {

    /** How many states per run are kept; more than that means a worse plan in cases made for the purpose, never a wrong one. */
    private static final int MAX_STATES = 32;

    private final S3Limits limits;
    private final long sentPartBytes;
    private final long copiedPartBytes;
    private final int copiesAtOnce;

    /**
     * A planner for one kind of store.
     *
     * @param limits the bounds of the store
     * @param sentPartBytes how large a sent part should be, at least twice the least part
     * @param copiedPartBytes how large a copied part should be, at least twice the least part
     * @param copiesAtOnce how many parts are copied side by side: copied parts are smaller, down to a quarter of what they should be, where that keeps all of
     *     them busy
     */
    S3PartPlanner(S3Limits limits, long sentPartBytes, long copiedPartBytes, int copiesAtOnce) {
        this.limits = limits;
        this.sentPartBytes = sentPartBytes;
        this.copiedPartBytes = copiedPartBytes;
        this.copiesAtOnce = copiesAtOnce;
    }

    /**
     * The parts for an object.
     *
     * @param pieces the whole object, in order and without gaps, at least one; neighbours with the same source are one piece
     */
    List<S3Part> plan(List<S3Piece> pieces) {
        long min = limits.minPartBytes();
        long sent = sentPartBytes;
        long copied = copiedPartBytes(pieces, min);
        while (true) {
            List<Run> runs = keptRuns(pieces, min);
            List<S3Part> parts = cut(pieces, runs, sent, copied);
            if (parts.size() <= limits.maxParts()) {
                return parts;
            }
            // Too many parts: first make parts larger, then let small runs go.
            if (sent < limits.maxPartBytes() || copied < limits.maxPartBytes()) {
                sent = Math.min(2 * sent, limits.maxPartBytes());
                copied = Math.min(2 * copied, limits.maxPartBytes());
            } else if (4 * min <= limits.maxPartBytes()) {
                min *= 2;
            } else {
                return evenly(pieces);
            }
        }
    }

    /** A store copies each part at its own speed: a large object is there sooner if several are copied side by side. */
    private long copiedPartBytes(List<S3Piece> pieces, long min) {
        long all = pieces.stream()
                .filter(S3Piece::isCopyable)
                .mapToLong(S3Piece::length)
                .sum();
        long least = Math.max(2 * min, copiedPartBytes / 4);
        return Math.min(copiedPartBytes, Math.max(least, (all + copiesAtOnce - 1) / copiesAtOnce));
    }

    /** A copyable run that is copied, without what it lends to its neighbours. */
    private record Run(long start, long end) {}

    /** A way to keep the run {@code index}: what that costs up to its first copied byte. */
    private record State(
            int index,
            long cost,
            long leftTrim,
            long previousRightTrim,
            @Nullable State previous) {}

    private List<Run> keptRuns(List<S3Piece> pieces, long min) {
        long size = pieces.get(pieces.size() - 1).end();
        List<S3Piece> runs = pieces.stream()
                .filter(S3Piece::isCopyable)
                .filter(piece -> piece.length() >= min || piece.end() == size)
                .toList();
        CopyableBytes copyable = new CopyableBytes(pieces);
        List<List<State>> states = new ArrayList<>();
        for (int index = 0; index < runs.size(); index++) {
            List<State> found = new ArrayList<>();
            if (index < 3) {
                fromStart(index, runs.get(index), min, size, copyable, found);
            }
            for (int before = Math.max(0, index - 3); before < index; before++) {
                for (State state : states.get(before)) {
                    fromRun(state, runs.get(before), index, runs.get(index), min, size, copyable, found);
                }
            }
            states.add(best(found));
        }
        return trace(cheapest(states, runs, size, copyable), runs);
    }

    private static void fromStart(
            int index, S3Piece run, long min, long size, CopyableBytes copyable, List<State> found) {
        long trim = run.offset() == 0 ? 0 : Math.max(0, min - run.offset());
        if (run.length() - trim >= leastKept(run, min, size)) {
            found.add(new State(index, copyable.before(run.offset() + trim), trim, 0, null));
        }
    }

    private static void fromRun(
            State state,
            S3Piece from,
            int index,
            S3Piece run,
            long min,
            long size,
            CopyableBytes copyable,
            List<State> found) {
        long island = run.offset() - from.end();
        long missing = island == 0 ? 0 : Math.max(0, min - island);
        long slack = from.length() - state.leftTrim() - leastKept(from, min, size);
        long right = Math.min(missing, slack);
        long left = missing - right;
        if (run.length() - left >= leastKept(run, min, size)) {
            long sent = copyable.before(run.offset() + left) - copyable.before(from.end() - right);
            found.add(new State(index, state.cost() + sent, left, right, state));
        }
    }

    /** The last part of an object has no least size. */
    private static long leastKept(S3Piece run, long min, long size) {
        return run.end() == size ? 1 : min;
    }

    private static List<State> best(List<State> found) {
        found.sort(Comparator.comparingLong(State::cost).thenComparingLong(State::leftTrim));
        List<State> kept = new ArrayList<>();
        long trim = Long.MAX_VALUE;
        for (State state : found) {
            if (state.leftTrim() < trim && kept.size() < MAX_STATES) {
                kept.add(state);
                trim = state.leftTrim();
            }
        }
        return kept;
    }

    private static @Nullable State cheapest(
            List<List<State>> states, List<S3Piece> runs, long size, CopyableBytes copyable) {
        State best = null;
        long bestCost = copyable.before(size);
        for (int index = Math.max(0, states.size() - 3); index < states.size(); index++) {
            for (State state : states.get(index)) {
                long cost = state.cost()
                        + copyable.before(size)
                        - copyable.before(runs.get(index).end());
                if (cost < bestCost) {
                    best = state;
                    bestCost = cost;
                }
            }
        }
        return best;
    }

    private static List<Run> trace(@Nullable State last, List<S3Piece> runs) {
        List<Run> kept = new ArrayList<>();
        long rightTrim = 0;
        for (State state = last; state != null; state = state.previous()) {
            S3Piece run = runs.get(state.index());
            kept.add(0, new Run(run.offset() + state.leftTrim(), run.end() - rightTrim));
            rightTrim = state.previousRightTrim();
        }
        return kept;
    }

    private static List<S3Part> cut(List<S3Piece> pieces, List<Run> runs, long sent, long copied) {
        long size = pieces.get(pieces.size() - 1).end();
        Cutter cutter = new Cutter(pieces);
        for (Run run : runs) {
            cutter.send(run.start(), sent);
            cutter.copy(run.end(), copied);
        }
        cutter.send(size, sent);
        return cutter.parts;
    }

    /** Cuts runs into parts of nearly equal size. */
    private static final class Cutter {

        private final List<S3Piece> pieces;
        private final List<S3Part> parts = new ArrayList<>();
        private long position;
        private int piece;

        Cutter(List<S3Piece> pieces) {
            this.pieces = pieces;
        }

        void send(long end, long most) {
            cut(end, most, false);
        }

        void copy(long end, long most) {
            cut(end, most, true);
        }

        private void cut(long end, long most, boolean copy) {
            long left = end - position;
            long count = (left + most - 1) / most;
            for (; count > 0; count--) {
                long length = (left + count - 1) / count;
                parts.add(new S3Part(parts.size() + 1, position, length, copy ? source() : null));
                position += length;
                left -= length;
            }
        }

        private S3Piece.@Nullable Remote source() {
            while (pieces.get(piece).end() <= position) {
                piece++;
            }
            S3Piece found = pieces.get(piece);
            return (S3Piece.Remote) found.within(position, found.end()).content();
        }
    }

    /** The last resort for objects of tens of terabytes in many pieces: parts of one size. */
    private List<S3Part> evenly(List<S3Piece> pieces) {
        long size = pieces.get(pieces.size() - 1).end();
        long length = (size + limits.maxParts() - 1) / limits.maxParts();
        List<S3Part> parts = new ArrayList<>();
        int index = 0;
        for (long offset = 0; offset < size; offset += length) {
            while (pieces.get(index).end() <= offset) {
                index++;
            }
            long end = Math.min(size, offset + length);
            S3Piece piece = pieces.get(index);
            boolean copy = piece.isCopyable() && piece.end() >= end;
            parts.add(new S3Part(
                    parts.size() + 1,
                    offset,
                    end - offset,
                    copy ? (S3Piece.Remote) piece.within(offset, end).content() : null));
        }
        return parts;
    }

    /** How many copyable bytes lie before an offset. */
    private static final class CopyableBytes {

        private final long[] starts;
        private final long[] sums;
        private final List<S3Piece> pieces;

        CopyableBytes(List<S3Piece> pieces) {
            this.pieces = pieces;
            starts = new long[pieces.size()];
            sums = new long[pieces.size()];
            long sum = 0;
            for (int i = 0; i < pieces.size(); i++) {
                starts[i] = pieces.get(i).offset();
                sums[i] = sum;
                sum += pieces.get(i).isCopyable() ? pieces.get(i).length() : 0;
            }
        }

        long before(long offset) {
            int found = Arrays.binarySearch(starts, offset);
            int index = found >= 0 ? found : -found - 2;
            S3Piece piece = pieces.get(index);
            return sums[index] + (piece.isCopyable() ? Math.min(offset, piece.end()) - piece.offset() : 0);
        }
    }
}
