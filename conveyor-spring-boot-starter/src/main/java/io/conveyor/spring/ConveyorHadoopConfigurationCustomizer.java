package io.conveyor.spring;

import org.apache.hadoop.conf.Configuration;

/**
 * Has a last word on the configuration of the Hadoop client of a store in HDFS. Beans of this type are called in Spring's order, after the
 * properties and the configuration files were applied, when the client is made at its first use, on whichever thread that is.
 */
@FunctionalInterface
public interface ConveyorHadoopConfigurationCustomizer {

    /**
     * Changes the configuration.
     *
     * @param configuration of this store alone
     * @param store the name of the store, {@code default} for the one of {@code conveyor.backend}
     */
    void customize(Configuration configuration, String store);
}
