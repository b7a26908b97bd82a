package io.conveyor.backend.posix;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.StorageException;
import io.conveyor.Whence;
import io.conveyor.spi.StorageHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What descriptors are used for, and what happens when there are no more. */
class DescriptorLimitTest {

    @TempDir
    private Path root;

    /** Opens objects until it is refused, and then uses all that it has. */
    static final class Greedy {

        private Greedy() {}

        @SuppressWarnings("SystemOut") // how it talks to the test
        public static void main(String[] arguments) throws Exception {
            PosixBackend backend =
                    PosixBackend.builder().root(Path.of(arguments[0])).build();
            List<StorageHandle> handles = new ArrayList<>();
            try {
                while (handles.size() < 10_000) {
                    handles.add(backend.open("key" + handles.size(), Set.of(READ, WRITE, CREATE)));
                }
                System.out.println("no limit");
            } catch (StorageException e) {
                System.out.println(e.kind());
            }
            for (StorageHandle handle : handles) {
                handle.pwrite(UTF_8.encode("hello"), 0);
                ByteBuffer read = ByteBuffer.allocate(5);
                System.out.println(handle.pread(read, 0) + " " + UTF_8.decode(read.flip()));
            }
            for (StorageHandle handle : handles) {
                handle.close();
            }
            backend.open("one more", Set.of(READ, WRITE, CREATE)).close();
            System.out.println("end");
        }
    }

    @Test
    void withoutDescriptorsAnOpenFailsAndOpenHandlesGoOn() throws Exception {
        try (OtherProcess greedy = OtherProcess.start("ulimit -n 100;", Greedy.class, root.toString())) {
            assertThat(greedy.word()).isEqualTo("IO");
            int handles = 0;
            String word = greedy.word();
            while (!word.equals("end")) {
                assertThat(word).isEqualTo("5 hello");
                handles++;
                word = greedy.word();
            }
            assertThat(handles).as("handles with a descriptor each").isGreaterThan(20);
        }
    }

    @Test
    void anIdleHandleHoldsOneDescriptor() throws Exception {
        PosixBackend backend = PosixBackend.builder().root(root).build();
        backend.open("warm up", Set.of(READ, WRITE, CREATE)).close();
        List<StorageHandle> handles = new ArrayList<>();
        try {
            for (int i = 0; i < 100; i++) {
                handles.add(backend.open("dir/key" + i, Set.of(READ, WRITE, CREATE)));
            }
            assertThat(descriptorsBelowTheRoot()).isEqualTo(100);
        } finally {
            for (StorageHandle handle : handles) {
                handle.close();
            }
        }
        assertThat(descriptorsBelowTheRoot()).isZero();
    }

    @Test
    void aWriterHoldsASecondDescriptorOnceItIsAskedAfterAChange() throws Exception {
        PosixBackend backend = PosixBackend.builder().root(root).build();
        try (StorageHandle handle = backend.open("key", Set.of(WRITE, CREATE))) {
            handle.lseek(0, Whence.END);
            handle.pwrite(UTF_8.encode("hello"), 0);
            handle.sync();
            assertThat(descriptorsBelowTheRoot()).isEqualTo(1);

            assertThat(handle.lseek(0, Whence.END)).isEqualTo(5);
            assertThat(descriptorsBelowTheRoot()).isEqualTo(2);
        }
        assertThat(descriptorsBelowTheRoot()).isZero();
    }

    private long descriptorsBelowTheRoot() throws IOException {
        Path descriptors = Path.of("/proc/self/fd");
        org.junit.jupiter.api.Assumptions.assumeTrue(
                Files.isDirectory(descriptors), "this platform does not tell which descriptors are open");
        Path real = root.toRealPath();
        try (Stream<Path> open = Files.list(descriptors)) {
            return open.filter(descriptor -> leadsBelow(descriptor, real)).count();
        }
    }

    private static boolean leadsBelow(Path descriptor, Path directory) {
        try {
            return Files.readSymbolicLink(descriptor).startsWith(directory);
        } catch (IOException closedMeanwhile) {
            return false;
        }
    }
}
