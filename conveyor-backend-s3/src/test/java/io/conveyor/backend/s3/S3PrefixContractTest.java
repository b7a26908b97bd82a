package io.conveyor.backend.s3;

import io.conveyor.spi.StorageBackend;
import io.conveyor.testkit.StorageBackendContract;
import java.io.IOException;
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Test;

/** The contract below a prefix, with streamed parts that spill early. */
class S3PrefixContractTest extends StorageBackendContract {

    @Override
    protected StorageBackend newBackend() throws IOException {
        FakeS3 store = new FakeS3();
        store.store("elsewhere", new byte[] {1});
        store.store("../object", new byte[] {2});
        return S3Backend.create(S3Options.builder("bucket")
                .client(store)
                .prefix("some/prefix")
                .partBytes(5 << 20)
                .singlePutBytes(5 << 20)
                .stagingMemoryBytes(0)
                .build());
    }

    @Override
    @Test
    @Disabled("S3 counts the prefix into the 1,024 bytes of a key")
    protected void theLongestKeyWorks() {}

    /** S3 has no holes: the zeros are sent. */
    @Override
    protected boolean holesAreFree() {
        return false;
    }
}
