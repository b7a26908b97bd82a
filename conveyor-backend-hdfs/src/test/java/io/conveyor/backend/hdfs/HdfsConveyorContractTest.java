package io.conveyor.backend.hdfs;

import io.conveyor.ConveyorFactory;
import io.conveyor.ConveyorOptions;
import io.conveyor.core.Conveyors;
import io.conveyor.spi.StorageBackend;
import io.conveyor.testkit.ConveyorContract;
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Test;

/** All that conveyors promise, on a namenode and three datanodes. */
class HdfsConveyorContractTest extends ConveyorContract {

    @Override
    protected StorageBackend newBackend() {
        return HdfsBackend.create(HdfsCluster.shared().options().build());
    }

    @Override
    protected ConveyorFactory newFactory(StorageBackend backend, ConveyorOptions options) {
        return Conveyors.builder(backend)
                .options(options)
                .memoryBudget(32 << 20)
                .build();
    }

    @Override
    @Test
    @Disabled("the lease of HDFS lets one writer in, whatever the options say")
    protected void oneWriterUnlessSeveralAreAllowed() {}
}
