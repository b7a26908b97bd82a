package io.conveyor.core.read;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Blocks that are fetched one after the other, so that storage can go on where it stopped; see the package. Used under the conveyor's lock.
 *
 * <pre>
 *   first          waiting
 *   [~~ called for, or being fetched ~~] &lt;- [....] &lt;- [....] &lt;- add
 *     ended: the next one that is not there yet is first
 * </pre>
 *
 * <p>What stands here is pinned: whoever comes back to the first one meets the same.
 */
public final class FetchLine {

    private final ArrayDeque<Block> waiting = new ArrayDeque<>();
    private @Nullable Block first;

    /** A block joins; whether it is the first one, which somebody has to be called for. */
    public boolean add(Block block) {
        block.pin();
        if (first != null) {
            waiting.addLast(block);
            return false;
        }
        first = block;
        return true;
    }

    /** Whether this is the first one. */
    public boolean isFirst(Block block) {
        return block == first;
    }

    /** Takes the oldest one that waits out of the line; null if there is none. The first one stays. */
    public @Nullable Block leave() {
        Block left = waiting.pollFirst();
        if (left != null) {
            left.unpin();
        }
        return left;
    }

    /**
     * Something about a block has ended, such as its fetch, or the turn of a worker who found that another one fetches it.
     *
     * @return the one that is first now, and that somebody has to be called for; null if there is none, if a reader has begun it who could not wait, or if the
     *     one that was first is first still
     */
    public @Nullable Block next(Block block) {
        if (block != first || block.isFetching()) {
            return null;
        }
        do {
            first.unpin();
            first = waiting.pollFirst();
        } while (first != null && !first.isFetching());
        return first == null || first.isBegun() ? null : first;
    }
}
