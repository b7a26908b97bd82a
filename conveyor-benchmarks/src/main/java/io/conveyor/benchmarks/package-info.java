/** Measures Conveyor beside what would be used instead, in the same run. */
@NullMarked
package io.conveyor.benchmarks;

import org.jspecify.annotations.NullMarked;
