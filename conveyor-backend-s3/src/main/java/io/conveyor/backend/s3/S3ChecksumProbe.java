package io.conveyor.backend.s3;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.awscore.exception.AwsServiceException;

/**
 * Whether a store that is not Amazon's compares the CRC32C of a part, which costs a tenth of an MD5. Nobody can see that from an answer: older stores ignore the
 * header or refuse it, and some gateways say again what they were told. So the store is asked once, before the first upload: it has to take a part of one byte
 * with the right CRC, and to refuse it with a wrong one. That goes into an upload which is given up, since Ceph does not complete one of which it has a part
 * that is not named. No upload is begun with the CRC, so that the store can copy into it. Any thread; while one asks, the others go on with what is
 * always right.
 */
final class S3ChecksumProbe {

    private static final Logger LOG = LoggerFactory.getLogger(S3ChecksumProbe.class);

    /** So many probes may end without an answer, each at another upload. */
    private static final int TRIES = 3;

    private static final S3Body BODY = new S3BufferBody(ByteBuffer.wrap(new byte[] {0}));
    private static final S3Body ANOTHER = new S3BufferBody(ByteBuffer.wrap(new byte[] {1}));

    private enum State {
        UNKNOWN,
        ASKING,
        COMPARES,
        DOES_NOT
    }

    private final S3Requests requests;
    private final AtomicReference<State> state;
    private final AtomicInteger withoutAnswer = new AtomicInteger();

    S3ChecksumProbe(S3Options options, S3Requests requests) {
        this.requests = requests;
        this.state = new AtomicReference<>(options.asksForChecksum ? State.UNKNOWN : State.DOES_NOT);
    }

    /**
     * What the parts of an upload are sent with that is about to begin.
     *
     * @param begunWith what it is begun with
     * @param mayAsk whether enough is going to be sent for four more requests
     */
    S3PartChecksum ofParts(String operation, String key, S3PartChecksum begunWith, boolean mayAsk) throws IOException {
        if (mayAsk && state.compareAndSet(State.UNKNOWN, State.ASKING)) {
            State found = State.UNKNOWN;
            try {
                found = ask(operation, key);
            } finally {
                state.set(found);
            }
            LOG.debug("{} a part with a CRC32C: {}", key, found);
        }
        return state.get() == State.COMPARES ? S3PartChecksum.compared() : begunWith;
    }

    private State ask(String operation, String key) throws IOException {
        String uploadId;
        try {
            S3PartChecksum without = S3PartChecksum.begunWith(S3Checksum.NONE);
            uploadId = requests.createUpload(operation, key, "probe", S3ObjectSettings.none(), without);
        } catch (IOException notBegun) {
            return unknown();
        }
        try {
            return ask(key, uploadId, crc32cOf(BODY), crc32cOf(ANOTHER));
        } finally {
            giveUp(operation, key, uploadId);
        }
    }

    private State ask(String key, String uploadId, String right, String wrong) {
        try {
            requests.probePart(key, uploadId, BODY, right);
        } catch (RuntimeException e) {
            return isRefusal(e) ? State.DOES_NOT : unknown();
        }
        try {
            requests.probePart(key, uploadId, BODY, wrong);
        } catch (RuntimeException e) {
            return isRefusal(e) ? State.COMPARES : unknown();
        }
        return State.DOES_NOT;
    }

    private void giveUp(String operation, String key, String uploadId) {
        try {
            requests.abortUpload(operation, key, uploadId);
        } catch (IOException leftForTheOrphanFinder) {
            LOG.debug("{}: the upload of a probe is left", key, leftForTheOrphanFinder);
        }
    }

    /** What was refused for what it is: not for who asks, for there being too much to do, or by somebody on the way. */
    private static boolean isRefusal(RuntimeException failure) {
        return failure instanceof AwsServiceException
                && switch (S3Errors.fault(failure)) {
                    case CORRUPT, UNSUPPORTED, OTHER -> true;
                    default -> false;
                };
    }

    private State unknown() {
        return withoutAnswer.incrementAndGet() < TRIES ? State.UNKNOWN : State.DOES_NOT;
    }

    private static String crc32cOf(S3Body body) throws IOException {
        return Objects.requireNonNull(body.checksum(S3Checksum.CRC32C));
    }
}
