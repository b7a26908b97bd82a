package io.conveyor.backend.hdfs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Test;

/** Who works on a path alone, and the time that he has for it. */
class PathLocksTest {

    private static final Path PATH = new Path("/data/object");
    private static final Duration BOUND = Duration.ofSeconds(60);

    private final AtomicLong now = new AtomicLong(77);
    private final PathLocks locks = new PathLocks(BOUND, now::get);

    private Duration timeLeft() throws IOException {
        return locks.alone(PATH, "object", left -> left);
    }

    @Test
    void whoWaitsForNobodyHasAllTheTime() throws IOException {
        assertThat(timeLeft()).isEqualTo(BOUND);
    }

    @Test
    void whatWasSpentOnWaitingForOthersIsNotGivenAgain() throws Exception {
        FutureTask<Duration> second = new FutureTask<>(this::timeLeft);
        Thread thread = new Thread(second);
        locks.alone(PATH, "object", left -> {
            thread.start();
            assertThat(Patience.until(Duration.ofSeconds(30), () -> LockSupport.getBlocker(thread) != null))
                    .isTrue();
            return now.addAndGet(Duration.ofSeconds(20).toNanos());
        });
        assertThat(second.get()).isEqualTo(Duration.ofSeconds(40));
    }

    @Test
    void whoWorksOnAPathMayTakeItAgain() throws IOException {
        Duration inner = locks.alone(PATH, "object", left -> timeLeft());
        assertThat(inner).isEqualTo(BOUND);
    }
}
