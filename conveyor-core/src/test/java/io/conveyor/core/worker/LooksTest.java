package io.conveyor.core.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LooksTest {

    @Test
    void whatIsThereIsSeenAtOnceAndWhatNeverComesIsGivenUp() {
        AtomicInteger looks = new AtomicInteger();
        assertThat(Looks.until(() -> looks.incrementAndGet() < 0)).isFalse();
        assertThat(looks.get()).isLessThanOrEqualTo(400);

        boolean several = Runtime.getRuntime().availableProcessors() > 1;
        assertThat(Looks.until(() -> true)).isEqualTo(several);
    }
}
