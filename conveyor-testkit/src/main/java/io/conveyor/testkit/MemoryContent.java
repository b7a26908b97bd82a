package io.conveyor.testkit;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The bytes of one version of an object, in blocks; blocks nobody wrote to are holes. {@link #fork()} is cheap: the two share their blocks
 * until one of them writes. Not for several threads at once: {@link MemoryBackend} holds its lock around every call.
 */
final class MemoryContent {

    /** Small enough that tests of a few kilobytes see holes. */
    static final int BLOCK_BYTES = 4096;

    private static final class Block {

        private final byte[] bytes;
        private final Object owner;

        private Block(byte[] bytes, Object owner) {
            this.bytes = bytes;
            this.owner = owner;
        }
    }

    private final TreeMap<Long, Block> blocks = new TreeMap<>();
    private Object owner = new Object();
    private long size;

    long size() {
        return size;
    }

    /** A copy that goes its own way from here. */
    MemoryContent fork() {
        MemoryContent fork = new MemoryContent();
        fork.blocks.putAll(blocks);
        fork.size = size;
        owner = new Object(); // whoever writes next copies the block first
        return fork;
    }

    int read(ByteBuffer dst, long offset) {
        if (offset >= size) {
            return -1;
        }
        int length = (int) Math.min(dst.remaining(), size - offset);
        int done = 0;
        while (done < length) {
            long at = offset + done;
            int inBlock = (int) (at % BLOCK_BYTES);
            int count = Math.min(length - done, BLOCK_BYTES - inBlock);
            Block block = blocks.get(at / BLOCK_BYTES);
            if (block == null) {
                dst.put(new byte[count]);
            } else {
                dst.put(block.bytes, inBlock, count);
            }
            done += count;
        }
        return length;
    }

    void write(ByteBuffer src, long offset) {
        long at = offset;
        while (src.hasRemaining()) {
            int inBlock = (int) (at % BLOCK_BYTES);
            int count = Math.min(src.remaining(), BLOCK_BYTES - inBlock);
            src.get(own(at / BLOCK_BYTES), inBlock, count);
            at += count;
        }
        if (at > offset) {
            size = Math.max(size, at);
        }
    }

    void truncate(long newSize) {
        long firstGone = newSize / BLOCK_BYTES + (newSize % BLOCK_BYTES == 0 ? 0 : 1);
        blocks.tailMap(firstGone, true).clear();
        int keep = (int) (newSize % BLOCK_BYTES);
        long last = newSize / BLOCK_BYTES;
        if (keep > 0 && blocks.containsKey(last)) {
            Arrays.fill(own(last), keep, BLOCK_BYTES, (byte) 0);
        }
        size = newSize;
    }

    /** The blocks from {@code first} on that somebody wrote to. */
    Set<Long> blocksFrom(long first) {
        return blocks.tailMap(first, true).keySet();
    }

    /** Makes this block what it is in {@code other}; the size does not change. */
    void takeBlock(long index, MemoryContent other) {
        Block theirs = other.blocks.get(index);
        if (theirs == null) {
            blocks.remove(index);
        } else {
            System.arraycopy(theirs.bytes, 0, own(index), 0, BLOCK_BYTES);
        }
    }

    /** Makes the first {@code length} bytes of this block what they are in {@code other}; the size does not change. */
    void takePartOfBlock(long index, MemoryContent other, int length) {
        Block theirs = other.blocks.get(index);
        byte[] ours = own(index);
        if (theirs == null) {
            Arrays.fill(ours, 0, length, (byte) 0);
        } else {
            System.arraycopy(theirs.bytes, 0, ours, 0, length);
        }
    }

    /** Cuts, or grows by a hole. */
    void resize(long newSize) {
        truncate(newSize);
    }

    private byte[] own(long index) {
        Block block = blocks.get(index);
        if (block == null || block.owner != owner) {
            byte[] bytes = block == null ? new byte[BLOCK_BYTES] : block.bytes.clone();
            block = new Block(bytes, owner);
            blocks.put(index, block);
        }
        return block.bytes;
    }

    /** The first offset at or after {@code offset} in a block that was written, or -1. */
    long nextData(long offset) {
        if (offset >= size) {
            return -1;
        }
        Map.Entry<Long, Block> block = blocks.ceilingEntry(offset / BLOCK_BYTES);
        if (block == null) {
            return -1;
        }
        return Math.max(offset, block.getKey() * BLOCK_BYTES);
    }

    /** The first offset at or after {@code offset} in a block that nobody wrote to; the end counts as one; -1 at or past the end. */
    long nextHole(long offset) {
        if (offset >= size) {
            return -1;
        }
        long index = offset / BLOCK_BYTES;
        long at = offset;
        while (blocks.containsKey(index)) {
            index++;
            at = index * BLOCK_BYTES;
        }
        return Math.min(at, size);
    }

    byte[] toBytes() {
        ByteBuffer all = ByteBuffer.allocate(Math.toIntExact(size));
        read(all, 0);
        return all.array();
    }
}
