package io.conveyor.core.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who has a directory, and what becomes of it. */
class OwnerDirectoryTest {

    @TempDir
    private Path parent;

    private Path directory;

    @BeforeEach
    void prepare() throws IOException {
        directory = OwnerDirectory.prepare(parent.resolve("journal"));
    }

    // ---------------------------------------------------------------- the end

    @Test
    void aStrangersFileStaysAndTheDirectoryWithIt() throws IOException {
        OwnerDirectory owner = OwnerDirectory.create(directory, 1);
        Path stray = Files.writeString(owner.path().resolve("stray"), "not ours");
        Files.writeString(owner.path().resolve("00000001.segment"), "ours");
        owner.remove();
        assertThat(stray).hasContent("not ours");
        assertThat(list(owner.path())).containsExactly(stray);
        // the lock was given back
        List<OwnerDirectory> dead = OwnerDirectory.dead(directory);
        assertThat(dead).extracting(OwnerDirectory::path).containsExactly(owner.path());
        dead.get(0).remove();
        assertThat(stray).exists();
    }

    @Test
    void aDirectoryThatIsNamedLikeAJournalFileStays() throws IOException {
        OwnerDirectory owner = OwnerDirectory.create(directory, 1);
        Path odd = Files.createDirectory(owner.path().resolve("00000001.table"));
        Path inside = Files.writeString(odd.resolve("stray"), "not ours");
        owner.remove();
        assertThat(inside).exists();
    }

    private static List<Path> list(Path directory) throws IOException {
        try (var files = Files.list(directory)) {
            return files.toList();
        }
    }
}
