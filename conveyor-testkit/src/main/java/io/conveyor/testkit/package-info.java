/** Contracts, a reference model and fault injection that prove a storage backend. */
@NullMarked
package io.conveyor.testkit;

import org.jspecify.annotations.NullMarked;
