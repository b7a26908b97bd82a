package io.conveyor.testkit;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Test data that knows where it belongs. Every 8 bytes at an offset divisible by 8 are one word, big-endian: 24 bits of tag (who wrote
 * it), 40 bits of the word's index ({@code offset / 8}). So a byte that turns up at the wrong offset, or from the wrong write, can be told
 * from its neighbours.
 */
public final class Bytes {

    /** How many bytes one word has. */
    public static final int WORD = Long.BYTES;

    /** The largest tag. Zero is what a hole looks like, so tags begin at 1. */
    public static final int MAX_TAG = (1 << 24) - 1;

    private static final int INDEX_BITS = 40;
    private static final long INDEX_MASK = (1L << INDEX_BITS) - 1;

    private Bytes() {}

    /** {@code length} bytes as they belong at {@code offset}. */
    public static byte[] at(long offset, int length, int tag) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = byteAt(offset + i, tag);
        }
        return bytes;
    }

    /** As {@link #at}, ready to be written. */
    public static ByteBuffer buffer(long offset, int length, int tag) {
        return ByteBuffer.wrap(at(offset, length, tag));
    }

    /** The one byte that belongs at {@code offset}. */
    public static byte byteAt(long offset, int tag) {
        int shift = (int) (WORD - 1 - offset % WORD) * Byte.SIZE;
        return (byte) (word(offset, tag) >>> shift);
    }

    /** The word that {@code offset} lies in. */
    public static long word(long offset, int tag) {
        if (tag < 1 || tag > MAX_TAG) {
            throw new IllegalArgumentException("tag " + tag + " is not within 1 and " + MAX_TAG);
        }
        return ((long) tag << INDEX_BITS) | (offset / WORD & INDEX_MASK);
    }

    /** The tag of a word. */
    public static int tagOf(long word) {
        return (int) (word >>> INDEX_BITS);
    }

    /** The offset, divisible by 8, at which a word belongs. */
    public static long offsetOf(long word) {
        return (word & INDEX_MASK) * WORD;
    }

    /** The UTF-8 bytes of a text. */
    public static byte[] of(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** The UTF-8 bytes of a text, ready to be written. */
    public static ByteBuffer buffer(String text) {
        return ByteBuffer.wrap(of(text));
    }

    /** A copy of what {@code buffer} holds between its position and its limit; the buffer does not change. */
    public static byte[] remaining(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }

    /**
     * Says where {@code actual} differs from {@code expected} for the first time, and what the word there claims to be; empty if they are
     * equal.
     *
     * @param offset where the two arrays lie in the file
     */
    public static String difference(byte[] expected, byte[] actual, long offset) {
        int shorter = Math.min(expected.length, actual.length);
        for (int i = 0; i < shorter; i++) {
            if (expected[i] != actual[i]) {
                return "differs first at " + (offset + i) + ": expected " + describe(expected, i, offset) + ", was "
                        + describe(actual, i, offset);
            }
        }
        return expected.length == actual.length
                ? ""
                : "has " + actual.length + " bytes from " + offset + " where " + expected.length + " were expected";
    }

    private static String describe(byte[] bytes, int index, long offset) {
        int start = index - (int) ((offset + index) % WORD);
        if (start < 0 || start + WORD > bytes.length) {
            return String.format("0x%02x", bytes[index]);
        }
        long word = ByteBuffer.wrap(bytes).getLong(start);
        return word == 0 ? "zeros" : String.format("0x%016x (tag %d, offset %d)", word, tagOf(word), offsetOf(word));
    }
}
