package io.conveyor.benchmarks.peers;

import io.conveyor.benchmarks.s3.S3Access;
import io.conveyor.benchmarks.s3.S3AccessProvider;
import io.conveyor.benchmarks.s3.S3Address;
import java.util.List;

/** All of them. */
public final class Peers implements S3AccessProvider {

    @Override
    public List<S3Access> connect(S3Address address) throws Exception {
        return List.of(
                new TransferManagerAccess(address),
                new S3aAccess(address, "classic"),
                new S3aAccess(address, "prefetch"),
                new S3aAccess(address, "analytics"),
                new AnalyticsAccess(address),
                new NioAccess(address),
                new SpringCloudAccess(address),
                new OpenDalAccess(address));
    }
}
