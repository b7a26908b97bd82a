/** The engine's only door: {@link io.conveyor.core.Conveyors} builds a factory of conveyors over one storage backend. */
@NullMarked
package io.conveyor.core;

import org.jspecify.annotations.NullMarked;
