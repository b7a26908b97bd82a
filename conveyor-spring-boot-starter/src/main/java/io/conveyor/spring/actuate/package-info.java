/**
 * What an operator sees: the health of every store, and the actuator endpoint {@code conveyor}. Nothing here waits for a store without a bound, and
 * no key of an object is shown unless {@code conveyor.endpoint.show-keys} allows it.
 */
@NullMarked
package io.conveyor.spring.actuate;

import org.jspecify.annotations.NullMarked;
