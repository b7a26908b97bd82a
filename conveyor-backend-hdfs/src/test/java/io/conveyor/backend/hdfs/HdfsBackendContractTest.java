package io.conveyor.backend.hdfs;

import io.conveyor.spi.StorageBackend;
import io.conveyor.testkit.StorageBackendContract;

/** All of the contract, on a namenode and three datanodes. */
class HdfsBackendContractTest extends StorageBackendContract {

    @Override
    protected StorageBackend newBackend() {
        return HdfsBackend.create(HdfsCluster.shared().options().build());
    }

    /** HDFS has no holes: the zeros are written, to three datanodes. */
    @Override
    protected boolean holesAreFree() {
        return false;
    }
}
