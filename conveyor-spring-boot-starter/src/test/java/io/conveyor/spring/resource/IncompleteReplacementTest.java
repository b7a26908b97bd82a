package io.conveyor.spring.resource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.BackPressureTimeoutException;
import io.conveyor.ConveyorFactory;
import io.conveyor.ConveyorOptions;
import io.conveyor.core.Conveyors;
import io.conveyor.testkit.Bytes;
import io.conveyor.testkit.FaultInjectingBackend;
import io.conveyor.testkit.FaultPlan;
import io.conveyor.testkit.Hold;
import io.conveyor.testkit.MemoryBackend;
import io.conveyor.testkit.StorageOperation;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A replacement of which a part was refused is dropped, as try-with-resources closes it. */
@Timeout(60)
class IncompleteReplacementTest {

    private static final byte[] MORE_THAN_FITS = Bytes.at(0, 1 << 20, 1);

    private final MemoryBackend memory = MemoryBackend.create();
    private final FaultPlan plan = FaultPlan.create();
    private final ConveyorFactory factory = Conveyors.builder(FaultInjectingBackend.over(memory, plan))
            .memoryBudget(64 << 10)
            .options(ConveyorOptions.builder().writeTimeout(Duration.ZERO).build())
            .build();
    private final ConveyorResource resource =
            new ConveyorResource(new ConveyorLocation("default", "key"), store -> factory);

    @BeforeEach
    void store() throws IOException {
        factory.write("key", out -> out.write(Bytes.buffer("old")));
    }

    @AfterEach
    void close() throws IOException {
        factory.close();
        assertThat(memory.openHandles()).isZero();
    }

    private String stored() {
        return new String(memory.snapshot("key"), StandardCharsets.UTF_8);
    }

    @Test
    void aChannelWhoseWriteFailedPublishesNothing() throws IOException {
        WritableByteChannel channel = resource.writableChannel();
        try (Hold hold = plan.hold(StorageOperation.PWRITE)) {
            assertThatThrownBy(() -> channel.write(ByteBuffer.wrap(MORE_THAN_FITS)))
                    .isInstanceOf(BackPressureTimeoutException.class);
        }

        assertThatThrownBy(() -> channel.write(Bytes.buffer("more")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("'key' stays as it was");
        assertThatThrownBy(channel::close)
                .hasMessageContaining("'key' stays as it was")
                .hasCauseInstanceOf(BackPressureTimeoutException.class);
        channel.close();

        assertThat(channel.isOpen()).isFalse();
        assertThatThrownBy(() -> channel.write(Bytes.buffer("more"))).isInstanceOf(ClosedChannelException.class);
        assertThat(stored()).isEqualTo("old");
    }

    @Test
    void aStreamWhoseWriteFailedPublishesNothing() throws IOException {
        OutputStream stream = resource.getOutputStream();
        try (Hold hold = plan.hold(StorageOperation.PWRITE)) {
            assertThatThrownBy(() -> stream.write(MORE_THAN_FITS)).isInstanceOf(BackPressureTimeoutException.class);
        }

        assertThatThrownBy(stream::close).hasCauseInstanceOf(BackPressureTimeoutException.class);

        assertThat(stored()).isEqualTo("old");
    }
}
