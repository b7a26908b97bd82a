/**
 * One budget and one pool of equal segments for all conveyors of a factory.
 *
 * <p>Everything the engine holds on an application's behalf is a segment: pending bytes in the write log, blocks fetched ahead. What the
 * bookkeeping of many tiny writes costs is charged to the same budget. So the sum cannot exceed it, whoever asks first.
 *
 * <pre>
 *   budget  |#### in use by logs ####|== in use by read-ahead ==|-- idle, kept warm --|   not yet allocated   |
 * </pre>
 *
 * <p>Segments come back last in, first out: while storage keeps up, the next bytes are copied into memory that the processor's cache still
 * holds. A writer that finds the budget used up first has read-ahead dropped, then waits; a reader never waits here.
 */
@NullMarked
package io.conveyor.core.memory;

import org.jspecify.annotations.NullMarked;
