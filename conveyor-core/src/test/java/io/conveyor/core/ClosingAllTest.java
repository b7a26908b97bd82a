package io.conveyor.core;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.spi.TimeSource;
import io.conveyor.testkit.Bytes;
import io.conveyor.testkit.Concurrently;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ClosingAllTest {

    @RegisterExtension
    final OneConveyor one = new OneConveyor();

    @Test
    void withoutAThreadForOthersTheCallerClosesAll() throws Exception {
        List<BufferedConveyor> conveyors = new ArrayList<>();
        for (String key : List.of("a", "b", "c")) {
            BufferedConveyor conveyor = (BufferedConveyor) one.factory().open(key, WRITE, CREATE);
            conveyor.write(Bytes.buffer("bytes of " + key));
            conveyors.add(conveyor);
        }

        Exception failure = new ClosingAll(conveyors, Concurrently.PATIENCE.toNanos(), TimeSource.system(), work -> {
                    throw new OutOfMemoryError("no thread, for the test");
                })
                .run();

        assertThat(failure).isNull();
        assertThat(conveyors).noneMatch(BufferedConveyor::isOpen);
        assertThat(one.memory.snapshot("c")).isEqualTo(Bytes.of("bytes of c"));
    }
}
