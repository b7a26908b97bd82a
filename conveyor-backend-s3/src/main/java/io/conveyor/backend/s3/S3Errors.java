package io.conveyor.backend.s3;

import io.conveyor.ConflictException;
import io.conveyor.Extent;
import io.conveyor.StorageException;
import io.conveyor.StorageException.Retry;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkException;

/** Turns the SDK's exceptions into ours: by error code, status and type, never by the text of a message. */
final class S3Errors {

    private static final String REGION_HEADER = "x-amz-bucket-region";

    private static final Map<String, S3Fault> BY_CODE = Map.ofEntries(
            Map.entry("NoSuchKey", S3Fault.NO_SUCH_KEY),
            Map.entry("NoSuchVersion", S3Fault.NO_SUCH_KEY),
            Map.entry("NoSuchBucket", S3Fault.NO_SUCH_BUCKET),
            Map.entry("NoSuchUpload", S3Fault.NO_SUCH_UPLOAD),
            Map.entry("PreconditionFailed", S3Fault.PRECONDITION_FAILED),
            Map.entry("ConditionalRequestConflict", S3Fault.CONDITIONAL_CONFLICT),
            Map.entry("OperationAborted", S3Fault.CONDITIONAL_CONFLICT),
            Map.entry("AccessDenied", S3Fault.ACCESS_DENIED),
            Map.entry("AllAccessDisabled", S3Fault.ACCESS_DENIED),
            Map.entry("AccountProblem", S3Fault.ACCESS_DENIED),
            Map.entry("InvalidAccessKeyId", S3Fault.CREDENTIALS),
            Map.entry("SignatureDoesNotMatch", S3Fault.CREDENTIALS),
            Map.entry("InvalidToken", S3Fault.CREDENTIALS),
            Map.entry("InvalidSecurity", S3Fault.CREDENTIALS),
            Map.entry("NotSignedUp", S3Fault.CREDENTIALS),
            Map.entry("RequestTimeTooSkewed", S3Fault.CREDENTIALS),
            Map.entry("ExpiredToken", S3Fault.EXPIRED_CREDENTIALS),
            Map.entry("ExpiredTokenException", S3Fault.EXPIRED_CREDENTIALS),
            Map.entry("TokenRefreshRequired", S3Fault.EXPIRED_CREDENTIALS),
            Map.entry("PermanentRedirect", S3Fault.WRONG_REGION),
            Map.entry("TemporaryRedirect", S3Fault.WRONG_REGION),
            Map.entry("AuthorizationHeaderMalformed", S3Fault.WRONG_REGION),
            Map.entry("IllegalLocationConstraintException", S3Fault.WRONG_REGION),
            Map.entry("SlowDown", S3Fault.THROTTLED),
            Map.entry("TooManyRequests", S3Fault.THROTTLED),
            Map.entry("TooManyRequestsException", S3Fault.THROTTLED),
            Map.entry("Throttling", S3Fault.THROTTLED),
            Map.entry("ThrottlingException", S3Fault.THROTTLED),
            Map.entry("RequestLimitExceeded", S3Fault.THROTTLED),
            Map.entry("BandwidthLimitExceeded", S3Fault.THROTTLED),
            Map.entry("RequestThrottled", S3Fault.THROTTLED),
            Map.entry("ServiceUnavailable", S3Fault.THROTTLED),
            Map.entry("InternalError", S3Fault.SERVER_ERROR),
            Map.entry("RequestTimeout", S3Fault.BODY_TIMEOUT),
            Map.entry("IncompleteBody", S3Fault.CORRUPT),
            Map.entry("BadDigest", S3Fault.CORRUPT),
            Map.entry("XAmzContentSHA256Mismatch", S3Fault.CORRUPT),
            Map.entry("XAmzContentChecksumMismatch", S3Fault.CORRUPT),
            Map.entry("EntityTooLarge", S3Fault.TOO_LARGE),
            Map.entry("TooManyParts", S3Fault.TOO_LARGE),
            Map.entry("EntityTooSmall", S3Fault.BAD_PARTS),
            Map.entry("InvalidPart", S3Fault.BAD_PARTS),
            Map.entry("InvalidPartOrder", S3Fault.BAD_PARTS),
            Map.entry("InsufficientStorage", S3Fault.NO_SPACE),
            Map.entry("QuotaExceeded", S3Fault.NO_SPACE),
            Map.entry("XMinioStorageFull", S3Fault.NO_SPACE),
            Map.entry("XMinioAdminBucketQuotaExceeded", S3Fault.NO_SPACE),
            Map.entry("NotImplemented", S3Fault.UNSUPPORTED),
            Map.entry("MethodNotAllowed", S3Fault.UNSUPPORTED),
            Map.entry("InvalidObjectState", S3Fault.UNSUPPORTED));

