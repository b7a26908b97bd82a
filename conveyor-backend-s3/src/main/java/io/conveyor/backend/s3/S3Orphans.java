package io.conveyor.backend.s3;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListMultipartUploadsResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.MultipartUpload;
import software.amazon.awssdk.services.s3.model.S3Object;

/** Finds and removes what was left behind below the prefix. Any thread. */
final class S3Orphans {

    private static final String OPERATION = "orphans";

    private final S3Options options;
    private final S3Requests requests;
    private final S3InUse inUse;

    S3Orphans(S3Session session) {
        this.options = session.options();
        this.requests = session.requests();
        this.inUse = session.inUse();
    }

    /** What is older than {@code age}, and not in use here. */
    List<S3Orphan> find(Duration age) throws IOException {
        Instant before = Instant.now().minus(age);
        List<S3Orphan> found = new ArrayList<>();
        // the marks last: what is marked meanwhile is seen, too
        findUploads(before, found);
        Set<String> kept = findHidden(before, found);
        found.removeIf(orphan ->
                orphan.uploadId() != null && kept.contains(S3KeptUpload.key(options.prefix, orphan.uploadId())));
        return List.copyOf(found);
    }

    private void findUploads(Instant before, List<S3Orphan> found) throws IOException {
        @Nullable String keyMarker = null;
        @Nullable String idMarker = null;
        while (true) {
            ListMultipartUploadsResponse page = requests.listUploads(OPERATION, options.prefix, keyMarker, idMarker);
            for (MultipartUpload upload : page.uploads()) {
                if (upload.initiated().isBefore(before) && !inUse.contains(upload.uploadId())) {
                    found.add(new S3Orphan(upload.key(), upload.uploadId(), upload.initiated()));
                }
            }
            if (!Boolean.TRUE.equals(page.isTruncated()) || page.nextKeyMarker() == null) {
                return;
            }
            keyMarker = page.nextKeyMarker();
            idMarker = page.nextUploadIdMarker();
        }
    }

    private static Instant keptSince() {
        return Instant.now().minus(S3KeptUpload.KEPT_FOR);
    }

    /** Adds hidden objects; the result are the marks of uploads that are to be kept, which are none. */
    private Set<String> findHidden(Instant before, List<S3Orphan> found) throws IOException {
        Instant keptSince = keptSince();
        Set<String> kept = new HashSet<>();
        @Nullable String token = null;
        do {
            ListObjectsV2Response page = requests.list(OPERATION, null, options.prefix + S3Options.HIDDEN, token);
            for (S3Object object : page.contents()) {
                if (S3KeptUpload.isKey(options.prefix, object.key())
                        && object.lastModified().isAfter(keptSince)) {
                    kept.add(object.key());
                } else if (object.lastModified().isBefore(before) && !inUse.contains(object.key())) {
                    found.add(new S3Orphan(object.key(), null, object.lastModified()));
                }
            }
            token = page.nextContinuationToken();
        } while (token != null);
        return kept;
    }

    /** Aborts an upload or deletes a hidden object; nothing happens if it is gone, or was marked meanwhile as one that is to be kept. */
    void remove(S3Orphan orphan) throws IOException {
        String uploadId = orphan.uploadId();
        if (uploadId != null) {
            HeadObjectResponse mark = requests.describe(OPERATION, S3KeptUpload.key(options.prefix, uploadId));
            if (mark != null && mark.lastModified().isAfter(keptSince())) {
                return;
            }
            requests.abortUpload(OPERATION, orphan.key(), uploadId);
        } else {
            requests.delete(OPERATION, orphan.key());
        }
    }
}
