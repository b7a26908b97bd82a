package io.conveyor.core.extent;

import io.conveyor.Extent;
import java.util.ArrayList;
import java.util.List;

/**
 * A set of byte ranges of bounded size, unless it is {@linkplain #unbounded said} not to be: when it would need more than {@link #MOST} extents it keeps only
 * the range from the first to the last, which says too much but never too little. Not for several threads at once.
 */
public final class ExtentSet {

    /** The most extents kept apart: 6 KiB or so, which every conveyor that never syncs may come to hold. */
    public static final int MOST = 256;

    private final ExtentIndex index = new ExtentIndex();
    private final int most;

    /** An empty set. */
    public ExtentSet() {
        this(MOST);
    }

    private ExtentSet(int most) {
        this.most = most;
    }

    /** An empty set that keeps all extents apart, however many; for a moment, and not for what a conveyor holds. */
    public static ExtentSet unbounded() {
        return new ExtentSet(Integer.MAX_VALUE);
    }

    /** Whether there is nothing in it. */
    public boolean isEmpty() {
        return index.isEmpty();
    }

    /** Adds {@code [start, end)}. */
    public void add(long start, long end) {
        if (start < end) {
            index.put(start, end, start);
            if (index.size() > most) {
                collapse();
            }
        }
    }

    private void collapse() {
        long[] hull = {Long.MAX_VALUE, 0};
        index.visit(0, Long.MAX_VALUE, (start, end, log) -> {
            hull[0] = Math.min(hull[0], start);
            hull[1] = Math.max(hull[1], end);
        });
        index.clear();
        index.put(hull[0], hull[1], hull[0]);
    }

    /** Adds all of {@code other}. */
    public void addAll(ExtentSet other) {
        other.index.visit(0, Long.MAX_VALUE, (start, end, log) -> add(start, end));
    }

    /** Takes {@code [start, end)} out. */
    public void remove(long start, long end) {
        if (start < end) {
            index.remove(start, end);
        }
    }

    /** Empties the set. */
    public void clear() {
        index.clear();
    }

    /** The number of bytes in the set. */
    public long bytes() {
        long[] total = {0};
        index.visit(0, Long.MAX_VALUE, (start, end, log) -> total[0] += end - start);
        return total[0];
    }

    /** The first {@code most} extents, touching ones merged. */
    public List<Extent> list(int most) {
        List<Extent> list = new ArrayList<>();
        index.visit(0, Long.MAX_VALUE, (start, end, log) -> {
            int last = list.size() - 1;
            if (last >= 0 && list.get(last).end() == start) {
                list.set(last, Extent.between(list.get(last).offset(), end));
            } else if (list.size() < most) {
                list.add(Extent.between(start, end));
            }
        });
        return list;
    }
}
