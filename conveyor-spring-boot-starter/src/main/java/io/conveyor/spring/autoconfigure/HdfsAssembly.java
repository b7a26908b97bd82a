package io.conveyor.spring.autoconfigure;

import io.conveyor.backend.hdfs.HdfsBackend;
import io.conveyor.backend.hdfs.HdfsOptions;
import io.conveyor.spi.StorageBackend;
import io.conveyor.spring.ConveyorHadoopConfigurationCustomizer;
import io.conveyor.spring.ConveyorHdfsConnectionDetails;
import java.net.URI;
import java.util.List;
import org.springframework.beans.factory.ListableBeanFactory;

/**
 * Makes a store in the Hadoop Distributed File System. Apart from {@link HdfsModule}, so that the Hadoop client is loaded only by who stores there.
 */
final class HdfsAssembly {

    private final ListableBeanFactory beans;

    HdfsAssembly(ListableBeanFactory beans) {
        this.beans = beans;
    }

    StorageBackend create(StoreDefinition store) {
        HdfsProperties from = store.properties().getHdfs();
        HdfsOptions.Builder options = HdfsOptions.builder(uri(store))
                .baseDirectory(from.getBaseDirectory())
                .user(NonBlank.orNull(from.getUser()))
                .kerberos(NonBlank.orNull(from.getPrincipal()), NonBlank.orNull(from.getKeytab()))
                .replication(from.getReplication())
                .blockSize(from.getBlockSize().toBytes())
                .bufferSize((int) from.getBufferSize().toBytes())
                .stagingBytes((int) from.getStagingSize().toBytes())
                .maxHoleBytes(from.getMaxHoleSize().toBytes())
                .hedgedReads(from.getHedgedReadThreads(), from.getHedgedReadThreshold())
                .leaseTimeout(from.getLeaseTimeout())
                .leaseWait(from.getLeaseWait())
                .takeOverLease(from.isTakeOverLease())
                .truncateTimeout(from.getTruncateTimeout())
                .replaceDatanodeBestEffort(from.isReplaceDatanodeBestEffort());
        from.getConfigurationResources().forEach(options::configurationResource);
        from.getProperties().forEach(options::property);
        List<ConveyorHadoopConfigurationCustomizer> customizers = beans.getBeanProvider(
                        ConveyorHadoopConfigurationCustomizer.class)
                .orderedStream()
                .toList();
        options.customizer(
                configuration -> customizers.forEach(customizer -> customizer.customize(configuration, store.name())));
        return HdfsBackend.create(options.build());
    }

    private URI uri(StoreDefinition store) {
        ConveyorHdfsConnectionDetails details = new StoreBeans(store, beans).find(ConveyorHdfsConnectionDetails.class);
        if (details != null) {
            return details.getUri();
        }
        String uri = store.properties().getHdfs().getUri();
        if (uri == null || uri.isBlank()) {
            throw new IllegalArgumentException(
                    store.property("hdfs.uri") + " is not set: expected is hdfs://host:port or hdfs://nameservice");
        }
        return URI.create(uri.strip());
    }
}
