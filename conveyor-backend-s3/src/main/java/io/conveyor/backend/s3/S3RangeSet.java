package io.conveyor.backend.s3;

import io.conveyor.Extent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A set of byte offsets as disjoint ranges that do not touch. Not for several threads at once. */
final class S3RangeSet {

    private final TreeMap<Long, Long> ends = new TreeMap<>();

    void add(long start, long end) {
        if (start >= end) {
            return;
        }
        long from = start;
        long to = end;
        Map.Entry<Long, Long> left = ends.floorEntry(start);
        if (left != null && left.getValue() >= start) {
            from = left.getKey();
            to = Math.max(to, left.getValue());
        }
        for (Map.Entry<Long, Long> next = ends.ceilingEntry(from);
                next != null && next.getKey() <= to;
                next = ends.ceilingEntry(from)) {
            to = Math.max(to, next.getValue());
            ends.remove(next.getKey());
        }
        ends.put(from, to);
    }

    void remove(long start, long end) {
        if (start >= end) {
            return;
        }
        Map.Entry<Long, Long> left = ends.lowerEntry(start);
        if (left != null && left.getValue() > start) {
            ends.put(left.getKey(), start);
            if (left.getValue() > end) {
                ends.put(end, left.getValue());
            }
        }
        for (Map.Entry<Long, Long> next = ends.ceilingEntry(start);
                next != null && next.getKey() < end;
                next = ends.ceilingEntry(start)) {
            ends.remove(next.getKey());
            if (next.getValue() > end) {
                ends.put(end, next.getValue());
            }
        }
    }

    void clear() {
        ends.clear();
    }

    boolean isEmpty() {
        return ends.isEmpty();
    }

    boolean covers(long start, long end) {
        Map.Entry<Long, Long> left = ends.floorEntry(start);
        return start >= end || (left != null && left.getValue() >= end);
    }

    boolean intersects(long start, long end) {
        Map.Entry<Long, Long> left = ends.lowerEntry(end);
        return start < end && left != null && left.getValue() > start;
    }

    /** The first offset after the last range, or 0. */
    long end() {
        return ends.isEmpty() ? 0 : ends.lastEntry().getValue();
    }

    /** The ranges within {@code [start, end)}, in order. */
    List<Extent> within(long start, long end) {
        List<Extent> found = new ArrayList<>();
        Long first = ends.floorKey(start);
        for (Map.Entry<Long, Long> range : ends.subMap(
                        first == null ? start : first, true, Math.max(end, first == null ? start : first), false)
                .entrySet()) {
            long from = Math.max(start, range.getKey());
            long to = Math.min(end, range.getValue());
            if (from < to) {
                found.add(Extent.between(from, to));
            }
        }
        return found;
    }
}
