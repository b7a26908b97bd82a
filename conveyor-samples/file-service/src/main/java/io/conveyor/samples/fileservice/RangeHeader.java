package io.conveyor.samples.fileservice;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Reads {@code Range} as RFC 9110, section 14, has it. */
final class RangeHeader {

    /** Eighteen digits fit into a long, and no file is that large. */
    private static final Pattern SPEC = Pattern.compile("(\\d{0,18})-(\\d{0,18})");

    /** More are no honest request, says section 17.15. */
    private static final int MAX_RANGES = 100;

    private RangeHeader() {}

    /**
     * The ranges of a file of that size, in the order of the header.
     *
     * @return nothing if the header is to be ignored, because it is malformed, in another unit, or asks for more than the whole file; an empty
     *     list if no range lies within the file
     */
    static Optional<List<ByteRange>> parse(String header, long size) {
        String value = header.trim();
        if (!value.toLowerCase(Locale.ROOT).startsWith("bytes=")) {
            return Optional.empty();
        }
        List<String> specs = Stream.of(value.substring("bytes=".length()).split(",", -1))
                .map(String::trim)
                .filter(spec -> !spec.isEmpty())
                .collect(Collectors.toList());
        if (specs.isEmpty() || specs.size() > MAX_RANGES) {
            return Optional.empty();
        }
        List<ByteRange> ranges = new ArrayList<>();
        for (String spec : specs) {
            if (!add(spec, size, ranges)) {
                return Optional.empty();
            }
        }
        long total = ranges.stream().mapToLong(ByteRange::length).sum();
        return total > size ? Optional.empty() : Optional.of(ranges);
    }

    /** Adds the range if it lies within the file; false if it is malformed. */
    private static boolean add(String spec, long size, List<ByteRange> ranges) {
        Matcher matcher = SPEC.matcher(spec);
        if (!matcher.matches() || spec.equals("-")) {
            return false;
        }
        if (matcher.group(1).isEmpty()) {
            long suffix = Math.min(size, Long.parseLong(matcher.group(2)));
            return suffix == 0 || ranges.add(new ByteRange(size - suffix, size - 1));
        }
        long first = Long.parseLong(matcher.group(1));
        long last = matcher.group(2).isEmpty() ? Long.MAX_VALUE : Long.parseLong(matcher.group(2));
        if (last < first) {
            return false;
        }
        return first >= size || ranges.add(new ByteRange(first, Math.min(last, size - 1)));
    }
}
