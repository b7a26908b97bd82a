/**
 * Which range of the file is pending, and where in the write log its newest bytes lie.
 *
 * <p>The index holds extents that do not overlap, in order of file offset, each with the log position of its first byte. A newer write takes
 * its range away from older ones, so a look-up always finds the newest bytes. The extents lie in a list of small sorted pages:
 *
 * <pre>
 *   directory   [ page 0 | page 1 | page 2 | ... ]            first offsets ascending
 *   page        start[]  0   64  4096 ...                     at most 128 extents each
 *               end[]    64  128 8192 ...
 *               log[]    0   900 100  ...
 * </pre>
 *
 * <p>A look-up is two binary searches, an insertion moves at most one page. This beats a tree of nodes here: no allocation for an extent, and
 * neighbours share cache lines. Cost: O(log n + k) to find k extents among n.
 */
@NullMarked
package io.conveyor.core.extent;

import org.jspecify.annotations.NullMarked;
