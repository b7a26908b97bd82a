package io.conveyor.backend.s3;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The unfinished uploads and the hidden objects of the handles that are open here: whatever their age, they are nobody's orphans. Any thread.
 */
final class S3InUse {

    private final Set<String> names = ConcurrentHashMap.newKeySet();

    void add(String uploadIdOrKey) {
        names.add(uploadIdOrKey);
    }

    void remove(String uploadIdOrKey) {
        names.remove(uploadIdOrKey);
    }

    boolean contains(String uploadIdOrKey) {
        return names.contains(uploadIdOrKey);
    }
}
