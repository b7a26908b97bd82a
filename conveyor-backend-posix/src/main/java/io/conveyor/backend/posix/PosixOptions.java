package io.conveyor.backend.posix;

import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What {@link PosixBackend.Builder} collects; see there. Immutable.
 *
 * @param root the directory that holds all objects, absolute
 * @param fileLock whether writers lock their object against other processes
 * @param ignoreCase whether keys that differ only in case mean the same object
 * @param permissions the permissions of new files; null leaves them to the umask
 * @param directoryPermissions the permissions of new directories; null leaves them to the umask
 * @param preferredReadBytes as in the capabilities
 * @param preferredWriteBytes as in the capabilities
 * @param maxConcurrentReads as in the capabilities
 * @param maxConcurrentWrites as in the capabilities
 * @param descriptors whether directories are held by descriptor where the platform can
 * @param durability how things are made durable
 */
record PosixOptions(
        Path root,
        boolean fileLock,
        boolean ignoreCase,
        @Nullable Set<PosixFilePermission> permissions,
        @Nullable Set<PosixFilePermission> directoryPermissions,
        int preferredReadBytes,
        int preferredWriteBytes,
        int maxConcurrentReads,
        int maxConcurrentWrites,
        boolean descriptors,
        Durability durability) {

    /** Nobody but the owner. */
    static final Set<PosixFilePermission> PRIVATE =
            Set.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);

    /** A name that is the same for all names that differ only in case. */
    static String folded(String name) {
        // up and down, because some letters meet only that way, as String.equalsIgnoreCase knows
        return name.toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT);
    }

    PosixOptions {
        permissions = permissions == null ? null : Set.copyOf(permissions);
        directoryPermissions = directoryPermissions == null ? null : Set.copyOf(directoryPermissions);
    }
}
