/** Conveyors on S3 beside other ways to the same objects, before a store that is as slow as one across a network. */
@NullMarked
package io.conveyor.benchmarks.s3;

import org.jspecify.annotations.NullMarked;
