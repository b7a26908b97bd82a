/** Servers that run in processes of their own, so that their cost is not taken for that of a contender. */
@NullMarked
package io.conveyor.benchmarks.process;

import org.jspecify.annotations.NullMarked;
