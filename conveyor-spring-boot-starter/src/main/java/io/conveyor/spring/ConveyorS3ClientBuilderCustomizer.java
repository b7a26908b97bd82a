package io.conveyor.spring;

import software.amazon.awssdk.services.s3.S3ClientBuilder;

/**
 * Has a last word on the client of a store on S3. Beans of this type are called in Spring's order, after the properties were applied, on the
 * thread that makes the store's bean; not for a client that the application provides.
 */
@FunctionalInterface
public interface ConveyorS3ClientBuilderCustomizer {

    /**
     * Changes how the client is built. Leave the SDK's retries off: Conveyor repeats what may be repeated.
     *
     * @param builder with the properties applied
     * @param store the name of the store, {@code default} for the one of {@code conveyor.backend}
     */
    void customize(S3ClientBuilder builder, String store);
}
