package io.conveyor.backend.hdfs;

import io.conveyor.Extent;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** A set of bytes of a file, as few ranges as possible. Not for several threads at once. */
final class ExtentSet {

    /** First offset to end; disjoint, and not touching. */
    private final TreeMap<Long, Long> ranges = new TreeMap<>();

    void add(long start, long end) {
        if (start >= end) {
            return;
        }
        long from = start;
        long to = end;
        Map.Entry<Long, Long> before = ranges.floorEntry(start);
        if (before != null && before.getValue() >= start) {
            from = before.getKey();
            to = Math.max(to, before.getValue());
        }
        Map.Entry<Long, Long> last = ranges.floorEntry(to);
        if (last != null) {
            to = Math.max(to, last.getValue());
        }
        ranges.subMap(from, true, to, true).clear();
        ranges.put(from, to);
    }

    void remove(long start, long end) {
        if (start >= end) {
            return;
        }
        Map.Entry<Long, Long> last = ranges.lowerEntry(end);
        if (last != null && last.getValue() > end) {
            ranges.put(end, last.getValue());
        }
        Map.Entry<Long, Long> first = ranges.lowerEntry(start);
        if (first != null && first.getValue() > start) {
            ranges.put(first.getKey(), start);
        }
        ranges.subMap(start, true, end, false).clear();
    }

    /** Takes over what {@code other} has at and above {@code from}, and empties it. */
    void moveFrom(ExtentSet other, long from) {
        other.remove(0, from);
        other.ranges.forEach(this::add);
        other.ranges.clear();
    }

    void clear() {
        ranges.clear();
    }

    boolean isEmpty() {
        return ranges.isEmpty();
    }

    Optional<Extent> first() {
        return Optional.ofNullable(ranges.firstEntry()).map(entry -> Extent.between(entry.getKey(), entry.getValue()));
    }
}
