/** Conveyors on HDFS beside its client's own streams. */
@NullMarked
package io.conveyor.benchmarks.hdfs;

import org.jspecify.annotations.NullMarked;