    private final String bucket;
    private final String prefix;

    S3Errors(String bucket, String prefix) {
        this.bucket = bucket;
        this.prefix = prefix;
    }

    /** What the failure of a request means. */
    static S3Fault fault(Throwable failure) {
        if (failure instanceof AwsServiceException service) {
            return ofService(service);
        }
        if (failure instanceof ApiCallTimeoutException || failure instanceof ApiCallAttemptTimeoutException) {
            return S3Fault.TIMEOUT;
        }
        if (failure instanceof AbortedException || failure instanceof IllegalStateException) {
            return S3Fault.STOPPED;
        }
        return ofTransport(failure);
    }

    private static S3Fault ofService(AwsServiceException failure) {
        int status = failure.statusCode();
        S3Fault fault = BY_CODE.get(code(failure));
        if (fault != null) {
            return fault;
        }
        if (region(failure).isPresent() && (status == 301 || status == 307 || status == 400)) {
            return S3Fault.WRONG_REGION;
        }
        return ofStatus(status);
    }

    private static String code(AwsServiceException failure) {
        AwsErrorDetails details = failure.awsErrorDetails();
        return details == null || details.errorCode() == null ? "" : details.errorCode();
    }

    /** Whether a refusal may be for the credentials, the permission or something else, and does not say for which. */
    static boolean isWithoutReason(Throwable failure) {
        return failure instanceof AwsServiceException service
                && (service.statusCode() == 400 || service.statusCode() == 403)
                && code(service).isEmpty()
                && region(service).isEmpty();
    }

    private static S3Fault ofStatus(int status) {
        return switch (status) {
            case 301, 307, 308 -> S3Fault.WRONG_REGION;
            case 401 -> S3Fault.CREDENTIALS;
            case 403 -> S3Fault.ACCESS_DENIED;
            case 404 -> S3Fault.NO_SUCH_KEY;
            case 405, 501 -> S3Fault.UNSUPPORTED;
            case 408 -> S3Fault.BODY_TIMEOUT;
            case 409 -> S3Fault.CONDITIONAL_CONFLICT;
            case 412 -> S3Fault.PRECONDITION_FAILED;
            case 413 -> S3Fault.TOO_LARGE;
            case 429, 503 -> S3Fault.THROTTLED;
            case 507 -> S3Fault.NO_SPACE;
            // A success whose body is an error that nobody knows: it may have had its effect.
            case 200 -> S3Fault.SERVER_ERROR;
            default -> status >= 500 ? S3Fault.SERVER_ERROR : S3Fault.OTHER;
        };
    }

