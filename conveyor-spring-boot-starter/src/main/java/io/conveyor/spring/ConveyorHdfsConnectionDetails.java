package io.conveyor.spring;

import java.net.URI;
import org.springframework.boot.autoconfigure.service.connection.ConnectionDetails;

/**
 * How to reach HDFS. A bean of this type, such as one made for a container, comes before the property {@code uri} of every store in HDFS, or of the one
 * that it is qualified by.
 */
public interface ConveyorHdfsConnectionDetails extends ConnectionDetails {

    /** The name service: {@code hdfs://host:port}. */
    URI getUri();
}
