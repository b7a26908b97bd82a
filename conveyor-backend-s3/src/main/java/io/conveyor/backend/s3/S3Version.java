package io.conveyor.backend.s3;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;

/**
 * One version of an object, as the store described it.
 *
 * @param etag names the content
 * @param size in bytes
 * @param putId what Conveyor gave it when it stored it, or null if it was stored by somebody else
 * @param settings what was stored along with it, but for its tags
 * @param tagged whether it has tags that the settings do not name, as far as HEAD tells: where there are none it is silent, and so it is to whoever may not read them
 */
record S3Version(String etag, long size, @Nullable String putId, S3ObjectSettings settings, boolean tagged) {

    /** The metadata under which the id of a commit is stored. */
    static final String PUT_ID = "conveyor-put-id";

    /** What HEAD says. S3 keeps the names of metadata in lower case; some gateways write them otherwise, as the headers that they are. */
    static S3Version of(HeadObjectResponse head) {
        Map<String, String> metadata = new HashMap<>();
        head.metadata().forEach((name, value) -> metadata.put(name.toLowerCase(Locale.ROOT), value));
        String putId = metadata.remove(PUT_ID);
        S3ObjectSettings settings = S3ObjectSettings.builder()
                .contentType(head.contentType())
                .cacheControl(head.cacheControl())
                .contentEncoding(head.contentEncoding())
                .contentDisposition(head.contentDisposition())
                .contentLanguage(head.contentLanguage())
                .storageClass(head.storageClassAsString())
                .metadata(metadata)
                .build();
        Integer tags = head.tagCount();
        return new S3Version(head.eTag(), head.contentLength(), putId, settings, tags != null && tags > 0);
    }
}
