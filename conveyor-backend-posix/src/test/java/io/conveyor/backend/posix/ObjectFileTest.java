package io.conveyor.backend.posix;

import static java.nio.file.StandardOpenOption.READ;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.conveyor.ConflictException;
import io.conveyor.backend.posix.ObjectFile.Opened;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file that is opened again is the same one. */
class ObjectFileTest {

    @TempDir
    private Path root;

    private Path file;

    private ObjectFile open;

    @BeforeEach
    void open() throws Exception {
        file = Files.writeString(root.resolve("key"), "old");
        Files.setLastModifiedTime(file, FileTime.from(Instant.EPOCH));
        DirectoryTree tree =
                new DirectoryTree(new PosixOptions(root, false, false, null, null, 1, 1, 1, 1, true, Durability.FSYNC));
        try (Directory directory = tree.descend(List.of())) {
            Opened opened = ObjectFile.existing(
                    tree, new KeyPath("key", List.of(), Path.of("key"), file), directory, Set.of(READ));
            // as an interrupt leaves it
            opened.channel().close();
            open = opened.file();
        }
    }

    private BasicFileAttributes attributes() throws IOException {
        return Files.readAttributes(file, BasicFileAttributes.class);
    }

    @Test
    void aFileThatOthersHaveChangedIsStillTheSame() throws Exception {
        Files.writeString(file, "longer");

        try (FileChannel again = open.reopen(READ)) {
            assertThat(again.size()).isEqualTo(6);
        }
    }

    @Test
    void aNewFileIsAnotherOneThoughItHasTheInodeOfTheOld() throws Exception {
        BasicFileAttributes old = attributes();
        assumeTrue(
                !old.creationTime().equals(old.lastModifiedTime()), "this platform does not tell when a file was made");
        Files.delete(file);
        Files.writeString(file, "new");
        assumeTrue(
                attributes().fileKey().equals(old.fileKey()), "this file system does not use an inode again at once");

        assertThatThrownBy(() -> open.reopen(READ)).isInstanceOf(ConflictException.class);
    }
}
