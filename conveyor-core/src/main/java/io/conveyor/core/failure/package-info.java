/**
 * What becomes of a storage call that failed: repeated after a pause while that is safe and within bounds, else a failure that sticks.
 *
 * <p>One layer decides about retries, this one; a backend does not retry by itself, so attempts do not multiply.
 */
@NullMarked
package io.conveyor.core.failure;

import org.jspecify.annotations.NullMarked;
