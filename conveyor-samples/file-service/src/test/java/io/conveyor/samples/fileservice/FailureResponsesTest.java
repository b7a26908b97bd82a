package io.conveyor.samples.fileservice;

import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.put;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.header;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.jsonPath;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.status;

import io.conveyor.BackPressureTimeoutException;
import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.ConveyorOptions;
import io.conveyor.ConveyorStats;
import io.conveyor.FactoryStats;
import io.conveyor.ObjectAttributes;
import io.conveyor.StorageException;
import io.conveyor.StorageException.Kind;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.springframework.test.web.servlet.ResultActions;
import org.springframework.test.web.servlet.setup.MockMvcBuilders;

class FailureResponsesTest {

    @Test
    void backPressureIsAnsweredWithTheAdviceToComeBack() throws Exception {
        putInto(new FailingFactory(new BackPressureTimeoutException("key", Duration.ofSeconds(30), 1)))
                .andExpect(status().isServiceUnavailable())
                .andExpect(header().exists("Retry-After"))
                .andExpect(jsonPath("$.detail").value("Storage does not keep up; try again later."));
    }

    @Test
    void aFullStoreIsAnsweredWithoutThatAdvice() throws Exception {
        putInto(new FailingFactory(new StorageException(
                        Kind.NO_SPACE, StorageException.Retry.NEVER, "pwrite", "key", null, "the disk is full", null)))
                .andExpect(status().isInsufficientStorage())
                .andExpect(header().doesNotExist("Retry-After"))
                .andExpect(jsonPath("$.status").value(507));
    }

    private static ResultActions putInto(ConveyorFactory files) throws Exception {
        return MockMvcBuilders.standaloneSetup(new FileController(files))
                .setControllerAdvice(new FailureResponses())
                .build()
                .perform(put("/files/key").content("content").header("Content-Length", "7"));
    }

    /** A store in which nothing can be opened. */
    private static final class FailingFactory implements ConveyorFactory {

        private final IOException failure;

        FailingFactory(IOException failure) {
            this.failure = failure;
        }

        @Override
        public Conveyor open(String key, ConveyorOptions overrides, OpenOption... options) throws IOException {
            throw failure;
        }

        @Override
        public ObjectAttributes attributes(String key) throws IOException {
            throw new NoSuchFileException(key);
        }

        @Override
        public boolean delete(String key) {
            return false;
        }

        @Override
        public Stream<ObjectAttributes> list(String prefix) {
            return Stream.empty();
        }

        @Override
        public List<Conveyor> openConveyors() {
            return List.of();
        }

        @Override
        public FactoryStats stats() {
            return new FactoryStats(ConveyorStats.NONE, 0, 0, 0, 0, 0, 0, 0);
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }
}
