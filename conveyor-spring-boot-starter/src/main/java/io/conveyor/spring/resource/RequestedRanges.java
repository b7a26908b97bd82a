package io.conveyor.spring.resource;

import io.conveyor.ConveyorOptions;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpRange;

/** The parts of an object that one request asks for, so that little else is fetched. Immutable. */
final class RequestedRanges {

    /** A range up to this long is fetched by one call to the store, and nothing ahead of it. */
    static final int SHORT_BYTES = 256 << 10;

    /** Of a longer range that ends before the object does, fetching runs ahead by this part of it, and at its end so much is fetched in vain. */
    private static final int SHARE_AHEAD = 10;

    private final List<Range> ranges;
    private final long size;
    private final long maxWindowBytes;

    private RequestedRanges(List<Range> ranges, long size, long maxWindowBytes) {
        this.ranges = ranges;
        this.size = size;
        this.maxWindowBytes = maxWindowBytes;
    }

    private record Range(long start, long end) {

        long length() {
            return end - start;
        }

        boolean contains(long position) {
            return start <= position && position < end;
        }
    }

    /**
     * What a request asks for.
     *
     * @param header the value of {@code Range}; without one, and if it makes no sense, the whole object
     * @param size the object's length in bytes
     * @param maxWindowBytes how far ahead the store fetches at most
     */
    static RequestedRanges of(@Nullable String header, long size, long maxWindowBytes) {
        List<Range> ranges = new ArrayList<>();
        try {
            for (HttpRange range : HttpRange.parseRanges(header)) {
                long start = range.getRangeStart(size);
                if (start < size) {
                    ranges.add(new Range(start, range.getRangeEnd(size) + 1));
                }
            }
        } catch (IllegalArgumentException noRange) {
            ranges.clear();
        }
        return new RequestedRanges(ranges, size, maxWindowBytes);
    }

    /** How many bytes, at least one, are asked for from {@code position} on before something else begins; 0 at the object's end. */
    long bytesFrom(long position) {
        for (Range range : ranges) {
            if (range.contains(position)) {
                return range.end() - position;
            }
        }
        return Math.max(0, size - position);
    }

    /** How to read them: as the store does, or with less that is fetched ahead. */
    ConveyorOptions options() {
        long shortest = ranges.stream()
                .filter(range -> range.end() < size)
                .mapToLong(Range::length)
                .min()
                .orElse(Long.MAX_VALUE);
        ConveyorOptions.Builder options = ConveyorOptions.builder();
        if (shortest <= SHORT_BYTES) {
            return options.readAhead(false).build();
        }
        long ahead = shortest / SHARE_AHEAD;
        return ahead < maxWindowBytes ? options.readMaxWindowBytes(ahead).build() : ConveyorOptions.inherited();
    }
}
