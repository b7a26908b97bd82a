/** A small HDFS in one process. */
@NullMarked
package io.conveyor.samples.hdfscluster;

import org.jspecify.annotations.NullMarked;
