/**
 * Sets up Conveyor in a Spring Boot application from the properties under {@code conveyor.}
 *
 * <p>{@link io.conveyor.spring.autoconfigure.ConveyorAutoConfiguration} contributes a {@link io.conveyor.spi.StorageBackend}, a {@link
 * io.conveyor.ConveyorFactory} over it, and a life cycle that flushes after the last web request; each steps back for a bean of the
 * application. Which backend it is, is decided when the bean is made, not by a condition: an application that was processed ahead of time
 * can still be switched by a property.
 */
@NullMarked
package io.conveyor.spring.autoconfigure;

import org.jspecify.annotations.NullMarked;
