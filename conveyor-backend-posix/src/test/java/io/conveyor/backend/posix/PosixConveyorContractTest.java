package io.conveyor.backend.posix;

import io.conveyor.ConveyorFactory;
import io.conveyor.ConveyorOptions;
import io.conveyor.core.Conveyors;
import io.conveyor.spi.StorageBackend;
import io.conveyor.testkit.ConveyorContract;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** The promises of all conveyors, kept on a directory of the local file system. */
class PosixConveyorContractTest extends ConveyorContract {

    @TempDir
    private Path root;

    @Override
    protected StorageBackend newBackend() throws Exception {
        return PosixBackend.builder().root(root).build();
    }

    @Override
    protected ConveyorFactory newFactory(StorageBackend backend, ConveyorOptions options) throws Exception {
        return Conveyors.builder(backend).options(options).build();
    }
}
