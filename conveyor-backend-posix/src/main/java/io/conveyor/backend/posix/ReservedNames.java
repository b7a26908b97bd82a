package io.conveyor.backend.posix;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * The file names that belong to this backend: all that begin with {@code .conveyor-}, in any case. Keys have no such segment, and lists do
 * not show them.
 */
final class ReservedNames {

    /** What every reserved name begins with. */
    static final String PREFIX = ".conveyor-";

    private static final Pattern TEMPORARY = Pattern.compile("\\.conveyor-[0-9a-f]{32}\\.tmp");
    private static final int LOCK_HASH_BYTES = 16;

    private ReservedNames() {}

    /** Whether the name is the backend's own. Case does not matter, because it does not on some file systems. */
    static boolean isReserved(String name) {
        return name.regionMatches(true, 0, PREFIX, 0, PREFIX.length());
    }

    /** A name for a temporary, which nothing has had before. */
    static String temporary() {
        return PREFIX + UUID.randomUUID().toString().replace("-", "").toLowerCase(Locale.ROOT) + ".tmp";
    }

    /** Whether the name is one that {@link #temporary()} could have made. */
    static boolean isTemporary(String name) {
        return TEMPORARY.matcher(name).matches();
    }

    /** The name of the lock file for the file {@code name} beside it: a hash, since a longer name might be too long. */
    static String lockOf(String name) {
        byte[] hash = sha256().digest(name.getBytes(StandardCharsets.UTF_8));
        return PREFIX + HexFormat.of().formatHex(hash, 0, LOCK_HASH_BYTES) + ".lock";
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }
}
