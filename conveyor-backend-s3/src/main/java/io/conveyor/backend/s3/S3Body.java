package io.conveyor.backend.s3;

import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.sync.RequestBody;

/** What is sent in a request. Can be read again and again, so a request can be repeated. */
interface S3Body {

    /** In bytes. */
    long length();

    /** The bytes from the first on. */
    InputStream newStream();

    /** What is sent along so that the store can tell whether all arrived, or null. */
    default @Nullable String checksum(S3Checksum kind) throws IOException {
        try (InputStream in = newStream()) {
            return kind.of(in);
        }
    }

    /** For the SDK. */
    default RequestBody toRequestBody() {
        return RequestBody.fromContentProvider(this::newStream, length(), "application/octet-stream");
    }
}
