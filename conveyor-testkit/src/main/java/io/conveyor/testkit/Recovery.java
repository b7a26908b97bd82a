package io.conveyor.testkit;

import io.conveyor.Conveyor;
import io.conveyor.Extent;
import io.conveyor.WriteBehindException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/** What an application does about a sticky failure once its cause is gone: clears it, and writes anew what the engine no longer has. */
final class Recovery {

    private Recovery() {}

    /**
     * Clears the failure, if there is one.
     *
     * @param content what the object is to contain, for the ranges that are not retained
     * @return whether there was one
     */
    static boolean recover(Conveyor conveyor, ReferenceFile content) throws IOException {
        Optional<WriteBehindException> failure = conveyor.failure();
        if (failure.isEmpty()) {
            return false;
        }
        if (!conveyor.clearError() && conveyor.failure().isPresent()) {
            writeAnew(conveyor, conveyor.failure().orElseThrow(), content);
            if (!conveyor.clearError()) {
                throw new AssertionError("clearError() is false although "
                        + failure.get().unwritten() + " were written anew; it is still " + conveyor.failure());
            }
        }
        return true;
    }

    private static void writeAnew(Conveyor conveyor, WriteBehindException failure, ReferenceFile content)
            throws IOException {
        if (failure.retainedBytes() >= failure.unwrittenBytes()) {
            throw new AssertionError("clearError() is false although everything is retained: " + failure);
        }
        for (Extent extent : failure.unwritten()) {
            long end = Math.min(extent.end(), content.size());
            if (extent.offset() < end) {
                int length = (int) (end - extent.offset());
                conveyor.write(ByteBuffer.wrap(content.range(extent.offset(), length)), extent.offset());
            }
        }
    }
}
