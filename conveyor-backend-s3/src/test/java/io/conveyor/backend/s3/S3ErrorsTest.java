package io.conveyor.backend.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.ConflictException;
import io.conveyor.StorageException;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;

class S3ErrorsTest {

    private final S3Errors errors = new S3Errors("bucket", "prefix/");

    @ParameterizedTest
    @CsvSource({
        "NoSuchBucket, 404, UNAVAILABLE, NEVER",
        "InvalidAccessKeyId, 403, CREDENTIALS, NEVER",
        "SignatureDoesNotMatch, 403, CREDENTIALS, NEVER",
        "ExpiredToken, 400, CREDENTIALS, SAFE",
        "RequestTimeTooSkewed, 403, CREDENTIALS, NEVER",
        "SlowDown, 503, THROTTLED, SAFE",
        "SlowDown, 200, THROTTLED, SAFE",
        ", 503, THROTTLED, SAFE",
        ", 429, THROTTLED, SAFE",
        "InternalError, 500, UNAVAILABLE, SAFE",
        "InternalError, 200, UNAVAILABLE, SAFE",
        ", 502, UNAVAILABLE, SAFE",
        "ConditionalRequestConflict, 409, UNAVAILABLE, SAFE",
        "RequestTimeout, 400, TIMEOUT, SAFE",
        "BadDigest, 400, CORRUPT, SAFE",
        "EntityTooSmall, 400, PROTOCOL, NEVER",
        "InvalidPart, 400, PROTOCOL, NEVER",
        "EntityTooLarge, 400, TOO_LARGE, NEVER",
        "QuotaExceeded, 403, NO_SPACE, NEVER",
        "NotImplemented, 501, UNSUPPORTED, NEVER",
        "InvalidObjectState, 403, UNSUPPORTED, NEVER",
        "SomethingNew, 400, IO, NEVER",
    })
    void codesAndStatusesHaveAKindAndARetry(String code, int status, Kind kind, Retry retry) {
        IOException translated = errors.translate(FakeS3.failure(status, code), "pread", "prefix/key", null, true);

        assertThat(translated).isInstanceOfSatisfying(StorageException.class, e -> {
            assertThat(e.kind()).isEqualTo(kind);
            assertThat(e.retry()).isEqualTo(retry);
            assertThat(e.key()).contains("key");
            assertThat(e.operation()).isEqualTo("pread");
        });
    }

    @Test
    void whatJavaHasANameForKeepsIt() {
        assertThat(translate(FakeS3.failure(404, "NoSuchKey")))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessage("key");
        assertThat(translate(FakeS3.failure(404, null))).isInstanceOf(NoSuchFileException.class);
        assertThat(translate(FakeS3.failure(403, "AccessDenied"))).isInstanceOf(AccessDeniedException.class);
        assertThat(translate(FakeS3.failure(403, null))).isInstanceOf(AccessDeniedException.class);
        assertThat(translate(FakeS3.failure(412, "PreconditionFailed"))).isInstanceOf(ConflictException.class);
        assertThat(translate(FakeS3.failure(412, null))).isInstanceOf(ConflictException.class);
    }

    @Test
    void theRightRegionIsNamed() {
        S3Exception redirected = (S3Exception) S3Exception.builder()
                .statusCode(301)
                .awsErrorDetails(AwsErrorDetails.builder()
                        .errorCode("PermanentRedirect")
                        .sdkHttpResponse(SdkHttpResponse.builder()
                                .statusCode(301)
                                .putHeader("x-amz-bucket-region", "eu-central-1")
                                .build())
                        .build())
                .build();

        assertThat(translate(redirected)).hasMessageContaining("eu-central-1");
    }

    @Test
    void aRequestThatNeverWentOutMayBeRepeatedAndOneThatDidMayNot() {
        for (IOException cause : new IOException[] {new ConnectException("x"), new UnknownHostException("x")}) {
            assertThat(((StorageException) publishing(cause)).retry()).isEqualTo(Retry.SAFE);
        }
        for (IOException cause : new IOException[] {new SocketException("x"), new SocketTimeoutException("x")}) {
            assertThat(((StorageException) publishing(cause)).retry()).isEqualTo(Retry.OUTCOME_UNKNOWN);
        }
    }

    private IOException publishing(IOException cause) {
        return errors.translate(SdkClientException.create("x", cause), "flush", "prefix/key", null, false);
    }

    @Test
    void timeoutsAreTimeouts() {
        assertThat(((StorageException) translate(ApiCallAttemptTimeoutException.create(5))).kind())
                .isEqualTo(Kind.TIMEOUT);
        assertThat(((StorageException) translate(SdkClientException.create("x", new SocketTimeoutException("x"))))
                        .kind())
                .isEqualTo(Kind.TIMEOUT);
    }

    private IOException translate(RuntimeException failure) {
        return errors.translate(failure, "pread", "prefix/key", null, true);
    }
}
