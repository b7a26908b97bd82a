package io.conveyor.core.write;

import io.conveyor.Extent;
import java.util.List;

/**
 * What is not known to be in storage.
 *
 * @param extents the ranges, by offset; not all if they are many. They may name more bytes than are meant, but never fewer
 * @param bytes how many bytes that is in total
 * @param retainedBytes how many of them are kept, by the log or by the handle, and will be brought to storage when the failure has been cleared
 */
public record Shortfall(List<Extent> extents, long bytes, long retainedBytes) {

    /** The same, of which {@code retained} bytes are kept. */
    public Shortfall keeping(long retained) {
        return new Shortfall(extents, bytes, retained);
    }
}
