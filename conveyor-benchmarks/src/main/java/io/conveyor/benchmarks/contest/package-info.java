/** Contenders side by side: rounds, medians, ratios. */
@NullMarked
package io.conveyor.benchmarks.contest;

import org.jspecify.annotations.NullMarked;
