/**
 * Read-your-writes: pending bytes laid over what storage returned.
 *
 * <p>A read that needs storage is registered before it asks, and its answer is completed under the conveyor's lock:
 *
 * <pre>
 *   lock    note the range, the written mark w0 and the lowest pending cut            -> ActiveRead
 *   unlock  storage.pread(...)                                                        may see old bytes, new bytes, or some of each
 *   lock    zeros above the lowest cut of the read's whole life; then every pending byte of the range, newest last
 *   unlock
 * </pre>
 *
 * <p>Why no byte can fall between the two: a byte that was not written when the read began ({@code position >= w0}) may not leave the log
 * while a read of its range is active. So whatever storage returned, old or torn, the overlay replaces. A byte that was written
 * before the read began is in storage for it to find. The read is as if it happened at the moment of the overlay.
 *
 * <p>When a conflict is resolved, what was pending may be dropped, and what is stored is another version: the reads that are active then are void, and are
 * made again.
 *
 * <p>Reads cannot starve a writer by this: a byte written before a read began is not held for it, so a log position is held by the reads
 * that were active when it was written, and by no later one.
 */
@NullMarked
package io.conveyor.core.overlay;

import org.jspecify.annotations.NullMarked;
