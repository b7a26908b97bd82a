package io.conveyor.backend.posix;

import io.conveyor.spi.StorageBackend;
import io.conveyor.testkit.StorageBackendContract;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** The contract of all backends, on a directory of the local file system. */
class PosixBackendContractTest extends StorageBackendContract {

    @TempDir
    private Path root;

    @Override
    protected StorageBackend newBackend() throws Exception {
        return PosixBackend.builder().root(root).build();
    }

    @Override
    protected boolean tellsApart(String key, String alike) {
        return FileNames.areApart(root, key, alike);
    }
}
