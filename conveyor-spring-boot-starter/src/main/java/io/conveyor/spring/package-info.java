/**
 * What an application may add to the starter: {@link io.conveyor.spring.ConveyorBackendFactory} beans make backends of its own, {@link
 * io.conveyor.spring.ConveyorBackendDecorator} beans wrap the one that is in use.
 */
@NullMarked
package io.conveyor.spring;

import org.jspecify.annotations.NullMarked;
