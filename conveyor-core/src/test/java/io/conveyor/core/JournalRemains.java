package io.conveyor.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/** What a process leaves that is killed now: what is mapped is in its journal's files at once. */
final class JournalRemains {

    private JournalRemains() {}

    /** Copies a journal directory as it is to one that is to be made. */
    static Path copy(Path journal, Path to) throws IOException {
        FileAttribute<?> ownerOnly = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
        Path copy = Files.createDirectory(to, ownerOnly);
        for (Path file : files(journal)) {
            Path target = copy.resolve(journal.relativize(file).toString());
            if (!Files.exists(target.getParent())) {
                Files.createDirectory(target.getParent(), ownerOnly);
            }
            try {
                Files.copy(file, target);
            } catch (NoSuchFileException ready) {
                // it was in preparation, and has its name now
                assertThat(file.toString()).endsWith(".new");
            }
        }
        return copy;
    }

    /** The files of all owners; what is in preparation may be gone before one looks. */
    static List<Path> files(Path journal) throws IOException {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> owners = Files.newDirectoryStream(journal)) {
            for (Path owner : owners) {
                try (DirectoryStream<Path> files = Files.newDirectoryStream(owner)) {
                    files.forEach(found::add);
                }
            }
        }
        return found;
    }
}
