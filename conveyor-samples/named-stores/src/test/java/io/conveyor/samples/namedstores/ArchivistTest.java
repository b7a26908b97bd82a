package io.conveyor.samples.namedstores;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;

class ArchivistTest {

    @TempDir
    Path directory;

    @Test
    void everyFileThatCameInIsInTheArchiveAfterwards() throws Exception {
        Path incoming = Files.createDirectories(directory.resolve("incoming/2026"));
        Files.writeString(incoming.resolve("one.txt"), "one");
        Files.writeString(incoming.resolve("two.txt"), "two");

        SpringApplication.run(
                        ArchiveApplication.class,
                        "--conveyor.posix.root=" + directory.resolve("incoming"),
                        "--conveyor.stores.archive.posix.root=" + directory.resolve("archive"))
                .close();

        assertThat(directory.resolve("archive/2026/one.txt")).hasContent("one");
        assertThat(directory.resolve("archive/2026/two.txt")).hasContent("two");
        assertThat(incoming).isEmptyDirectory();
    }
}
