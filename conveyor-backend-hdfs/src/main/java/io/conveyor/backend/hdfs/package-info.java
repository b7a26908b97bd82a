@NullMarked
package io.conveyor.backend.hdfs;

import org.jspecify.annotations.NullMarked;
