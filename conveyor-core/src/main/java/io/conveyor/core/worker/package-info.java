/**
 * The workers that all conveyors of a factory share.
 *
 * <p>A conveyor that has work asks for a <em>turn</em>; a turn makes one storage call and asks again if there is more. So conveyors take turns with
 * each other, and what is open but idle costs neither a thread nor a place in a queue.
 *
 * <pre>
 *   demand reads, barriers   ---&gt; [ urgent   ] --+
 *   write-behind             ---&gt; [ ordinary ] --+--&gt; at most n turns at once ---&gt; executor
 *   prefetch (at most n/2)   ---&gt; [ prefetch ] --+
 * </pre>
 *
 * <p>On threads of the factory's own a worker without a turn, one at a time, looks for the next one for a moment before it sleeps; and a writer or a flush that
 * waits for a turn that is likely to end soon looks for that end: to sleep and be woken costs more than most such waits last.
 *
 * <p>A call that takes longer than its deadline is given up by the conveyor that made it; the worker it still occupies is replaced, so that
 * others go on. There are at most as many replacements as workers.
 *
 * <p>Where no thread can be had for a moment, what was asked for is kept: the timer tries again to have workers, and whoever waits or writes tries to have the timer's
 * thread. Only if nobody does either it stays until somebody does.
 */
@NullMarked
package io.conveyor.core.worker;

import org.jspecify.annotations.NullMarked;
