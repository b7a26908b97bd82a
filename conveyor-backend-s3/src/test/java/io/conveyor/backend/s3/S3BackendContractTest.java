package io.conveyor.backend.s3;

import io.conveyor.spi.StorageBackend;
import io.conveyor.testkit.StorageBackendContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The contract over HTTP, against S3Proxy in this process. */
class S3BackendContractTest extends StorageBackendContract {

    private static S3ProxyServer server;

    @BeforeAll
    static void startServer() throws Exception {
        server = S3ProxyServer.start();
    }

    @AfterAll
    static void stopServer() throws Exception {
        server.close();
    }

    @Override
    protected StorageBackend newBackend() throws Exception {
        return S3Backend.create(
                server.options().singlePutBytes(5 << 20).partBytes(5 << 20).build());
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
