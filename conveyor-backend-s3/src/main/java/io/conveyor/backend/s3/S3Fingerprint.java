package io.conveyor.backend.s3;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Half of SHA-256 over lines of text: enough against chance where there is little room. Not for several threads at once. */
final class S3Fingerprint {

    private static final int BYTES = 16;

    private final MessageDigest digest;

    /** Of nothing yet. */
    S3Fingerprint() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every JVM has SHA-256", impossible);
        }
    }

    /** Adds a text. */
    S3Fingerprint with(String text) {
        digest.update(text.getBytes(StandardCharsets.UTF_8));
        return this;
    }

    /** In hexadecimal digits; more may be added afterwards. */
    String hex() {
        try {
            byte[] bytes = ((MessageDigest) digest.clone()).digest();
            return HexFormat.of().formatHex(bytes, 0, BYTES);
        } catch (CloneNotSupportedException impossible) {
            throw new IllegalStateException("the JDK's SHA-256 can be cloned", impossible);
        }
    }
}
