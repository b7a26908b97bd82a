package io.conveyor.spring.resource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.ConveyorOptions;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import io.conveyor.core.Conveyors;
import io.conveyor.testkit.Bytes;
import io.conveyor.testkit.FaultInjectingBackend;
import io.conveyor.testkit.FaultPlan;
import io.conveyor.testkit.MemoryBackend;
import io.conveyor.testkit.StorageOperation;
import java.io.IOException;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ServedStreamTest {

    @Test
    void aReadThatFailedHasReadNothing() throws IOException {
        FaultPlan plan = FaultPlan.create();
        ConveyorOptions options =
                ConveyorOptions.builder().retryAttempts(1).readAhead(false).build();
        try (ConveyorFactory factory = Conveyors.builder(FaultInjectingBackend.over(MemoryBackend.create(), plan))
                .options(options)
                .build()) {
            factory.write("key", out -> out.write(Bytes.buffer("content")));
            try (Conveyor conveyor = factory.open("key", StandardOpenOption.READ)) {
                ServedStream stream = new ServedStream(conveyor, RequestedRanges.of(null, 7, 0), 7);
                plan.on(StorageOperation.PREAD).next().failWith(Kind.UNAVAILABLE, Retry.NEVER);

                assertThatThrownBy(stream::read).isInstanceOf(IOException.class);

                assertThat(stream.available()).isZero();
                assertThat(stream).hasContent("content");
            }
        }
    }
}
