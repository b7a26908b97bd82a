/**
 * Write-behind: how accepted bytes travel to storage.
 *
 * <p><b>The state machine.</b> {@link io.conveyor.core.write.WriteBehind} is a plain object without threads, clocks or channels. It answers one
 * question, "what is to be done next?", with a {@link io.conveyor.core.write.Claim}, and is told how that ended:
 *
 * <pre>
 *                     next()                    succeeded()
 *      (pending) ---------------&gt; RUNNING --------------------&gt; DONE
 *                                 ^     |  retryLater()
 *                                 |     +-----------&gt; WAITING --+
 *                                 |     |  failed()             |  retryNow()
 *                                 |     +-----------&gt; FAILED   DUE
 *                                 |                     |       |
 *                                 +---------------------+-------+
 *                                next(), after clear()     next()
 * </pre>
 *
 * <p><b>Order.</b> Claims are cut from the log in the order of acceptance, and one is not handed out while an unfinished one overlaps it; with one
 * call in flight storage therefore always holds a prefix. After a failure nothing behind it is started. Cuts (truncate), syncs and commits run alone;
 * so do flushes, unless the store lets one wait beside appends.
 *
 * <p><b>Watermarks.</b> {@code accepted &gt;= written &gt;= visible &gt;= durable}, as log positions that only grow. A barrier is a position at the time of the
 * call; it is served when its watermark has passed it. While one needs a call of its own nothing beyond it is started, so it ends although others
 * keep writing, and what an atomic store publishes is exactly a prefix. Barriers that come meanwhile share the next round.
 *
 * <p><b>A flush beside appends</b> covers what was written when it began, so {@code visible} moves to there and not to where {@code written} is when it ends.
 * Nothing has to be held back for it. It is one at a time, and only while nothing but appends went out and no call failed since the last flush that
 * succeeded: a store of appends answers to other changes with a new version of the object, which must end at the barrier. When a call fails beside it,
 * nothing is driven again before it has ended, because it may still succeed; a flush that is to be made again waits for the appends and runs alone.
 *
 * <p><b>When.</b> Less than a granule waits for more, until its delay is over, a barrier asks for it, or room is short ({@link
 * io.conveyor.core.write.WriteBehind#drive drive}). While a call is in flight more accumulates by itself: a slow store gets larger writes.
 *
 * <p><b>Release.</b> Bytes leave the log in order: when they are written (or visible, where the store may still lose them before), and no read
 * that began before still needs them (see {@link io.conveyor.core.overlay}).
 */
@NullMarked
package io.conveyor.core.write;

import org.jspecify.annotations.NullMarked;
