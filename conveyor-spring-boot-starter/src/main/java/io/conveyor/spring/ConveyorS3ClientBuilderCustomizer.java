package io.conveyor.spring;

import software.amazon.awssdk.services.s3.S3ClientBuilder;

/**
 * Has a last word on the client of a store on S3. Beans of this type are called in Spring's order, after the properties were applied, on the
 * thread that makes the store's bean; not for a client that the application provides. They are called a second time, with a builder that has what belongs
 * to such a store, if the client would go to an endpoint that is not in the properties: one that a customizer has set, or that a profile of the SDK names.
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
