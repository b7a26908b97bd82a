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
 * header or refuse it, and some gateways say again what they were told. So the store is asked once, at the first upload: it has to take a part of one byte
 * with the right CRC, and to refuse it with a wrong one. The upload need not be begun with the CRC for that, so that the store can copy into it, and is
 * completed without; the parts of the probe have the last number, and are left out. Any thread; while one asks, the others go on with what is always right.
 */
final class S3ChecksumProbe {

    private static final Logger LOG = LoggerFactory.getLogger(S3ChecksumProbe.class);

    /** A number of which another part is sent much later, if at all. */
    private static final int NUMBER = S3Limits.AWS.maxParts();

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
     * What parts are sent with.
     *
     * @param begunWith what the upload was begun with
     * @param mayAsk whether enough is going to be sent for two more requests
     */
    S3PartChecksum ofParts(String key, String uploadId, S3PartChecksum begunWith, boolean mayAsk) throws IOException {
        if (mayAsk && state.compareAndSet(State.UNKNOWN, State.ASKING)) {
            State found = State.UNKNOWN;
            try {
                found = ask(key, uploadId);
            } finally {
                state.set(found);
            }
            LOG.debug("{} a part with a CRC32C: {}", key, found);
        }
        return state.get() == State.COMPARES ? S3PartChecksum.compared() : begunWith;
    }

    private State ask(String key, String uploadId) throws IOException {
        try {
            requests.probePart(key, uploadId, NUMBER, BODY, crc32cOf(BODY));
        } catch (RuntimeException e) {
            return isRefusal(e) ? State.DOES_NOT : unknown();
        }
        try {
            requests.probePart(key, uploadId, NUMBER, BODY, crc32cOf(ANOTHER));
        } catch (RuntimeException e) {
            return isRefusal(e) ? State.COMPARES : unknown();
        }
        return State.DOES_NOT;
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
