package io.conveyor.spring.actuate;

import java.util.Locale;
import java.util.regex.Pattern;
import org.springframework.boot.actuate.endpoint.SanitizableData;
import org.springframework.boot.actuate.endpoint.SanitizingFunction;

/** Keeps secrets out of the endpoints {@code env} and {@code configprops} even where those show values. */
final class SecretProperties implements SanitizingFunction {

    /**
     * The names as relaxed binding sees them, also as members of a list. Backends that others provide have secrets of their own names: every key is one,
     * but for the id of a key. Any of Hadoop's own settings may hold a password.
     */
    private static final Pattern SECRET = Pattern.compile(
            "conveyor.*(accesskeyid|(?<!show)keys?|passwords?|passwd|passphrases?|secrets?|tokens?|credentials?"
                    + "|connectionstrings?)[0-9]*"
                    + "|conveyor.*hdfsproperties.*");

    @Override
    public SanitizableData apply(SanitizableData data) {
        String name = data.getKey().toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
        return SECRET.matcher(name).matches() ? data.withSanitizedValue() : data;
    }
}
