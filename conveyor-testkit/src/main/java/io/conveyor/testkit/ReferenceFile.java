package io.conveyor.testkit;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;

/**
 * What a file is, in ten obvious methods: an array of bytes that grows. The model that a conveyor is compared with. Not for several threads
 * at once; offsets and sizes are bytes.
 */
public final class ReferenceFile {

    private byte[] bytes;
    private int size;

    private ReferenceFile(byte[] bytes) {
        this.bytes = bytes;
        this.size = bytes.length;
    }

    /** An empty file. */
    public static ReferenceFile empty() {
        return new ReferenceFile(new byte[0]);
    }

    /** A file with a copy of {@code content}. */
    public static ReferenceFile of(byte[] content) {
        return new ReferenceFile(content.clone());
    }

    /** The number of bytes. */
    public long size() {
        return size;
    }

    /** Fills {@code dst} from {@code offset} unless the end comes first; -1 at or past the end, 0 if {@code dst} has no room. */
    public int pread(ByteBuffer dst, long offset) {
        if (!dst.hasRemaining()) {
            return 0;
        }
        if (offset >= size) {
            return -1;
        }
        int length = (int) Math.min(dst.remaining(), size - offset);
        dst.put(bytes, (int) offset, length);
        return length;
    }

    /** Writes all of {@code src} at {@code offset}; a gap beyond the end is zeros. */
    public int pwrite(ByteBuffer src, long offset) {
        int length = src.remaining();
        if (length > 0) {
            int end = Math.toIntExact(offset + length);
            grow(end);
            src.get(bytes, (int) offset, length);
        }
        return length;
    }

    /** Writes all of {@code src} at the end. */
    public int append(ByteBuffer src) {
        return pwrite(src, size);
    }

    /** Cuts the file to {@code newSize}; does nothing if it is not longer. */
    public void truncate(long newSize) {
        if (newSize < size) {
            Arrays.fill(bytes, (int) newSize, size, (byte) 0);
            size = (int) newSize;
        }
    }

    /** A copy of {@code length} bytes from {@code offset}, all of which are within the file. */
    public byte[] range(long offset, int length) {
        int start = Math.toIntExact(offset);
        Objects.checkFromToIndex(start, start + length, size);
        return Arrays.copyOfRange(bytes, start, start + length);
    }

    /** A copy of all bytes. */
    public byte[] content() {
        return Arrays.copyOf(bytes, size);
    }

    /** A file of its own with the same bytes. */
    public ReferenceFile copy() {
        return of(content());
    }

    private void grow(int end) {
        if (end > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(end, bytes.length + bytes.length / 2));
        }
        size = Math.max(size, end);
    }

    @Override
    public String toString() {
        return "ReferenceFile[" + size + " bytes]";
    }
}
