package io.conveyor.core.overlay;

import io.conveyor.core.extent.ExtentIndex;
import io.conveyor.core.log.WriteLog;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Copies the pending bytes of a range out of the log. One per conveyor, so that a read allocates nothing; used under the conveyor's lock.
 */
public final class Overlay implements ExtentIndex.Visitor {

    private final ExtentIndex index;
    private final WriteLog log;
    private @Nullable ByteBuffer target;
    private long origin;
    private long copied;

    /** An overlay of what {@code index} finds in {@code log}. */
    public Overlay(ExtentIndex index, WriteLog log) {
        this.index = index;
        this.log = log;
    }

    /**
     * Lays the pending bytes of {@code [start, start + length)} over {@code dst} from index {@code at} on; the buffer's position stays.
     *
     * @return how many bytes were pending
     */
    public long lay(long start, int length, ByteBuffer dst, int at) {
        if (index.isEmpty()) {
            return 0;
        }
        target = dst;
        origin = start - at;
        copied = 0;
        try {
            index.visit(start, start + length, this);
        } finally {
            target = null;
        }
        return copied;
    }

    @Override
    public void extent(long start, long end, long logPosition) {
        ByteBuffer dst = Objects.requireNonNull(target);
        log.copy(logPosition, (int) (end - start), dst, (int) (start - origin));
        copied += end - start;
    }
}
