package io.conveyor.core;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.Whence;
import io.conveyor.testkit.MemoryBackend;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FirstLightTest {

    @Test
    void whatIsWrittenIsReadBackFlushedAndStored() throws Exception {
        MemoryBackend backend = MemoryBackend.create();
        try (ConveyorFactory factory = Conveyors.builder(backend).build()) {
            try (Conveyor conveyor = factory.open("a/b", READ, WRITE, CREATE)) {
                conveyor.write(ByteBuffer.wrap("hello".getBytes(UTF_8)));
                ByteBuffer back = ByteBuffer.allocate(10);
                assertThat(conveyor.read(back, 0)).isEqualTo(5);
                assertThat(new String(back.array(), 0, 5, UTF_8)).isEqualTo("hello");
                conveyor.flush();
                assertThat(backend.snapshot("a/b")).isEqualTo("hello".getBytes(UTF_8));
                assertThat(conveyor.seek(0, Whence.END)).isEqualTo(5);
            }
            factory.write("c", out -> out.write(ByteBuffer.wrap(new byte[100])));
            assertThat(backend.snapshot("c")).hasSize(100);
            assertThat(factory.stats().memoryUsedBytes()).isZero();
        }
        assertThat(backend.openHandles()).isZero();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void randomOperationsAgreeWithAnArray(long seed) throws Exception {
        Random random = new Random(seed);
        MemoryBackend backend = MemoryBackend.create();
        byte[] model = new byte[0];
        try (ConveyorFactory factory =
                Conveyors.builder(backend).memoryBudget(64 << 10).build()) {
            Conveyor conveyor = factory.open("x", READ, WRITE, CREATE);
            for (int i = 0; i < 20_000; i++) {
                int at = random.nextInt(200_000);
                int length = random.nextInt(random.nextInt(20) == 0 ? 40_000 : 500);
                switch (random.nextInt(8)) {
                    case 0, 1, 2 -> {
                        byte[] bytes = new byte[length];
                        random.nextBytes(bytes);
                        conveyor.write(ByteBuffer.wrap(bytes), at);
                        if (length > 0 && at + length > model.length) {
                            model = Arrays.copyOf(model, at + length);
                        }
                        System.arraycopy(bytes, 0, model, Math.min(at, model.length), length == 0 ? 0 : length);
                    }
                    case 3, 4, 5 -> {
                        ByteBuffer dst = ByteBuffer.allocate(length);
                        int count = conveyor.read(dst, at);
                        int expected = length == 0 ? 0 : at >= model.length ? -1 : Math.min(length, model.length - at);
                        assertThat(count).as("seed %d op %d", seed, i).isEqualTo(expected);
                        if (count > 0) {
                            assertThat(Arrays.copyOf(dst.array(), count))
                                    .as("seed %d op %d at %d length %d", seed, i, at, length)
                                    .isEqualTo(Arrays.copyOfRange(model, at, at + count));
                        }
                    }
                    case 6 -> {
                        if (random.nextInt(20) == 0) {
                            conveyor.truncate(at);
                            model = at < model.length ? Arrays.copyOf(model, at) : model;
                        }
                    }
                    default -> {
                        if (random.nextInt(50) == 0) {
                            conveyor.flush();
                        }
                        assertThat(conveyor.size()).isEqualTo(model.length);
                    }
                }
            }
            conveyor.close();
            assertThat(backend.snapshot("x")).isEqualTo(model);
            assertThat(factory.stats().memoryUsedBytes()).isZero();
        }
        assertThat(backend.violations()).isEmpty();
    }
}
