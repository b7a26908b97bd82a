package io.conveyor.backend.s3;

import io.conveyor.ConveyorFactory;
import io.conveyor.ConveyorOptions;
import io.conveyor.core.Conveyors;
import io.conveyor.spi.StorageBackend;
import io.conveyor.testkit.ConveyorContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The engine keeps its promises on S3 over HTTP, against S3Proxy in this process. */
class S3ConveyorContractTest extends ConveyorContract {

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
        return S3Backend.create(server.options().build());
    }

    @Override
    protected ConveyorFactory newFactory(StorageBackend backend, ConveyorOptions options) {
        return Conveyors.builder(backend).options(options).build();
    }
}
