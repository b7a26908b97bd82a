package io.conveyor.testkit;

import io.conveyor.testkit.MemoryStore.StoredObject;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** What of a {@link MemoryStore} would survive a loss of power: for each object the bytes that are durable, and the blocks that are not. */
final class DurableStore {

    private static final int SECTOR_BYTES = 512;

    /** The durable bytes of one object, if it has any, and what was changed since. */
    private static final class Image {

        private @Nullable MemoryContent content;
        private final TreeSet<Long> dirty = new TreeSet<>();
    }

    private final MemoryStore store;
    private final Map<String, Image> images = new HashMap<>();

    /** What the store holds now is durable. */
    DurableStore(MemoryStore store) {
        this.store = store;
        synchronized (store) {
            store.list("").forEach(object -> allDurable(object.key()));
        }
    }

    void written(String key, long offset, long length) {
        synchronized (store) {
            TreeSet<Long> dirty = image(key).dirty;
            long last = (offset + length - 1) / MemoryContent.BLOCK_BYTES;
            for (long block = offset / MemoryContent.BLOCK_BYTES; length > 0 && block <= last; block++) {
                dirty.add(block);
            }
        }
    }

    void truncated(String key, long size) {
        synchronized (store) {
            Image image = image(key);
            long first = size / MemoryContent.BLOCK_BYTES;
            if (image.content != null) {
                image.dirty.addAll(image.content.blocksFrom(first));
            }
            StoredObject object = store.find(key);
            if (object != null) {
                image.dirty.addAll(object.content.blocksFrom(first));
            }
        }
    }

    void deleted(String key) {
        synchronized (store) {
            images.remove(key);
        }
    }

    /** A sync that succeeded: what is dirty, and the size, become durable. */
    void synced(String key) {
        synchronized (store) {
            Image image = image(key);
            StoredObject object = store.find(key);
            if (object == null) {
                return;
            }
            MemoryContent content = image.content;
            if (content == null) {
                content = new MemoryContent();
                image.content = content;
            }
            for (long block : image.dirty) {
                content.takeBlock(block, object.content);
            }
            content.resize(object.content.size());
            image.dirty.clear();
        }
    }

    /** A sync that failed: what was dirty is taken for clean, and is not durable. */
    void syncFailed(String key) {
        synchronized (store) {
            image(key).dirty.clear();
        }
    }

    /** Everything the object holds now is durable. */
    void allDurable(String key) {
        synchronized (store) {
            StoredObject object = store.find(key);
            Image image = image(key);
            image.content = object == null ? null : object.content.fork();
            image.dirty.clear();
        }
    }

    /** A store with what is left after a loss of power. */
    MemoryStore survivors(RandomGenerator random) {
        synchronized (store) {
            MemoryStore left = store.empty();
            Set<String> keys = new HashSet<>(images.keySet());
            store.list("").forEach(object -> keys.add(object.key()));
            for (String key : new TreeSet<>(keys)) {
                MemoryContent content = survivor(image(key), store.find(key), random);
                if (content != null) {
                    left.place(key, content);
                }
            }
            return left;
        }
    }

    private static @Nullable MemoryContent survivor(
            Image image, @Nullable StoredObject object, RandomGenerator random) {
        if (object == null) {
            return image.content;
        }
        if (image.content == null && random.nextBoolean()) {
            return null;
        }
        MemoryContent now = object.content;
        MemoryContent left = image.content == null ? new MemoryContent() : image.content.fork();
        long oldSize = left.size();
        for (long block : image.dirty) {
            switch (random.nextInt(3)) {
                case 0 -> left.takeBlock(block, now);
                case 1 -> left.takePartOfBlock(block, now, sectors(random));
                default -> {} // stays as it was
            }
        }
        left.resize(random.nextBoolean() ? now.size() : oldSize);
        return left;
    }

    private static int sectors(RandomGenerator random) {
        return (1 + random.nextInt(MemoryContent.BLOCK_BYTES / SECTOR_BYTES - 1)) * SECTOR_BYTES;
    }

    private Image image(String key) {
        return images.computeIfAbsent(key, absent -> new Image());
    }
}
