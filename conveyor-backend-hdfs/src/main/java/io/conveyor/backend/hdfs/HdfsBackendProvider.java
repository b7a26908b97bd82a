package io.conveyor.backend.hdfs;

import io.conveyor.spi.StorageBackend;
import io.conveyor.spi.StorageBackendProvider;
import io.conveyor.spi.StorageSettings;
import java.io.IOException;
import java.io.StringReader;
import java.net.URI;
import java.time.Duration;
import java.util.Properties;

/**
 * Makes an {@link HdfsBackend} from settings. {@code uri} is needed; the others are {@code base-directory}, {@code user}, {@code principal},
 * {@code keytab}, {@code replication}, {@code block-size}, {@code buffer-size}, {@code staging-size}, {@code max-hole-size}, {@code
 * hedged-read-threads}, {@code hedged-read-threshold}, {@code lease-timeout}, {@code lease-wait}, {@code take-over-lease}, {@code
 * truncate-timeout}, {@code replace-datanode-best-effort}, {@code configuration-resources} (separated by commas) and {@code properties} (any
 * Hadoop settings, in the format of {@link Properties}). They mean what the methods of {@link HdfsOptions} of the same name say.
 */
public final class HdfsBackendProvider implements StorageBackendProvider {

    static final String NAME = "hdfs";

    /** For {@link java.util.ServiceLoader}. */
    public HdfsBackendProvider() {}

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public StorageBackend create(StorageSettings settings) throws IOException {
        HdfsOptions options = options(settings);
        settings.rejectUnknown();
        return HdfsBackend.create(options);
    }

    static HdfsOptions options(StorageSettings settings) throws IOException {
        HdfsOptions.Builder builder = HdfsOptions.builder(URI.create(settings.required("uri")))
                .baseDirectory(settings.text("base-directory").orElse("/"))
                .user(settings.text("user").orElse(null))
                .kerberos(
                        settings.text("principal").orElse(null),
                        settings.text("keytab").orElse(null));
        sizes(settings, builder);
        waits(settings, builder);
        settings.text("configuration-resources").ifPresent(text -> {
            for (String resource : text.split(",", -1)) {
                builder.configurationResource(resource.strip());
            }
        });
        properties(settings.text("properties").orElse(""), builder);
        return builder.build();
    }

    private static void sizes(StorageSettings settings, HdfsOptions.Builder builder) {
        builder.replication(settings.count("replication", 0, 0, 512))
                .blockSize(settings.bytes("block-size", 0))
                .bufferSize(size(settings, "buffer-size", 64 << 10))
                .stagingBytes(size(settings, "staging-size", 8 << 20))
                .maxHoleBytes(settings.bytes("max-hole-size", 1L << 30));
    }

    private static void waits(StorageSettings settings, HdfsOptions.Builder builder) {
        builder.hedgedReads(
                        settings.count("hedged-read-threads", 0, 0, 1024),
                        settings.duration("hedged-read-threshold", Duration.ofMillis(500)))
                .leaseTimeout(settings.duration("lease-timeout", Duration.ofSeconds(60)))
                .leaseWait(settings.duration("lease-wait", Duration.ZERO))
                .takeOverLease(settings.flag("take-over-lease", false))
                .truncateTimeout(settings.duration("truncate-timeout", Duration.ofSeconds(60)))
                .replaceDatanodeBestEffort(settings.flag("replace-datanode-best-effort", true));
    }

    private static int size(StorageSettings settings, String name, int fallback) {
        long bytes = settings.bytes(name, fallback);
        if (bytes > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "the setting '" + name + "' is " + bytes + " bytes, expected at most " + Integer.MAX_VALUE);
        }
        return (int) bytes;
    }

    private static void properties(String text, HdfsOptions.Builder builder) throws IOException {
        Properties properties = new Properties();
        properties.load(new StringReader(text));
        properties.stringPropertyNames().forEach(name -> builder.property(name, properties.getProperty(name)));
    }
}
