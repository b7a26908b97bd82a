package io.conveyor.backend.posix;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import io.conveyor.ConflictException;
import java.io.IOException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The temporary sibling that becomes the object at commit. Until then it has a reserved name and is for nobody but its owner.
 *
 * <p>A new object gets the permissions that any new file would have; one that replaces another takes over that one's permissions, not its
 * owner, group or extended attributes. Calls come one at a time; {@link #drop} may come at any time.
 */
final class Draft {

    private final DirectoryTree tree;
    private final KeyPath at;
    private final ObjectFile file;
    private final Path temporary;
    private final OpenMode mode;
    private final @Nullable Set<PosixFilePermission> permissions;
    private final Set<Path> live;
    private boolean published;
    private boolean dropped;

    /**
     * A draft that was just made.
     *
     * @param permissions those of new files; null leaves them to the umask
     * @param live where to sign off when it is over
     */
    Draft(
            DirectoryTree tree,
            KeyPath at,
            ObjectFile file,
            OpenMode mode,
            @Nullable Set<PosixFilePermission> permissions,
            Set<Path> live) {
        this.tree = tree;
        this.at = at;
        this.file = file;
        this.temporary = file.name();
        this.mode = mode;
        this.permissions = permissions;
        this.live = live;
    }

    /** Whether the draft has become the object. */
    synchronized boolean isPublished() {
        return published;
    }

    /** Gives the draft the permissions that the object shall have; to be made durable before {@link #publish}. */
    void prepare() throws IOException {
        try (Directory directory = tree.descend(at.parents())) {
            requireOurs(directory);
            Set<PosixFilePermission> wanted = wantedPermissions(directory);
            if (wanted != null) {
                directory.permissions(temporary, wanted);
            }
        }
    }

    private @Nullable Set<PosixFilePermission> wantedPermissions(Directory directory) throws IOException {
        try {
            return directory.permissions(at.name());
        } catch (NoSuchFileException isNew) {
            return permissions == null ? permissionsByUmask(directory) : permissions;
        }
    }

    /** Java cannot ask for the umask, so a file is made to see. */
    private static @Nullable Set<PosixFilePermission> permissionsByUmask(Directory directory) throws IOException {
        Path probe = directory.path().getFileSystem().getPath(ReservedNames.temporary());
        directory.open(probe, Set.of(WRITE, CREATE_NEW), null).close();
        try {
            return directory.permissions(probe);
        } finally {
            directory.delete(probe);
        }
    }

    /**
     * Makes the draft the object, in one step.
     *
     * @throws ConflictException if the object was to be new and is there, or was to be there and is gone
     */
    synchronized void publish() throws IOException {
        if (dropped) {
            throw new AsynchronousCloseException();
        }
        try (Directory directory = tree.descend(at.parents())) {
            requireOurs(directory);
            if (mode.createNew()) {
                publishAsNew(directory);
            } else {
                requireReplaceable(directory);
                directory.rename(temporary, at.name());
            }
        }
        file.renamedTo(at.name());
        published = true;
        live.remove(temporary);
    }

    private void requireOurs(Directory directory) throws IOException {
        try {
            if (file.isAt(directory, temporary)) {
                return;
            }
        } catch (NoSuchFileException gone) {
            // said below
        }
        throw new ConflictException(at.key(), "somebody removed its draft " + temporary);
    }

    private void requireReplaceable(Directory directory) throws IOException {
        try {
            ObjectFile.requireRegular(directory, at.name());
        } catch (NoSuchFileException gone) {
            if (!mode.creates()) {
                throw new ConflictException(at.key(), "somebody deleted it since it was opened", false, gone);
            }
        }
    }

    /** Makes the draft a new object, and gives up the temporary name. */
    void publishAsNew(Directory directory) throws IOException {
        try {
            link(directory);
        } catch (FileAlreadyExistsException taken) {
            throw new ConflictException(at.key(), "somebody created it since it was opened", false, taken);
        }
    }

    private void link(Directory directory) throws IOException {
        try {
            directory.link(temporary, at.name());
        } catch (FileAlreadyExistsException | NoSuchFileException e) {
            throw e;
        } catch (FileSystemException | UnsupportedOperationException noHardLinks) {
            // Takes the name first, then the draft's bytes: for a moment the new object can be seen empty.
            directory
                    .open(at.name(), Set.of(WRITE, CREATE_NEW), PosixOptions.PRIVATE)
                    .close();
            directory.rename(temporary, at.name());
            return;
        }
        if (!file.isAt(directory, at.name())) {
            throw new FileSystemException(at.key(), null, "its directory was moved while it was published");
        }
        directory.delete(temporary);
    }

    /** Removes what was not published. Idempotent. */
    synchronized void drop() throws IOException {
        if (published || dropped) {
            return;
        }
        dropped = true;
        live.remove(temporary);
        try (Directory directory = tree.descend(at.parents())) {
            directory.delete(temporary);
        } catch (NoSuchFileException gone) {
            // as it should be
        }
    }
}
