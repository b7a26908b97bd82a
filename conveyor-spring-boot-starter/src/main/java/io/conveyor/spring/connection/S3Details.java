package io.conveyor.spring.connection;

import java.net.URI;

/**
 * How to reach an S3 store in a container.
 *
 * @param endpoint where it listens
 * @param region what it calls itself
 * @param accessKeyId its user
 * @param secretAccessKey that user's password
 */
record S3Details(URI endpoint, String region, String accessKeyId, String secretAccessKey) {

    /** The region of stores that have none. */
    static final String REGION = "us-east-1";

    /** Where, not with whose credentials. */
    @Override
    public String toString() {
        return "S3Details[" + endpoint + ", " + region + "]";
    }
}
