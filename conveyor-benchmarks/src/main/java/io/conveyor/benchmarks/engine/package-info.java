/** The engine on memory: what a write, a read and a flush cost. */
@NullMarked
package io.conveyor.benchmarks.engine;

import org.jspecify.annotations.NullMarked;
