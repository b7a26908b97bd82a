package io.conveyor.samples.fileservice;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.ObjectAttributes;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A file that is being read, with what HTTP wants to know about it. One thread at a time. */
final class StoredFile implements Closeable {

    /** How often a file may change while it is opened before it goes out without a validator. */
    private static final int ATTEMPTS = 3;

    private final Conveyor conveyor;
    private final long size;
    private final @Nullable ObjectAttributes attributes;

    private StoredFile(Conveyor conveyor, long size, @Nullable ObjectAttributes attributes) {
        this.conveyor = conveyor;
        this.size = size;
        this.attributes = attributes;
    }

    /**
     * Opens a file so that attributes and content belong together, though others replace it or append to it meanwhile.
     *
     * @throws java.nio.file.NoSuchFileException if there is none
     */
    static StoredFile open(ConveyorFactory files, String key) throws IOException {
        for (int attempt = 1; ; attempt++) {
            ObjectAttributes before = files.attributes(key);
            Conveyor conveyor = files.open(key);
            try {
                long size = conveyor.size();
                boolean steady = size == before.size() && before.equals(files.attributes(key));
                if (steady || attempt == ATTEMPTS) {
                    return new StoredFile(conveyor, size, steady ? before : null);
                }
                conveyor.close();
            } catch (Throwable failure) {
                closeQuietly(conveyor, failure);
                throw failure;
            }
        }
    }

    private static void closeQuietly(Conveyor conveyor, Throwable failure) {
        try {
            conveyor.close();
        } catch (IOException whileClosing) {
            failure.addSuppressed(whileClosing);
        }
    }

    /** The size in bytes, when it was opened. */
    long size() {
        return size;
    }

    /** What names this very content: the store's own version, else its size and time of change; null if it changes all the time. */
    @Nullable
    String etag() {
        if (attributes == null) {
            return null;
        }
        String version = attributes.version();
        Instant changed = attributes.lastModified();
        return version != null
                ? '"' + version.replace("\"", "") + '"'
                : String.format("\"%x-%x-%x\"", size, changed.getEpochSecond(), changed.getNano());
    }

    /** When it was last changed, in milliseconds since 1970, or -1 if it changes all the time. */
    long lastModified() {
        return attributes == null ? -1 : attributes.lastModified().toEpochMilli();
    }

    /**
     * Reads at {@code position}.
     *
     * @return how many bytes, all that {@code into} has room for unless the file has become shorter
     * @throws EOFException if the file has become shorter than {@code position}
     * @throws IOException if storage fails
     */
    int read(ByteBuffer into, long position) throws IOException {
        int count = conveyor.read(into, position);
        if (count < 0) {
            throw new EOFException("'" + conveyor.key() + "' ended before " + position + " while it was read");
        }
        return count;
    }

    @Override
    public void close() throws IOException {
        conveyor.close();
    }
}
