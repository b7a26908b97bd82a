package io.conveyor.backend.hdfs;

import java.io.IOException;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Has the namenode close a file that its writer has left: asks for it once, and then only looks whether it is done.
 *
 * <p>Each request may start a recovery of the last block of its own. Two that overlap put each other's datanodes out of the running: the block may end with one
 * replica, whose failure is then the failure of every write. The namenode itself ignores requests within 30 heartbeats of the last, but a request may get lost
 * with the datanode that was to carry it out, so it is made again after a while. HBase ({@code RecoverLeaseFSUtils}) waits 4 s the first time, and then 64 s.
 *
 * <p>One thread.
 */
final class LeaseRecovery implements Patience.Question {

    private static final long FIRST_REPEAT_NANOS = Duration.ofSeconds(4).toNanos();
    private static final long LONGEST_REPEAT_NANOS = Duration.ofSeconds(64).toNanos();

    private final Patience.Question request;
    private final Patience.Question look;
    private final LongSupplier nanoTime;

    private boolean requested;
    private long requestedAt;
    private long repeatAfter = FIRST_REPEAT_NANOS;

    /**
     * A recovery that has not begun.
     *
     * @param request asks the namenode for it, and tells whether the file is closed already
     * @param look whether the file is closed
     * @param nanoTime the time
     */
    LeaseRecovery(Patience.Question request, Patience.Question look, LongSupplier nanoTime) {
        this.request = request;
        this.look = look;
        this.nanoTime = nanoTime;
    }

    @Override
    public boolean ask() throws IOException {
        long now = nanoTime.getAsLong();
        if (requested && now - requestedAt < repeatAfter) {
            return look.ask();
        }
        if (requested) {
            repeatAfter = Math.min(LONGEST_REPEAT_NANOS, repeatAfter * 4);
        }
        requested = true;
        requestedAt = now;
        return request.ask();
    }
}
