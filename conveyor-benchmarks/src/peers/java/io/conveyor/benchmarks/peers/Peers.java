package io.conveyor.benchmarks.peers;

import io.conveyor.benchmarks.s3.S3Access;
import io.conveyor.benchmarks.s3.S3AccessProvider;
import io.conveyor.benchmarks.s3.S3Address;
import io.conveyor.benchmarks.s3.WritesOnly;
import java.util.List;
import software.amazon.awssdk.services.s3.model.ChecksumAlgorithm;

/** All of them. */
public final class Peers implements S3AccessProvider {

    @Override
    public List<S3Access> connect(S3Address address) throws Exception {
        TransferManagerAccess transferManager = new TransferManagerAccess(address, null);
        return List.of(
                transferManager,
                transferManager.ofBytesAtHand(),
                new WritesOnly(new TransferManagerAccess(address, ChecksumAlgorithm.CRC32_C)),
                new S3aAccess(address, "classic"),
                new S3aAccess(address, "prefetch"),
                new S3aAccess(address, "analytics"),
                new AnalyticsAccess(address),
                new NioAccess(address),
                new SpringCloudAccess(address),
                new OpenDalAccess(address));
    }
}
