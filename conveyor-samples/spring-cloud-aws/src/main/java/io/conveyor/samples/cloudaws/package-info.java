/** Conveyor beside Spring Cloud AWS: one S3 client, configured once below {@code spring.cloud.aws}. */
@NullMarked
package io.conveyor.samples.cloudaws;

import org.jspecify.annotations.NullMarked;
