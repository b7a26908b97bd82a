/**
 * The write log: accepted bytes in the order of acceptance.
 *
 * <p>Every accepted byte has a <em>log position</em>, a 64-bit count that only grows. Bytes lie in segments of equal size; positions and places
 * map to each other by a shift and a mask relative to the first segment, so nothing is ever moved. Beside the bytes runs a queue of <em>runs</em>:
 * stretches that are contiguous in the log and in the file. A write that continues the previous one extends its run; this is where small
 * writes become large ones.
 *
 * <pre>
 *   log position   released          written        claimed            accepted
 *                     |                 |              |                  |
 *   segments     [....RRRRRRRRRR][RRRRRRWWWWWW][WWWWFFFFFFFFFF][PPPPPPPPPPP....]
 *                                        in flight ----^         pending
 *   runs              |--run 7--|--run 8--|-------- run 9 ------|T|- run 10 -|
 *                                                        a cut (truncate) --^ takes one position, so that
 *                                                                             the watermarks can pass it
 * </pre>
 *
 * <p>Nothing here locks: the classes belong to a conveyor and are used under its lock.
 */
@NullMarked
package io.conveyor.core.log;

import org.jspecify.annotations.NullMarked;
