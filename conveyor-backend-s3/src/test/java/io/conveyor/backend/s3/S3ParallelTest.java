package io.conveyor.backend.s3;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

class S3ParallelTest {

    private final List<String> done = new ArrayList<>();

    @Test
    void whatNobodyWaitsForIsLeftToAnotherThread() {
        List<Runnable> left = new ArrayList<>();
        new S3Parallel(left::add, 2).apart(() -> done.add("task"));
        assertThat(done).isEmpty();
        left.get(0).run();
        assertThat(done).containsExactly("task");
    }

    @Test
    void whereNoThreadIsFreeTheCallerDoesIt() {
        new S3Parallel(
                        task -> {
                            throw new RejectedExecutionException();
                        },
                        2)
                .apart(() -> done.add("task"));
        assertThat(done).containsExactly("task");
    }
}
