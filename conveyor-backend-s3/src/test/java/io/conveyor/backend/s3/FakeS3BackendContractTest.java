package io.conveyor.backend.s3;

import io.conveyor.spi.StorageBackend;
import io.conveyor.testkit.StorageBackendContract;
import java.io.IOException;

/** The contract on the in-memory store, with parts and a single PUT as small as they may be. */
class FakeS3BackendContractTest extends StorageBackendContract {

    @Override
    protected StorageBackend newBackend() throws IOException {
        return S3Backend.create(S3Options.builder("bucket")
                .client(new FakeS3())
                .partBytes(5 << 20)
                .singlePutBytes(5 << 20)
                .stagingMemoryBytes(1 << 20)
                .build());
    }

    @Override
    protected int largeBytes() {
        return (17 << 20) + 4321;
    }

    /** S3 has no holes: the zeros are sent. */
    @Override
    protected boolean holesAreFree() {
        return false;
    }
}
