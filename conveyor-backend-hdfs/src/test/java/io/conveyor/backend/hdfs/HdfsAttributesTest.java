package io.conveyor.backend.hdfs;

import static io.conveyor.backend.hdfs.Handles.open;
import static io.conveyor.backend.hdfs.Handles.write;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.conveyor.ConveyorOpenOption;
import io.conveyor.ObjectAttributes;
import io.conveyor.StorageException;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import io.conveyor.Whence;
import io.conveyor.spi.StorageHandle;
import io.conveyor.testkit.Bytes;
import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Iterator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is said of files while others change them. */
class HdfsAttributesTest {

    private final HdfsOptions options = HdfsCluster.shared().options().build();
    private SteppedClient client;
    private HdfsBackend ours;
    private HdfsBackend theirs;

    @BeforeEach
    void connect() throws IOException {
        client = SteppedClient.connect(options);
        ours = HdfsBackend.over(client, options);
        theirs = HdfsBackend.create(options);
    }

    @AfterEach
    void closeThem() throws IOException {
        ours.close();
        theirs.close();
        client.close();
    }

    private StorageHandle flushed(HdfsBackend backend, String key) throws IOException {
        StorageHandle handle = open(backend, key, WRITE, CREATE);
        write(handle, Bytes.at(0, 60, 3), 0);
        handle.flush();
        // the namenode is told of the first flush of a block only
        write(handle, Bytes.at(60, 40, 3), 60);
        handle.flush();
        return handle;
    }

    @Test
    void theSizeIsThatOfTheWholeFileAlsoWhenItIsClosedMeanwhile() throws IOException {
        StorageHandle handle = flushed(theirs, "object");
        client.afterNextStatus(handle::close);
        assertThat(ours.attributes("object").size()).isEqualTo(100);
        assertThat(ours.attributes("object").size()).isEqualTo(100);
    }

    @Test
    void aListingSaysHowLongAFileIsThatIsOpenHere() throws IOException {
        try (StorageHandle handle = flushed(ours, "object");
                Stream<ObjectAttributes> listing = ours.list("")) {
            assertThat(handle.lseek(0, Whence.END)).isEqualTo(100);
            assertThat(listing.map(ObjectAttributes::size)).containsExactly(100L);
        }
    }

    @Test
    void aFileThatIsOpenHereAndDeletedDuringAListingIsNotInIt() throws IOException {
        flushed(ours, "a").close();
        StorageHandle deleted = flushed(ours, "b");
        try (Stream<ObjectAttributes> listing = ours.list("")) {
            Iterator<ObjectAttributes> rest = listing.iterator();
            assertThat(rest.next().key()).isEqualTo("a");
            theirs.delete("b");
            assertThat(rest.hasNext()).isFalse();
        }
        deleted.abort();
    }

    @Test
    void aFileThatIsDeletedWhileItIsOpenedIsCreatedIfItMayBe() throws IOException {
        flushed(ours, "object").close();
        client.afterNextStatus(() -> theirs.delete("object"));
        flushed(ours, "object").close();
        client.beforeNextAppend(() -> theirs.delete("object"));
        flushed(ours, "object").close();
        client.beforeNextAppend(() -> theirs.delete("object"));
        assertThatThrownBy(() -> open(ours, "object", WRITE)).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void belowAFileThereIsNothing() throws IOException {
        flushed(ours, "object").close();
        assertThatThrownBy(() -> ours.attributes("object/sub")).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> open(ours, "object/sub", READ)).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> open(ours, "object/sub", WRITE)).isInstanceOf(NoSuchFileException.class);
        assertThat(ours.delete("object/sub")).isFalse();
        try (Stream<ObjectAttributes> listing = ours.list("object/sub/")) {
            assertThat(listing).isEmpty();
        }
        try (Stream<ObjectAttributes> listing = ours.list("object/")) {
            assertThat(listing).isEmpty();
        }
        assertThatThrownBy(() -> open(ours, "object/sub", WRITE, CREATE)).isInstanceOf(FileSystemException.class);
        assertThatThrownBy(() -> open(ours, "object/sub", WRITE, CREATE, ConveyorOpenOption.ATOMIC_REPLACE))
                .isInstanceOf(FileSystemException.class);
    }

    @Test
    void aNamenodeWhoseNameNobodyKnowsIsUnavailable() throws IOException {
        try (HdfsBackend nowhere =
                HdfsBackend.create(HdfsCluster.options(URI.create("hdfs://nowhere.invalid:8020"), "/")
                        .build())) {
            StorageException failure = catchThrowableOfType(StorageException.class, () -> nowhere.attributes("object"));
            assertThat(failure.kind()).isEqualTo(Kind.UNAVAILABLE);
            assertThat(failure.retry()).isEqualTo(Retry.SAFE);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"a:b/", "a:b/c", "a/.snapshot/", "a/.reserved/c", "a:b"})
    void noKeyBeginsWithAPrefixThatHdfsDoesNotAllow(String prefix) throws IOException {
        flushed(ours, "a/c").close();
        try (Stream<ObjectAttributes> listing = ours.list(prefix)) {
            assertThat(listing).isEmpty();
        }
    }
}
