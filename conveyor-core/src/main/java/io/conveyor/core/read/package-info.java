/**
 * Read-ahead: bytes that are in memory before they are asked for.
 *
 * <p>{@link io.conveyor.core.read.AccessPattern} follows up to four streams of reads in one object and tells forward, backward and strided ones from
 * random reads, without a latch: any stream may change its mind. Each stream has a window. It begins with twice what was read of the stream in order, until
 * that is a block; from then on it grows eightfold when the reader had to wait or ran past it, and halves when memory is refused. What a reader waits for
 * counts as read: more is fetched beside it, not after it. A first read at the start of an object gets an eighth of a block, or 128 KiB if that is less.
 * {@link io.conveyor.core.read.ReadAhead} keeps the blocks:
 *
 * <pre>
 *              kept behind      reader              window
 *   file  ....[== ready ==]..[==|ready ==][== ready ==][~~ fetching ~~]....................
 *                               |---- room for a fetch: fetch more ------------|
 * </pre>
 *
 * <p><b>At hand.</b> Where storage answers faster than a worker wakes, as from the page cache, nothing is fetched ahead: the reader fetches each block
 * itself when it gets there ({@link io.conveyor.core.read.FetchPace}).
 *
 * <p><b>In line.</b> Where storage goes on more cheaply than it begins elsewhere ({@link io.conveyor.spi.StorageCapabilities#continuesReads}), a forward stream
 * is fetched one block after the other ({@link io.conveyor.core.read.FetchLine}), in smaller ones, until a reader has to wait and storage turns out to be slow:
 *
 * <pre>
 *   a stream begins --&gt; IN LINE -- a reader waits, more than 1.5 ns a byte --&gt; SEVERAL AT A TIME
 *                         ^                                                        |
 *                         +----------------- a stream begins ----------------------+
 * </pre>
 *
 * <p><b>No garbage.</b> A block whose bytes are not needed any more is used for the next ones, its object too. Whoever gives up the lock while it deals with a
 * block pins it, so that it meets the same one afterwards; who cannot, as the watch over storage calls, compares the block's life.
 *
 * <p><b>No stale bytes.</b> A block belongs to the moment at which its fetch began. When a write of ours has reached storage, every block that overlaps
 * it is dropped, and a fetch under way is marked so that its result is thrown away; until then the overlay covers those bytes. So a block that is
 * found is as good as asking storage now.
 *
 * <p><b>No harm.</b> A block is only ever taken from memory that is free: a reader never waits for memory, and a writer that would wait has blocks
 * dropped first. A fetch that failed leaves nothing behind; the read that needs the range asks itself.
 *
 * <p>All of it is plain and used under the conveyor's lock; only the bytes of a block under way belong to whoever fetches it.
 */
@NullMarked
package io.conveyor.core.read;

import org.jspecify.annotations.NullMarked;
