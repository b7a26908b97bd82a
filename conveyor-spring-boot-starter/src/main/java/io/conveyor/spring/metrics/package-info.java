/**
 * Micrometer meters of Conveyor. All carry the tags {@code backend} (posix...) and {@code store} (the name of the store); none carries a key.
 *
 * <table>
 * <caption>Meters</caption>
 * <tr><th>Name</th><th>Kind, unit</th><th>What</th></tr>
 * <tr><td>conveyor.writes, conveyor.reads</td><td>counter</td><td>calls of the application that moved a byte</td></tr>
 * <tr><td>conveyor.bytes.written, conveyor.bytes.read</td><td>counter, bytes</td><td>what they moved</td></tr>
 * <tr><td>conveyor.write.stalls</td><td>timer</td><td>writes that had to wait for room</td></tr>
 * <tr><td>conveyor.read.waits</td><td>timer</td><td>reads that had to wait for storage</td></tr>
 * <tr><td>conveyor.pending</td><td>gauge, bytes</td><td>accepted and not yet written</td></tr>
 * <tr><td>conveyor.storage.writes, conveyor.storage.reads</td><td>counter</td><td>writes and reads that storage answered</td></tr>
 * <tr><td>conveyor.storage.written, conveyor.storage.read</td><td>counter, bytes</td><td>what they moved</td></tr>
 * <tr><td>conveyor.storage.flushes, conveyor.storage.syncs</td><td>counter</td><td>handle flushes with commits, handle syncs</td></tr>
 * <tr><td>conveyor.readahead.hits, .waits, .misses</td><td>counter</td><td>reads served from memory, from a fetch under way, by storage</td></tr>
 * <tr><td>conveyor.readahead.fetched, .wasted</td><td>counter, bytes</td><td>fetched ahead; of these, dropped unread</td></tr>
 * <tr><td>conveyor.readahead.window</td><td>gauge, bytes</td><td>how far ahead fetching runs, all conveyors together</td></tr>
 * <tr><td>conveyor.retries</td><td>counter</td><td>storage calls that were repeated</td></tr>
 * <tr><td>conveyor.recoveries</td><td>counter</td><td>times that storage lost something and made up for it, such as a datanode of HDFS</td></tr>
 * <tr><td>conveyor.journals</td><td>gauge</td><td>journals that are not resolved</td></tr>
 * <tr><td>conveyor.journals.pending</td><td>gauge, bytes</td><td>accepted bytes in them</td></tr>
 * <tr><td>conveyor.failures</td><td>counter</td><td>times that a failure stuck</td></tr>
 * <tr><td>conveyor.opened</td><td>counter</td><td>conveyors opened</td></tr>
 * <tr><td>conveyor.open, conveyor.failed</td><td>gauge</td><td>conveyors open now, and those of them with a sticky failure</td></tr>
 * <tr><td>conveyor.memory.used, conveyor.memory.budget</td><td>gauge, bytes</td><td>memory of all conveyors</td></tr>
 * <tr><td>conveyor.workers, conveyor.workers.busy</td><td>gauge</td><td>background threads allowed, and at work now</td></tr>
 * <tr><td>conveyor.backend.calls</td><td>timer</td><td>every call to the backend, with the tags {@code operation} ({@code pread}, {@code pwrite}, {@code
 * open}...) and {@code outcome} ({@code SUCCESS}, or what failed)</td></tr>
 * </table>
 */
@NullMarked
package io.conveyor.spring.metrics;

import org.jspecify.annotations.NullMarked;
