package io.conveyor.spi;

import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;

/** The rule for keys, which is the same on every store. */
public final class ObjectKeys {

    /** The longest key in UTF-8 bytes, which is S3's limit. */
    public static final int MAX_BYTES = 1024;

    private ObjectKeys() {}

    /**
     * Checks a key: 1 to {@value #MAX_BYTES} UTF-8 bytes of segments separated by {@code /}; no segment empty, {@code .} or {@code ..}; no NUL; no
     * unpaired surrogate.
     *
     * @return the key
     * @throws InvalidPathException says which rule is broken, and where
     */
    public static String requireValid(String key) {
        if (key.isEmpty()) {
            throw new InvalidPathException(key, "a key has at least one byte");
        }
        int nul = key.indexOf('\0');
        if (nul >= 0) {
            throw new InvalidPathException(key.replace('\0', '?'), "a key has no NUL", nul);
        }
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(key)) {
            throw new InvalidPathException(key, "a key is valid Unicode, this one has an unpaired surrogate");
        }
        if (key.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES) {
            throw new InvalidPathException(key, "a key has at most " + MAX_BYTES + " UTF-8 bytes");
        }
        int start = 0;
        while (start <= key.length()) {
            int slash = key.indexOf('/', start);
            int end = slash < 0 ? key.length() : slash;
            requireValidSegment(key, start, end);
            start = end + 1;
        }
        return key;
    }

    private static void requireValidSegment(String key, int start, int end) {
        int length = end - start;
        if (length == 0) {
            throw new InvalidPathException(key, "a key has no empty segment, nor a '/' at either end", start);
        }
        if (key.charAt(start) == '.' && (length == 1 || (length == 2 && key.charAt(start + 1) == '.'))) {
            throw new InvalidPathException(key, "a key has no '.' or '..' segment", start);
        }
    }
}
