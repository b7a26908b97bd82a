package io.conveyor.benchmarks.s3;

import java.util.List;

/** Further ways to objects, found by {@link java.util.ServiceLoader}: what is not on the class path is not measured. */
@FunctionalInterface
public interface S3AccessProvider {

    /** All that it has, each for objects at {@code address}; to be closed by the caller. */
    List<S3Access> connect(S3Address address) throws Exception;
}
