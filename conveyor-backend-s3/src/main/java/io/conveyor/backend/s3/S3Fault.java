package io.conveyor.backend.s3;

import io.conveyor.StorageException.Kind;

/** What a failed request means, whatever code, status or exception said so. */
enum S3Fault {
    NO_SUCH_KEY(Kind.IO, false, true),
    NO_SUCH_BUCKET(Kind.UNAVAILABLE, false, true),
    NO_SUCH_UPLOAD(Kind.IO, false, true),
    PRECONDITION_FAILED(Kind.IO, false, true),
    /** Another conditional request on the key was under way: try again. */
    CONDITIONAL_CONFLICT(Kind.UNAVAILABLE, true, true),
    ACCESS_DENIED(Kind.IO, false, true),
    CREDENTIALS(Kind.CREDENTIALS, false, true),
    /** Credentials that a provider may renew. */
    EXPIRED_CREDENTIALS(Kind.CREDENTIALS, true, true),
    /** Nobody gave credentials, so that nothing was sent; somebody may later. */
    NO_CREDENTIALS(Kind.CREDENTIALS, true, true),
    WRONG_REGION(Kind.UNAVAILABLE, false, true),
    /** Too much at once; what stands before the store may say so, too, although it has passed the request on. */
    THROTTLED(Kind.THROTTLED, true, false),
    /** The store failed and does not say how far it got. */
    SERVER_ERROR(Kind.UNAVAILABLE, true, false),
    /** The store was never reached. */
    NOT_SENT(Kind.UNAVAILABLE, true, true),
    /** The connection broke, or the answer could not be read. */
    CONNECTION(Kind.UNAVAILABLE, true, false),
    TIMEOUT(Kind.TIMEOUT, true, false),
    /** The store waited in vain for the body. */
    BODY_TIMEOUT(Kind.TIMEOUT, true, true),
    CORRUPT(Kind.CORRUPT, true, true),
    TOO_LARGE(Kind.TOO_LARGE, false, true),
    /** A part list that the store does not accept. */
    BAD_PARTS(Kind.PROTOCOL, false, true),
    NO_SPACE(Kind.NO_SPACE, false, true),
    UNSUPPORTED(Kind.UNSUPPORTED, false, true),
    /** This side's own fault: interrupted, or the client is closed. */
    STOPPED(Kind.UNAVAILABLE, false, false),
    OTHER(Kind.IO, false, true);

    private final Kind kind;
    private final boolean transientFault;
    private final boolean withoutEffect;

    S3Fault(Kind kind, boolean transientFault, boolean withoutEffect) {
        this.kind = kind;
        this.transientFault = transientFault;
        this.withoutEffect = withoutEffect;
    }

    Kind kind() {
        return kind;
    }

    /** Whether the same request may succeed later. */
    boolean isTransient() {
        return transientFault;
    }

    /** Whether the request changed nothing, if it was the only one that was sent. */
    boolean isWithoutEffect() {
        return withoutEffect;
    }
}
