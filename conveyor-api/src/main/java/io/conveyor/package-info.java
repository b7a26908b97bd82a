/**
 * Conveyor hides the latency of storage behind a seekable, readable, writable channel.
 *
 * <p>A {@link io.conveyor.Conveyor} is opened on a stored object through a {@link io.conveyor.ConveyorFactory}. What happens then:
 *
 * <ul>
 *   <li>A write copies its bytes into a bounded log in memory and returns; workers carry them to storage in the background.
 *   <li>A read finds bytes that are still on their way, bytes that were fetched ahead of it, or asks storage.
 *   <li>{@link io.conveyor.Conveyor#flush() flush} returns when everything accepted before it is visible in storage,
 *       {@link io.conveyor.Conveyor#sync() sync} when it survives a loss of power.
 *   <li>The first background failure sticks: the calls that would hide it throw {@link io.conveyor.WriteBehindException}, reads go
 *       on, the bytes stay, and {@link io.conveyor.Conveyor#clearError() clearError} drives them to storage again.
 * </ul>
 *
 * <pre>{@code
 * factory.write("reports/2026.csv", out -> out.write(bytes));     // published on return, dropped on an exception
 *
 * try (Conveyor log = factory.open("logs/app.log", CREATE, APPEND)) {
 *     log.write(line);                                            // returns at memory speed
 *     log.sync();                                                 // now it is safe
 * }
 * }</pre>
 *
 * <p>The types here are what applications touch; {@link io.conveyor.spi} is what a storage backend implements.
 */
@NullMarked
package io.conveyor;

import org.jspecify.annotations.NullMarked;
