package io.conveyor.backend.hdfs;

import java.io.File;
import java.util.Arrays;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/** How options become Hadoop settings. Later ones win: Hadoop's defaults, site files, ours where nobody spoke, properties, customizer. */
final class HdfsConfiguration {

    private static final String BEST_EFFORT = "dfs.client.block.write.replace-datanode-on-failure.best-effort";

    /** With more than none of them Hadoop asks a second datanode where the first is slow to answer. */
    static final String HEDGED_READ_THREADS = "dfs.client.hedged.read.threadpool.size";

    private HdfsConfiguration() {}

    static Configuration of(HdfsOptions options) {
        Configuration configuration = new org.apache.hadoop.hdfs.HdfsConfiguration();
        configuration.setClassLoader(HdfsConfiguration.class.getClassLoader());
        for (String resource : options.configurationResources()) {
            addResource(configuration, resource);
        }
        if (isHadoopDefault(configuration, BEST_EFFORT)) {
            configuration.setBoolean(BEST_EFFORT, options.replaceDatanodeBestEffort());
        }
        // The factory closes the client, in its order; Hadoop's own shutdown hook would run at the same time and take
        // it away.
        configuration.setBoolean("fs.automatic.close", false);
        if (options.replication() > 0) {
            configuration.setInt("dfs.replication", options.replication());
        }
        if (options.blockSize() > 0) {
            configuration.setLong("dfs.blocksize", options.blockSize());
        }
        if (options.hedgedReadThreads() > 0) {
            configuration.setInt(HEDGED_READ_THREADS, options.hedgedReadThreads());
            configuration.setLong(
                    "dfs.client.hedged.read.threshold.millis",
                    options.hedgedReadThreshold().toMillis());
        }
        if (options.principal().isPresent()) {
            configuration.set("hadoop.security.authentication", "kerberos");
        }
        options.properties().forEach(configuration::set);
        options.customizer().accept(configuration);
        return configuration;
    }

    private static void addResource(Configuration configuration, String resource) {
        File file = new File(resource);
        if (file.isFile()) {
            configuration.addResource(new Path(file.toURI()));
        } else if (configuration.getResource(resource) != null) {
            configuration.addResource(resource);
        } else {
            throw new IllegalArgumentException(
                    "the configuration resource '" + resource + "' is neither a file nor on the class path");
        }
    }

    private static boolean isHadoopDefault(Configuration configuration, String name) {
        String[] sources = configuration.getPropertySources(name);
        return sources == null || Arrays.stream(sources).allMatch("hdfs-default.xml"::equals);
    }
}
