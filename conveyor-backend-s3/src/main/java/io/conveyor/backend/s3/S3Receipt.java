package io.conveyor.backend.s3;

import io.conveyor.backend.s3.S3Requests.StoredPart;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a store answers to a request that publishes an object.
 *
 * @param etag names what is there now; null if the store does not say
 * @param isProof whether the answer follows from the bytes that were sent, and from no others, so that nobody needs to look what was stored: the ETag is the MD5
 *     of the bytes, or of the MD5s of the parts, each of which was sent along, or told by a store that was seen to refuse a wrong CRC. Not if it is no MD5 (a key of
 *     one's own, some stores), if the store copied a part, of which nobody knows the MD5, or without the quotes that some stores put around it elsewhere alone. A CRC in
 *     an answer proves nothing: some gateways say again what they were told
 */
record S3Receipt(@Nullable String etag, boolean isProof) {

    private static final Pattern DIGITS = Pattern.compile("[0-9a-f]{32}");

    /** Of the answer to one request, with what was sent along with the body. */
    static S3Receipt of(@Nullable String etag, S3Checksum kind, @Nullable String sent) {
        return new S3Receipt(
                etag,
                kind == S3Checksum.MD5 && sent != null && quoted(hex(sent)).equals(etag));
    }

    /** Of the answer to the completion of an upload. */
    static S3Receipt of(@Nullable String etag, List<StoredPart> parts) {
        boolean known = parts.stream().allMatch(part -> part.md5() != null);
        return new S3Receipt(etag, known && quoted(ofParts(parts)).equals(etag));
    }

    /**
     * The MD5 of a part that the store has taken: what was sent along, or, where the store compared a CRC, what its tag says. Null if nobody knows.
     */
    static @Nullable String md5(String etag, S3PartChecksum sent, @Nullable String checksum) {
        if (sent.isCompared()) {
            String tag = etag.replace("\"", "");
            return DIGITS.matcher(tag).matches() ? tag : null;
        }
        return sent.kind() == S3Checksum.MD5 && checksum != null ? hex(checksum) : null;
    }

    /** As Amazon and those who follow it name an object in parts: by the MD5 of the parts' MD5s, and how many there are. */
    private static String ofParts(List<StoredPart> parts) {
        ByteArrayOutputStream digests = new ByteArrayOutputStream();
        parts.forEach(part -> digests.writeBytes(HexFormat.of().parseHex(Objects.requireNonNull(part.md5()))));
        try {
            String digest = S3Checksum.MD5.of(new ByteArrayInputStream(digests.toByteArray()));
            return hex(Objects.requireNonNull(digest)) + "-" + parts.size();
        } catch (IOException impossible) {
            throw new UncheckedIOException("it is in memory", impossible);
        }
    }

    static String hex(String base64) {
        return HexFormat.of().formatHex(Base64.getDecoder().decode(base64));
    }

    private static String quoted(String tag) {
        return '"' + tag + '"';
    }
}
