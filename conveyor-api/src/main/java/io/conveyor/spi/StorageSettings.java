package io.conveyor.spi;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Named settings as strings, read by type. What was asked for is remembered, so that {@link #rejectUnknown()} can name what nobody asked
 * for. Values never appear in {@link #toString()}: one of them may be a secret. Not for several threads at once.
 *
 * <p>Written without lambdas: settings are read once, when a process starts, and linking a lambda takes longer than what it would do here.
 */
public final class StorageSettings {

    private static final Pattern SIZE = Pattern.compile("(\\d{1,18})\\s*(B|KB|MB|GB|TB)?", Pattern.CASE_INSENSITIVE);
    private static final Pattern DURATION =
            Pattern.compile("(\\d{1,15})\\s*(ns|us|ms|s|m|h|d)?", Pattern.CASE_INSENSITIVE);

    private final Map<String, String> values;
    private final Set<String> known = new LinkedHashSet<>();

    private StorageSettings(Map<String, String> values) {
        this.values = values;
    }

    /** Settings from a copy of {@code values}. */
    public static StorageSettings of(Map<String, String> values) {
        return new StorageSettings(new TreeMap<>(values));
    }

    /** The setting as it stands, if it is set. */
    public Optional<String> text(String name) {
        known.add(name);
        return Optional.ofNullable(values.get(name));
    }

    /**
     * A setting that must be there.
     *
     * @throws IllegalArgumentException if it is not, or is blank
     */
    public String required(String name) {
        Optional<String> value = text(name);
        if (value.isEmpty() || value.get().isBlank()) {
            throw new IllegalArgumentException("the setting '" + name + "' is missing");
        }
        return value.get();
    }

    /**
     * {@code true} or {@code false}.
     *
     * @throws IllegalArgumentException if it is something else
     */
    public boolean flag(String name, boolean fallback) {
        Optional<String> value = text(name);
        if (value.isEmpty()) {
            return fallback;
        }
        return switch (value.get().trim().toLowerCase(Locale.ROOT)) {
            case "true" -> true;
            case "false" -> false;
            default -> throw bad(name, value.get(), "true or false");
        };
    }

    /**
     * A whole number within bounds.
     *
     * @throws IllegalArgumentException if it is something else
     */
    public int count(String name, int fallback, int least, int most) {
        Optional<String> value = text(name);
        if (value.isEmpty()) {
            return fallback;
        }
        try {
            int count = Integer.parseInt(value.get().trim());
            if (count >= least && count <= most) {
                return count;
            }
        } catch (NumberFormatException notANumber) {
            // said below, with the bounds
        }
        throw bad(name, value.get(), "a whole number from " + least + " to " + most);
    }

    /**
     * An amount of bytes: a number, or a number with {@code B}, {@code KB}, {@code MB}, {@code GB} or {@code TB} (powers of 1,024).
     *
     * @throws IllegalArgumentException if it is something else
     */
    public long bytes(String name, long fallback) {
        Optional<String> value = text(name);
        if (value.isEmpty()) {
            return fallback;
        }
        Matcher matcher = SIZE.matcher(value.get().trim());
        if (!matcher.matches()) {
            throw bad(name, value.get(), "an amount of bytes such as 8MB");
        }
        String unit = matcher.group(2) == null ? "B" : matcher.group(2).toUpperCase(Locale.ROOT);
        int power = Arrays.asList("B", "KB", "MB", "GB", "TB").indexOf(unit);
        try {
            return Math.multiplyExact(Long.parseLong(matcher.group(1)), 1L << (10 * power));
        } catch (ArithmeticException overflow) {
            throw bad(name, value.get(), "at most " + Long.MAX_VALUE + " bytes");
        }
    }

    /**
     * A duration: ISO-8601 ({@code PT5S}), or a number with {@code ns}, {@code us}, {@code ms}, {@code s}, {@code m}, {@code h} or {@code d}; a number
     * alone means milliseconds.
     *
     * @throws IllegalArgumentException if it is something else
     */
    public Duration duration(String name, Duration fallback) {
        Optional<String> value = text(name);
        return value.isEmpty() ? fallback : parseDuration(name, value.get().trim());
    }

    private static Duration parseDuration(String name, String value) {
        Matcher matcher = DURATION.matcher(value);
        if (!matcher.matches()) {
            try {
                return Duration.parse(value);
            } catch (DateTimeParseException notIso) {
                throw bad(name, value, "a duration such as 5s or PT5S");
            }
        }
        String unit = matcher.group(2) == null ? "ms" : matcher.group(2).toLowerCase(Locale.ROOT);
        try {
            return durationOf(Long.parseLong(matcher.group(1)), unit);
        } catch (ArithmeticException overflow) {
            throw bad(name, value, "a duration of at most " + Long.MAX_VALUE + " seconds");
        }
    }

    private static Duration durationOf(long amount, String unit) {
        return switch (unit) {
            case "ns" -> Duration.ofNanos(amount);
            case "us" -> Duration.ofNanos(Math.multiplyExact(amount, 1_000L));
            case "s" -> Duration.ofSeconds(amount);
            case "m" -> Duration.ofMinutes(amount);
            case "h" -> Duration.ofHours(amount);
            case "d" -> Duration.ofDays(amount);
            default -> Duration.ofMillis(amount);
        };
    }

    /**
     * One of an enum's names, in any case, with {@code -} for {@code _}.
     *
     * @throws IllegalArgumentException if it is something else
     */
    public <E extends Enum<E>> E choice(String name, Class<E> type, E fallback) {
        Optional<String> value = text(name);
        if (value.isEmpty()) {
            return fallback;
        }
        for (E constant : type.getEnumConstants()) {
            if (constant.name().equalsIgnoreCase(value.get().trim().replace('-', '_'))) {
                return constant;
            }
        }
        throw bad(name, value.get(), "one of " + Arrays.toString(type.getEnumConstants()));
    }

    /**
     * Fails if there are settings that nobody asked for; to be called when all have been read.
     *
     * @throws IllegalArgumentException names them, and those that are known
     */
    public void rejectUnknown() {
        Set<String> unknown = new TreeSet<>(values.keySet());
        unknown.removeAll(known);
        if (!unknown.isEmpty()) {
            throw new IllegalArgumentException("unknown settings " + unknown + "; known are " + new TreeSet<>(known));
        }
    }

    private static IllegalArgumentException bad(String name, String value, String expected) {
        return new IllegalArgumentException("the setting '" + name + "' is '" + value + "', expected " + expected);
    }

    /** The names that are set, never a value. */
    @Override
    public String toString() {
        return "StorageSettings" + values.keySet();
    }
}
