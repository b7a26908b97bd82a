/** Conveyors on files beside what the JDK offers. */
@NullMarked
package io.conveyor.benchmarks.posix;

import org.jspecify.annotations.NullMarked;
