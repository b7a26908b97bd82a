package io.conveyor.spring.autoconfigure;

import io.conveyor.backend.s3.S3Backend;
import io.conveyor.backend.s3.S3Checksum;
import io.conveyor.backend.s3.S3ObjectSettings;
import io.conveyor.backend.s3.S3Options;
import io.conveyor.spi.StorageBackend;
import io.conveyor.spring.ConveyorS3ClientBuilderCustomizer;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.boot.context.properties.PropertyMapper;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ServiceClientConfiguration;

/**
 * Makes a store on S3, out of properties, connection details and what the application has of the SDK. Apart from {@link S3Module}, so that the SDK is
 * loaded only by who stores on S3.
 */
final class S3Assembly {

    private final ListableBeanFactory beans;

    S3Assembly(ListableBeanFactory beans) {
        this.beans = beans;
    }

    StorageBackend create(StoreDefinition store) throws IOException {
        try {
            return create(store, null);
        } catch (S3ClientSetUp.GoesElsewhereException found) {
            return create(store, found.endpoint());
        }
    }

    private StorageBackend create(StoreDefinition store, @Nullable URI found) throws IOException {
        S3Properties properties = store.properties().getS3();
        String bucket = properties.getBucket();
        if (bucket == null || bucket.isBlank()) {
            throw new IllegalArgumentException(store.property("s3.bucket") + " is not set: name the bucket");
        }
        S3Options.Builder options = S3Options.builder(bucket).prefix(properties.getPrefix());
        connect(store, options, found);
        transfer(properties, options);
        stored(store, options);
        return S3Backend.create(options.build());
    }

    private void connect(StoreDefinition store, S3Options.Builder options, @Nullable URI found) {
        StoreBeans own = new StoreBeans(store, beans);
        S3Connection connection = S3Connection.of(own);
        S3Client client = applicationClient(own, connection);
        if (client != null) {
            // Whether the store is Amazon's decides about checksums, copies and sizes.
            options.client(client).endpoint(endpoint(client));
            return;
        }
        URI endpoint = found == null ? connection.endpoint() : found;
        String region = connection.region();
        connection.applyTo(options.endpoint(endpoint).region(region), endpoint);
        List<ConveyorS3ClientBuilderCustomizer> customizers = beans.getBeanProvider(
                        ConveyorS3ClientBuilderCustomizer.class)
                .orderedStream()
                .toList();
        options.clientCustomizer(
                new S3ClientSetUp(store, customizers, endpoint, region != null || endpoint != null)::apply);
    }

    private static @Nullable S3Client applicationClient(StoreBeans beans, S3Connection connection) {
        return beans.store().properties().getS3().isUseApplicationClient() && !connection.isGiven()
                ? beans.find(S3Client.class)
                : null;
    }

    /** Where a client goes instead of to Amazon; null if nowhere else, or if it does not tell, as one of the application's own making need not. */
    private static @Nullable URI endpoint(S3Client client) {
        try {
            S3ServiceClientConfiguration known = client.serviceClientConfiguration();
            return known == null ? null : known.endpointOverride().orElse(null);
        } catch (UnsupportedOperationException untold) {
            return null;
        }
    }

    private static void transfer(S3Properties from, S3Options.Builder options) {
        PropertyMapper map = PropertyMapper.get();
        map.from(from::getChecksum).as(kind -> S3Checksum.valueOf(kind.name())).to(options::checksum);
        map.from(from::getVerifyStoredSize).to(options::verifyStoredSize);
        map.from(from::getStagingDirectory).to(options::stagingDirectory);
        map.from(from::getAbortOrphansOlderThan).to(options::abortOrphansOlderThan);
        options.commitPolicy(
                        S3Options.CommitPolicy.valueOf(from.getCommitPolicy().name()))
                .requesterPays(from.isRequesterPays())
                .signBodies(from.isSignBodies())
                .partBytes(from.getPartSize().toBytes())
                .singlePutBytes(from.getSinglePutLimit().toBytes())
                .readConcurrency(from.getReadConcurrency())
                .writeConcurrency(from.getWriteConcurrency())
                .commitConcurrency(from.getCommitConcurrency())
                .stagingMemoryBytes(from.getStagingMemory().toBytes())
                .stagingBytes(from.getStagingLimit().toBytes())
                .keepUploadedParts(from.isKeepUploadedParts())
                .attempts(from.getAttempts())
                .throttledAttempts(from.getThrottledAttempts())
                .connectTimeout(from.getConnectTimeout())
                .firstByteTimeout(from.getFirstByteTimeout())
                .noProgressTimeout(from.getNoProgressTimeout())
                .requestTimeout(from.getRequestTimeout())
                .transferTimeout(from.getTransferTimeout());
    }

    private static void stored(StoreDefinition store, S3Options.Builder options) {
        S3Properties from = store.properties().getS3();
        PropertyMapper map = PropertyMapper.get();
        S3ObjectSettings.Builder settings = S3ObjectSettings.builder();
        map.from(from::getContentType).as(NonBlank::orNull).to(settings::contentType);
        map.from(from::getStorageClass).as(NonBlank::orNull).to(settings::storageClass);
        map.from(from::getAcl).as(NonBlank::orNull).to(settings::acl);
        options.objectSettings(settings.build());
        options.encryption(S3EncryptionAssembly.of(store));
    }
}
