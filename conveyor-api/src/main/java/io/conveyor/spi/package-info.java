/**
 * What a storage backend implements, and the few facts about itself that it tells the engine.
 *
 * <p>How to write a backend:
 *
 * <ol>
 *   <li>Implement {@link io.conveyor.spi.StorageHandle}: blocking, positional, no buffering of its own beyond what the store's protocol
 *       forces.
 *   <li>Implement {@link io.conveyor.spi.StorageBackend}, which opens handles, and state the truth in {@link
 *       io.conveyor.spi.StorageCapabilities}.
 *   <li>Map the vendor's errors in one class, by code and type: to the standard exceptions where Java has one, else to {@link
 *       io.conveyor.StorageException} with its kind and retry class.
 *   <li>Offer it by {@link io.conveyor.spi.StorageBackendProvider} and {@code META-INF/services}.
 *   <li>Extend {@code StorageBackendContract} and {@code ConveyorContract} of the module {@code conveyor-testkit} in your tests.
 *   <li>Override a case only where the store truly cannot do it, with the reason.
 * </ol>
 */
@NullMarked
package io.conveyor.spi;

import org.jspecify.annotations.NullMarked;
