package io.conveyor.backend.s3;

/** There are no credentials for a request, which was not sent: whoever gives them has failed. */
final class S3CredentialsException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    S3CredentialsException(Throwable cause) {
        super("no credentials could be got", cause);
    }
}