    private static S3Fault ofTransport(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof S3CredentialsException) {
                return S3Fault.NO_CREDENTIALS;
            }
            if (cause instanceof UnknownHostException
                    || cause instanceof ConnectException
                    || cause instanceof NoRouteToHostException
                    || cause instanceof SSLHandshakeException) {
                return S3Fault.NOT_SENT;
            }
            if (cause instanceof SocketTimeoutException) {
                return S3Fault.TIMEOUT;
            }
            if (cause instanceof InterruptedException) {
                return S3Fault.STOPPED;
            }
            if (cause instanceof IOException) {
                return S3Fault.CONNECTION;
            }
        }
        return failure instanceof SdkException ? S3Fault.CONNECTION : S3Fault.OTHER;
    }

    /**
     * The exception to throw.
     *
     * @param repeatable whether repeating the call does no harm even if it did take effect
     */
    IOException translate(
            Throwable failure, String operation, @Nullable String key, @Nullable Extent extent, boolean repeatable) {
        S3Fault fault = fault(failure);
        return switch (fault) {
            case NO_SUCH_KEY -> caused(new NoSuchFileException(named(key)), failure);
            case ACCESS_DENIED -> caused(new AccessDeniedException(named(key), null, said(failure)), failure);
            case PRECONDITION_FAILED ->
                new ConflictException(named(key), "it is not the version that was opened", false, failure);
            case STOPPED ->
                interrupted(failure)
                        ? caused(
                                new InterruptedIOException(operation + " of '" + named(key) + "' was interrupted"),
                                failure)
                        : storage(fault, Retry.NEVER, operation, key, extent, failure);
            default -> storage(fault, retry(fault, repeatable), operation, key, extent, failure);
        };
    }

    /** For a missing bucket where the store said no more than "not found". */
    StorageException noSuchBucket(String operation, @Nullable String key, Throwable failure) {
        return storage(S3Fault.NO_SUCH_BUCKET, Retry.NEVER, operation, key, null, failure);
    }

    private StorageException storage(
            S3Fault fault,
            Retry retry,
            String operation,
            @Nullable String key,
            @Nullable Extent extent,
            Throwable failure) {
        return new StorageException(
                fault.kind(),
                retry,
                operation,
                key == null ? null : name(key),
                extent,
                detail(fault, failure),
                failure);
    }

    private static Retry retry(S3Fault fault, boolean repeatable) {
        if (!fault.isWithoutEffect() && !repeatable) {
            return Retry.OUTCOME_UNKNOWN;
        }
        return fault.isTransient() ? Retry.SAFE : Retry.NEVER;
    }

    private String detail(S3Fault fault, Throwable failure) {
        return switch (fault) {
            case NO_SUCH_BUCKET -> "there is no bucket '" + bucket + "'";
            case WRONG_REGION ->
                "the bucket '" + bucket + "' is in "
                        + region(failure).map(region -> "the region " + region).orElse("another region")
                        + "; set it as the region";
            case NO_CREDENTIALS ->
                "no credentials could be got (" + root(failure).getClass().getSimpleName()
                        + "); give the options some, or set them where the SDK looks for them";
            case NOT_SENT ->
                "the store could not be reached: " + root(failure).getClass().getSimpleName();
            default -> said(failure);
        };
    }

    /** Code, status and request id: no message, which could repeat what was sent. */
    private static String said(Throwable failure) {
        if (failure instanceof AwsServiceException service) {
            AwsErrorDetails details = service.awsErrorDetails();
            return (details == null || details.errorCode() == null ? "no code" : details.errorCode()) + ", status "
                    + service.statusCode() + (service.requestId() == null ? "" : ", request " + service.requestId());
        }
        return root(failure).getClass().getSimpleName();
    }

    private static Optional<String> region(Throwable failure) {
        if (failure instanceof AwsServiceException service
                && service.awsErrorDetails() != null
                && service.awsErrorDetails().sdkHttpResponse() != null) {
            return service.awsErrorDetails().sdkHttpResponse().firstMatchingHeader(REGION_HEADER);
        }
        return Optional.empty();
    }

    private static boolean interrupted(Throwable failure) {
        return failure instanceof AbortedException || root(failure) instanceof InterruptedException;
    }

    private static Throwable root(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root;
    }

    /** The key as the application knows it: without the prefix. */
    String name(String fullKey) {
        return fullKey.startsWith(prefix) ? fullKey.substring(prefix.length()) : fullKey;
    }

    private String named(@Nullable String key) {
        return key == null ? bucket : name(key);
    }

    private static IOException caused(IOException exception, Throwable cause) {
        exception.initCause(cause);
        return exception;
    }
}
