package io.conveyor.backend.hdfs;

import io.conveyor.Extent;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Bytes that wait for the next copy-on-write, by their place in the file: what was laid last wins. In memory, as copies. Any thread: one
 * changes them while others read through them.
 */
final class StagedPatches {

    /** Disjoint, by first offset; each value is all of the array. */
    private final TreeMap<Long, byte[]> patches = new TreeMap<>();

    private long bytes;

    /** Takes what remains in {@code src}. */
    synchronized void lay(ByteBuffer src, long offset) {
        if (!src.hasRemaining()) {
            return;
        }
        byte[] patch = new byte[src.remaining()];
        src.get(patch);
        cut(offset, offset + patch.length);
        patches.put(offset, patch);
        bytes += patch.length;
    }

    /** Drops what lies there. */
    synchronized void remove(long start, long end) {
        cut(start, end);
    }

    /** Drops everything at and above {@code size}. */
    synchronized void truncate(long size) {
        cut(size, Long.MAX_VALUE);
    }

    synchronized void clear() {
        patches.clear();
        bytes = 0;
    }

    synchronized boolean isEmpty() {
        return patches.isEmpty();
    }

    synchronized long bytes() {
        return bytes;
    }

    /** The first offset after the last patch; 0 if there is none. */
    synchronized long end() {
        Map.Entry<Long, byte[]> last = patches.lastEntry();
        return last == null ? 0 : last.getKey() + last.getValue().length;
    }

    /** The first patch, for messages. */
    synchronized Optional<Extent> first() {
        Map.Entry<Long, byte[]> first = patches.firstEntry();
        return first == null ? Optional.empty() : Optional.of(new Extent(first.getKey(), first.getValue().length));
    }

    /** Lays the patches over {@code window}, whose first byte, at its position, is the file's byte {@code offset}; moves nothing. */
    synchronized void overlay(ByteBuffer window, long offset) {
        long end = offset + window.remaining();
        Long from = patches.floorKey(offset);
        for (Map.Entry<Long, byte[]> entry :
                patches.subMap(from == null ? offset : from, true, end, false).entrySet()) {
            long first = Math.max(offset, entry.getKey());
            long last = Math.min(end, entry.getKey() + entry.getValue().length);
            if (first < last) {
                window.put(
                        window.position() + (int) (first - offset),
                        entry.getValue(),
                        (int) (first - entry.getKey()),
                        (int) (last - first));
            }
        }
    }

    private void cut(long from, long to) {
        Map.Entry<Long, byte[]> before = patches.lowerEntry(from);
        if (before != null) {
            cut(before, from, to);
        }
        for (Map.Entry<Long, byte[]> entry = patches.ceilingEntry(from);
                entry != null && entry.getKey() < to;
                entry = patches.higherEntry(entry.getKey())) {
            cut(entry, from, to);
        }
    }

    private void cut(Map.Entry<Long, byte[]> entry, long from, long to) {
        long start = entry.getKey();
        byte[] patch = entry.getValue();
        long end = start + patch.length;
        if (end <= from) {
            return;
        }
        patches.remove(start);
        bytes -= patch.length;
        if (start < from) {
            keep(start, patch, 0, (int) (from - start));
        }
        if (end > to) {
            keep(to, patch, (int) (to - start), patch.length);
        }
    }

    private void keep(long offset, byte[] patch, int from, int to) {
        byte[] kept = Arrays.copyOfRange(patch, from, to);
        patches.put(offset, kept);
        bytes += kept.length;
    }
}
