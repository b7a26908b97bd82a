package io.conveyor.backend.hdfs;

import static io.conveyor.backend.hdfs.Handles.open;
import static io.conveyor.backend.hdfs.Handles.text;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.testkit.Bytes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a reader sees in the moment in which one file takes the place of another, or is cut. */
class HdfsReplacedFileTest {

    private final HdfsOptions options = HdfsCluster.shared().options().build();
    private final HdfsBackend backend = HdfsBackend.create(options);
    private final List<String> seen = new ArrayList<>();
    private HdfsReader reader;
    private HdfsAppend append;
    private HdfsWriter writer;

    @BeforeEach
    void openAWriterThatReadsAtThatMoment() throws IOException {
        open(backend, "object", WRITE, CREATE).close();
        HdfsContext hdfs = backend.context();
        Path path = new Path(options.baseDirectory() + "/object");
        FileStatus file = hdfs.file(path, "object");
        HdfsStream stream =
                new HdfsStream(hdfs.lease().append(path, "object", out -> out), file.getBlockSize(), hdfs.events());
        reader = new HdfsReader(hdfs.connection(), path);
        append = new HdfsAppend(hdfs, file, "object", stream, reader, this::look);
        writer = new HdfsWriter("object", append, reader);
    }

    @AfterEach
    void closeTheBackend() throws IOException {
        writer.release();
        reader.close();
        backend.close();
    }

    private void look() {
        ByteBuffer dst = ByteBuffer.allocate(20);
        try {
            writer.read(dst, 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        seen.add(new String(Bytes.remaining(dst.flip()), StandardCharsets.UTF_8)
                + " of " + append.end()
                + (append.patches().isEmpty() ? " and nothing staged" : ""));
    }

    private void write(String text, long offset) throws IOException {
        writer.write(ByteBuffer.wrap(Bytes.of(text)), offset);
    }

    @Test
    void whatWasStagedIsSeenAllTheTimeAndKeptUntilOlderReadsAreDisregarded() throws IOException {
        write("0123456789", 0);
        write("XY", 3);
        write("more", 10);
        writer.flush();
        assertThat(seen).containsExactly("012XY56789more of 14");
        look();
        assertThat(seen).last().isEqualTo("012XY56789more of 14 and nothing staged");
        assertThat(text(backend, "object")).isEqualTo("012XY56789more");
    }

    @Test
    void whatIsCutOffIsKeptUntilOlderReadsAreDisregarded() throws IOException {
        write("0123456789", 0);
        write("XY", 3);
        write("more", 10);
        writer.truncate(2);
        assertThat(seen).containsExactly("01 of 2");
        look();
        assertThat(seen).last().isEqualTo("01 of 2 and nothing staged");
    }
}
