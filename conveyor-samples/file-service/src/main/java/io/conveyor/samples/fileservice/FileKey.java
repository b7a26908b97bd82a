package io.conveyor.samples.fileservice;

import jakarta.servlet.http.HttpServletRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.util.regex.Pattern;

/**
 * The key that a request names. Conveyor itself refuses what could lead out of the store; here go the spellings that are legal keys and
 * more likely an attack or an accident, so that nothing is stored under a name that nobody meant.
 */
final class FileKey {

    /** What remains of a key that was percent-encoded twice. */
    private static final Pattern ENCODED = Pattern.compile("%\\p{XDigit}{2}");

    /** The longest file name of common file systems: a longer segment could not be stored everywhere. */
    private static final int MAX_SEGMENT_BYTES = 255;

    private FileKey() {}

    /**
     * The key below {@code /files/}.
     *
     * @param captured what the path pattern captured, decoded, with its leading slash
     * @throws InvalidPathException says what is wrong with it
     */
    static String of(String captured, HttpServletRequest request) {
        String key = captured.startsWith("/") ? captured.substring(1) : captured;
        refuse(key, key.isEmpty(), "a key is missing behind /files/");
        refuse(key, request.getRequestURI().indexOf(';') >= 0, "write ';' as %3B: path parameters are not supported");
        refuse(key, key.indexOf('\\') >= 0, "a key has no backslash");
        refuse(key, key.indexOf('\uFFFD') >= 0, "a key is UTF-8");
        refuse(key, key.chars().anyMatch(Character::isISOControl), "a key has no control characters");
        refuse(key, ENCODED.matcher(key).find(), "the key looks encoded twice");
        for (String segment : key.split("/", -1)) {
            int length = segment.getBytes(StandardCharsets.UTF_8).length;
            refuse(key, length > MAX_SEGMENT_BYTES, "a segment has at most " + MAX_SEGMENT_BYTES + " bytes");
        }
        return key;
    }

    private static void refuse(String key, boolean wrong, String reason) {
        if (wrong) {
            throw new InvalidPathException(key, reason);
        }
    }
}
