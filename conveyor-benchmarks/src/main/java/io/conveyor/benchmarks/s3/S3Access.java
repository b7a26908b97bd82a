package io.conveyor.benchmarks.s3;

import java.io.Closeable;

/**
 * One way to the objects of a bucket: a contender. What it cannot do throws {@link UnsupportedOperationException}, with the reason. Each call begins
 * anew: nothing of an earlier call may be left in memory, save connections. Used by one thread, {@link RandomReader} aside.
 */
public interface S3Access extends Closeable {

    /** How it is called in tables. */
    String name();

    /** Reads the whole object from its start to its end, in pieces of about the length of {@code buffer}. */
    default void read(String key, byte[] buffer, Sink sink) throws Exception {
        throw new UnsupportedOperationException("it has no stream to read from");
    }

    /** Opens the object anew and reads its first byte. */
    default int firstByte(String key) throws Exception {
        throw new UnsupportedOperationException("it has no stream to read from");
    }

    /** Replaces or makes the object, of {@code count} times the bytes of {@code buffer}, until it is there. */
    default void write(String key, byte[] buffer, long count) throws Exception {
        throw new UnsupportedOperationException("it has no stream to write to");
    }

    /** Opens the object for reads at random. */
    default RandomReader open(String key) throws Exception {
        throw new UnsupportedOperationException("it reads from the start to the end");
    }

    /** Puts {@code patch} over what the object has at {@code offset}, until the object is there. */
    default void edit(String key, byte[] patch, long offset) throws Exception {
        throw new UnsupportedOperationException("it cannot change a part of an object");
    }

    /** Takes what was read. */
    @FunctionalInterface
    interface Sink {

        /** The next {@code length} bytes, the first of {@code bytes}; they are only lent. */
        void accept(byte[] bytes, int length);
    }

    /** Reads at random. Used by several threads at once. */
    interface RandomReader extends Closeable {

        /** Fills {@code dst} from {@code offset}. */
        void read(byte[] dst, long offset) throws Exception;
    }
}
