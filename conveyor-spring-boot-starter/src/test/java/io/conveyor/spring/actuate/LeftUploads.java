package io.conveyor.spring.actuate;

import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.AbortMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.AbortMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListMultipartUploadsRequest;
import software.amazon.awssdk.services.s3.model.ListMultipartUploadsResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.MultipartUpload;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** A bucket that has unfinished uploads and nothing else. Any thread. */
final class LeftUploads implements S3Client {

    private final List<MultipartUpload> uploads = new CopyOnWriteArrayList<>();
    private volatile String refused = "none";
    private volatile int undated;

    void add(String key, Instant begun) {
        uploads.add(MultipartUpload.builder()
                .key(key)
                .uploadId("upload of " + key)
                .initiated(begun)
                .build());
    }

    /** From now on, listing fails, or aborting what is called so. */
    void refuse(String key) {
        refused = key;
    }

    /** When no more than {@code left} uploads are there, marks of uploads seem to exist, and have no time: no answer that a store should give. */
    void answerWithoutTimes(int left) {
        undated = left;
    }

    private void checkNotRefused(String key) {
        if (key.equals(refused)) {
            throw S3Exception.builder().statusCode(501).build();
        }
    }

    List<String> keys() {
        return uploads.stream().map(MultipartUpload::key).toList();
    }

    @Override
    public ListMultipartUploadsResponse listMultipartUploads(ListMultipartUploadsRequest request) {
        checkNotRefused("listing");
        return ListMultipartUploadsResponse.builder()
                .uploads(uploads)
                .isTruncated(false)
                .build();
    }

    @Override
    public ListObjectsV2Response listObjectsV2(ListObjectsV2Request request) {
        return ListObjectsV2Response.builder().isTruncated(false).build();
    }

    @Override
    public HeadObjectResponse headObject(HeadObjectRequest request) {
        if (uploads.size() <= undated) {
            return HeadObjectResponse.builder().build();
        }
        throw NoSuchKeyException.builder().statusCode(404).build();
    }

    @Override
    public AbortMultipartUploadResponse abortMultipartUpload(AbortMultipartUploadRequest request) {
        checkNotRefused(request.key());
        uploads.removeIf(upload -> upload.uploadId().equals(request.uploadId()));
        return AbortMultipartUploadResponse.builder().build();
    }

    @Override
    public String serviceName() {
        return SERVICE_NAME;
    }

    @Override
    public void close() {}
}
