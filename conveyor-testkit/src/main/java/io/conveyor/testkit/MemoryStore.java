package io.conveyor.testkit;

import io.conveyor.ConflictException;
import io.conveyor.Extent;
import io.conveyor.ObjectAttributes;
import io.conveyor.StorageException;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import java.nio.file.NoSuchFileException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The objects, and what others see of them. Whoever uses it holds its monitor around everything that has to be one step; {@link MemoryBackend}
 * and {@link MemoryHandle} do.
 */
final class MemoryStore {

    /** One object; handles that have it open keep it when it is deleted or replaced, as an open file outlives its name. */
    static final class StoredObject {

        final String key;
        MemoryContent content = new MemoryContent();
        long version;
        Instant modified;

        private StoredObject(String key, Instant modified) {
            this.key = key;
            this.modified = modified;
        }

        ObjectAttributes attributes() {
            return new ObjectAttributes(key, content.size(), modified, "v" + version);
        }
    }

    /** The version of an object that does not exist. */
    static final long ABSENT = 0;

    private final TreeMap<String, StoredObject> objects = new TreeMap<>();
    private final InstantSource clock;
    private long versions = ABSENT;
    private long spaceBytes = Long.MAX_VALUE;

    MemoryStore(InstantSource clock) {
        this.clock = clock;
    }

    /** Another store with the same clock and no object. */
    MemoryStore empty() {
        return new MemoryStore(clock);
    }

    @Nullable
    StoredObject find(String key) {
        return objects.get(key);
    }

    StoredObject require(String key) throws NoSuchFileException {
        StoredObject object = objects.get(key);
        if (object == null) {
            throw new NoSuchFileException(key);
        }
        return object;
    }

    /** A new object under this key, in the place of the one that was there. */
    StoredObject place(String key, MemoryContent content) {
        StoredObject object = new StoredObject(key, clock.instant());
        object.content = content;
        objects.put(key, object);
        changed(object);
        return object;
    }

    boolean remove(String key) {
        return objects.remove(key) != null;
    }

    void changed(StoredObject object) {
        object.version = ++versions;
        object.modified = clock.instant();
    }

    long versionOf(String key) {
        StoredObject object = objects.get(key);
        return object == null ? ABSENT : object.version;
    }

    /** Publishes {@code content} under {@code key} if nobody changed the object since {@code base}. */
    StoredObject publish(String key, MemoryContent content, long base) throws ConflictException {
        long now = versionOf(key);
        if (now != base) {
            throw new ConflictException(key, "it is at " + name(now) + ", the draft began at " + name(base));
        }
        StoredObject object = objects.get(key);
        if (object == null) {
            return place(key, content);
        }
        object.content = content;
        changed(object);
        return object;
    }

    private static String name(long version) {
        return version == ABSENT ? "no version at all" : "version v" + version;
    }

    List<ObjectAttributes> list(String prefix) {
        List<ObjectAttributes> found = new ArrayList<>();
        for (StoredObject object : objects.tailMap(prefix, true).values()) {
            if (!object.key.startsWith(prefix)) {
                break;
            }
            found.add(object.attributes());
        }
        return found;
    }

    void limitSpace(long bytes) {
        spaceBytes = bytes;
    }

    /** How many of {@code length} bytes at {@code offset} there is room for. */
    int roomFor(MemoryContent content, long offset, int length, String key) throws StorageException {
        long growth = Math.max(0, offset + length - content.size());
        if (spaceBytes == Long.MAX_VALUE || growth == 0) {
            return length;
        }
        long used = 0;
        for (StoredObject object : objects.values()) {
            used += object.content.size();
        }
        long missing = growth - Math.max(0, spaceBytes - used);
        if (missing >= length) {
            throw new StorageException(
                    Kind.NO_SPACE,
                    Retry.NEVER,
                    "pwrite",
                    key,
                    new Extent(offset, length),
                    "the store has room for " + spaceBytes + " bytes",
                    null);
        }
        return (int) (length - Math.max(0, missing));
    }
}
