package io.conveyor.core;

import io.conveyor.Extent;
import io.conveyor.StorageException;
import io.conveyor.Whence;
import io.conveyor.core.write.Claim;
import io.conveyor.spi.StorageHandle;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Writes a claim until storage has taken all of it: short writes are continued, a write that takes nothing is an error, and an append whose outcome is not
 * known is compared with the length before it is repeated.
 *
 * @param handle where to
 * @param key for messages
 * @param appendsOnly whether bytes must never be written twice
 */
record Pwrite(StorageHandle handle, String key, boolean appendsOnly) {

    void all(Claim claim, ByteBuffer[] bytes) throws IOException {
        if (appendsOnly && claim.isUnknown() && claim.isAppend()) {
            resolve(claim, bytes);
        }
        int first = 0;
        while (claim.done() < claim.length()) {
            while (!bytes[first].hasRemaining()) {
                first++;
            }
            int left = claim.length() - claim.done();
            long at = claim.offset() + claim.done();
            int count = write(bytes, first, at, claim.isLast());
            if (count <= 0 || count > left) {
                throw brokenContract(count, at, left);
            }
            consume(bytes, first, left - count);
            claim.advance(count);
        }
    }

    private int write(ByteBuffer[] bytes, int first, long at, boolean last) throws IOException {
        if (first == bytes.length - 1 && !last) {
            return handle.pwrite(bytes[first], at);
        }
        ByteBuffer[] rest = new ByteBuffer[bytes.length - first];
        System.arraycopy(bytes, first, rest, 0, rest.length);
        return last ? handle.pwriteLast(rest, at) : handle.pwrite(rest, at);
    }

    /** Puts the positions to where they belong, whatever the backend did to them: so that {@code left} bytes remain. */
    private static void consume(ByteBuffer[] bytes, int first, int left) {
        int remaining = left;
        for (int i = bytes.length - 1; i >= first; i--) {
            int here = Math.min(remaining, bytes[i].limit());
            bytes[i].position(bytes[i].limit() - here);
            remaining -= here;
        }
    }

    private void resolve(Claim claim, ByteBuffer[] bytes) throws IOException {
        long stored = handle.lseek(0, Whence.END) - claim.offset();
        int known = (int) Math.max(claim.done(), Math.min(claim.length(), stored));
        int already = claim.done();
        claim.resolve(known);
        claim.unknown(false);
        consume(bytes, 0, claim.length() - already - (known - already));
    }

    private StorageException brokenContract(int count, long at, int left) {
        return new StorageException(
                StorageException.Kind.PROTOCOL,
                count == 0 ? StorageException.Retry.SAFE : StorageException.Retry.NEVER,
                "pwrite",
                key,
                new Extent(at, left),
                "the backend says that it took " + count + " of " + left + " bytes",
                null);
    }
}
