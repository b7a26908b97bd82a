package io.conveyor.backend.posix;

import static io.conveyor.ConveyorOpenOption.ATOMIC_REPLACE;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.ConflictException;
import io.conveyor.spi.StorageBackend;
import io.conveyor.spi.StorageHandle;
import io.conveyor.testkit.StorageBackendContract;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract of all backends, with the options for a file system on the network: several writes at once, writers locked out. */
class PosixNetworkFileSystemContractTest extends StorageBackendContract {

    @TempDir
    private Path root;

    @Override
    protected StorageBackend newBackend() throws Exception {
        return PosixBackend.builder()
                .root(root)
                .maxConcurrentWrites(4)
                .fileLock(true)
                .build();
    }

    @Override
    protected boolean tellsApart(String key, String alike) {
        return FileNames.areApart(root, key, alike);
    }

    /** With the lock nobody gets as far as to create the object meanwhile: the second writer is refused when it opens. */
    @Test
    @Override
    protected void aNewDraftDoesNotOverwriteWhatAppearedMeanwhile() throws IOException {
        try (StorageHandle draft = backend().open("object", Set.of(WRITE, CREATE_NEW, ATOMIC_REPLACE))) {
            assertThatThrownBy(() -> backend().open("object", Set.of(WRITE, CREATE)))
                    .isInstanceOf(ConflictException.class);
            draft.commit();
        }
        assertThat(root.resolve("object")).isEmptyFile();
    }
}
