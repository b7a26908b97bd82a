/** Storage to measure against: memory that costs nothing, and any store made slow. */
@NullMarked
package io.conveyor.benchmarks.store;

import org.jspecify.annotations.NullMarked;
