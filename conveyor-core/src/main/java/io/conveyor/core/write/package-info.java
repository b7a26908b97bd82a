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
 * <p><b>The last write</b> before a call that publishes a version (a flush of a store that commits by it, or the commit of a draft that is being closed) is
 * handed out as {@linkplain io.conveyor.core.write.Claim#isLast() that}, so that the store need not hold back its end until all others have arrived. Nothing
 * behind it is started before that call, unless that is given up: so it is a hint, judged again whenever the write is made again.
 *
 * <p><b>A flush beside appends</b> covers what was written when it began, so {@code visible} moves to there and not to where {@code written} is when it ends.
 * Nothing has to be held back for it. It is one at a time, and only while nothing but appends went out and no call failed since the last flush that
 * succeeded: a store of appends answers to other changes with a new version of the object, which must end at the barrier. When a call fails beside it,
 * nothing is driven again before it has ended, because it may still succeed; a flush that is to be made again waits for the appends and runs alone.
 *
 * <p><b>When.</b> A worker that sleeps is woken when so much has accumulated that it is worth it (a quarter of what may be pending, at most 256 KiB, at
 * least a granule); one that is awake goes on while there is a granule. Less waits for more, until its delay is over, a barrier asks for it, or room is
 * short ({@link io.conveyor.core.write.WriteBehind#drive drive}). While a call is in flight more accumulates by itself: a slow store gets larger writes.
 *
 * <p><b>Who claims.</b> The worker that takes a turn, when it does, so that the claim has grown until then. Only where a worker looks for a turn at the moment at
 * which one is asked for, who asks reserves that worker, makes the claim, and hands it over. No claim ever waits for a worker: what may be driven is decided with
 * the lock held, and driven at once.
 *
 * <p><b>How much.</b> As many bytes as the options allow, for a burst. While a writer stays faster than a quick store, less: see {@link
 * io.conveyor.core.write.StandingQueue}.
 *
 * <p><b>The open run.</b> Most writes continue the one before, and change nothing that anybody would have to be asked or told. So whoever leaves the lock,
 * having asked for all the turns that the state calls for, {@linkplain io.conveyor.core.write.WriteBehind#open opens} the newest run for so many bytes as can
 * come without calling for more: up to what is worth waking a worker for, or, if all the turns there may be are under way, up to the bound of what may be
 * pending. A write that {@linkplain io.conveyor.core.write.WriteBehind#extend continues} it is copied into the log, framed if there is a journal, and moves one
 * number. What keeps this right:
 *
 * <ul>
 *   <li>The log always knows all: {@code accepted}, and with it every watermark and every bound, is exact at any time.
 *   <li>The table of runs, the index and the size know less by the bytes that continued the open run. They lie last in the log and in the newest run. Each
 *       method that looks into one of the three settles first.
 *   <li>Each method that changes anything closes the run, and it stays closed until the lock is left the long way again. So while it is open there is no
 *       failure, its segment stays, the conveyor's life goes on, and only its own writes move {@code accepted}.
 *   <li>While it is open and no turn is under way, the delay is armed.
 * </ul>
 *
 * <p><b>Release.</b> Bytes leave the log in order: when they are written (or visible, where the store may still lose them before), and no read
 * that began before still needs them (see {@link io.conveyor.core.overlay}).
 */
@NullMarked
package io.conveyor.core.write;

import org.jspecify.annotations.NullMarked;
