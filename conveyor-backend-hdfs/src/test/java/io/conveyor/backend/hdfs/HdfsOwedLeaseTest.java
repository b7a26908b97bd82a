package io.conveyor.backend.hdfs;

import static io.conveyor.backend.hdfs.Handles.open;
import static io.conveyor.backend.hdfs.Handles.text;
import static io.conveyor.backend.hdfs.Handles.write;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.ConveyorOpenOption;
import io.conveyor.StorageException;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import io.conveyor.spi.StorageHandle;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.OpenOption;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.AbstractOwnableSynchronizer;
import java.util.concurrent.locks.LockSupport;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.permission.FsPermission;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A lease that no writer may have any more is given back, and none that a writer has or is about to have. */
class HdfsOwedLeaseTest {

    private final HdfsOptions options = HdfsCluster.shared().options().build();
    private BetweenCallsClient client;
    private HdfsBackend backend;
    private HdfsBackend theirs;

    @BeforeEach
    void openTheBackends() throws IOException {
        client = BetweenCallsClient.connect(options);
        backend = HdfsBackend.over(client, options);
        theirs = HdfsBackend.create(options);
    }

    @AfterEach
    void closeThem() throws IOException {
        backend.close();
        theirs.close();
        client.close();
    }

    private void store(String key) throws IOException {
        open(theirs, key, WRITE, CREATE).close();
    }

    private void failToOpen(String key, OpenOption... how) {
        assertThatThrownBy(() -> open(backend, key, how)).isInstanceOf(StorageException.class);
    }

    private void openSomethingElseMeanwhile() throws IOException {
        FutureTask<StorageHandle> opening = start(() -> open(backend, "other", WRITE, CREATE)).opening;
        join(opening).close();
    }

    private static void assertThatItIsHad(StorageHandle handle) throws IOException {
        write(handle, "written", 0);
        handle.sync();
    }

    @Test
    void aLeaseThatIsGrantedWhenSomethingElseIsOpenedIsNotGivenBack() throws IOException {
        store("object");
        client.breakOff("append");
        failToOpen("object", WRITE);
        client.afterNext("append", this::openSomethingElseMeanwhile);
        try (StorageHandle handle = open(backend, "object", WRITE)) {
            assertThatItIsHad(handle);
        }
        assertThat(text(theirs, "object")).isEqualTo("written");
    }

    @Test
    void aFileThatIsCreatedWhenSomethingElseIsOpenedIsNotGivenBack() throws IOException {
        client.breakOff("create");
        failToOpen("object", WRITE, CREATE);
        client.afterNext("create", this::openSomethingElseMeanwhile);
        try (StorageHandle handle = open(backend, "object", WRITE, CREATE_NEW)) {
            assertThatItIsHad(handle);
        }
        assertThat(text(theirs, "object")).isEqualTo("written");
    }

    @Test
    void aFileThatIsOpenedAgainWhenSomethingElseIsOpenedIsNotGivenBack() throws IOException {
        store("object");
        try (StorageHandle handle = open(backend, "object", WRITE)) {
            write(handle, "0123456789", 0);
            handle.flush();
            client.breakOff("append");
            assertThatThrownBy(() -> handle.truncate(0)).isInstanceOf(StorageException.class);
            client.afterNext("append", this::openSomethingElseMeanwhile);
            handle.truncate(0);
            assertThatItIsHad(handle);
        }
        assertThat(text(theirs, "object")).isEqualTo("written");
    }

    @Test
    void whoOpensWhatIsBeingGivenBackWaitsForThat() throws IOException {
        store("object");
        client.loseTheAnswerTo("append");
        failToOpen("object", WRITE);
        Opener[] other = new Opener[1];
        client.beforeNext("fsync", () -> {
            other[0] = start(() -> open(backend, "object", WRITE));
            assertThat(Patience.until(Duration.ofSeconds(30), other[0]::hasEndedOrWaitsForAnother))
                    .isTrue();
        });
        open(backend, "other", WRITE, CREATE).close();
        try (StorageHandle handle = join(other[0].opening)) {
            assertThatItIsHad(handle);
        }
        assertThat(text(theirs, "object")).isEqualTo("written");
    }

    /** Only who may not do everything is told that access is denied, and not that there is nothing. */
    private HdfsBackend backendOfAlice() {
        return HdfsBackend.create(HdfsCluster.options(options.uri(), options.baseDirectory())
                .user("alice")
                .build());
    }

    private void permit(String path, int mode) throws IOException {
        client.setPermission(new Path(options.baseDirectory() + path), new FsPermission((short) mode));
    }

    @Test
    void nothingIsOwedOfWhatWouldLieBelowAFile() throws IOException {
        store("file");
        permit("", 0777);
        try (HdfsBackend hers = backendOfAlice()) {
            HdfsHolders holders = hers.context().lease().holders();
            holders.owe(new Path(options.baseDirectory() + "/file/object"));
            open(hers, "other", WRITE, CREATE).close();
            assertThat(holders.owesNothing()).isTrue();
        }
    }

    @Test
    void nothingIsOwedOfADraftThatWasRefused() throws IOException {
        store("object");
        permit("", 0755);
        try (HdfsBackend hers = backendOfAlice()) {
            assertThatThrownBy(() -> open(hers, "object", WRITE, CREATE, ConveyorOpenOption.ATOMIC_REPLACE))
                    .isInstanceOf(AccessDeniedException.class);
            assertThat(hers.context().lease().holders().owesNothing()).isTrue();
        }
    }

    @Test
    void nothingIsOwedOfACopyThatWasRefused() throws IOException {
        store("object");
        permit("", 0755);
        permit("/object", 0666);
        try (HdfsBackend hers = backendOfAlice();
                StorageHandle handle = open(hers, "object", READ, WRITE)) {
            write(handle, "0123456789", 0);
            handle.flush();
            write(handle, "XY", 3);
            assertThatThrownBy(handle::flush).isInstanceOf(AccessDeniedException.class);
            assertThat(hers.context().lease().holders().owesNothing()).isTrue();
            handle.abort();
        }
    }

    @Test
    void whatIsOwedIsGivenBackWhenSomethingElseIsToBeReplaced() throws IOException {
        store("object");
        client.loseTheAnswerTo("append");
        failToOpen("object", WRITE);
        open(backend, "other", WRITE, CREATE, ConveyorOpenOption.ATOMIC_REPLACE).close();
        open(theirs, "object", WRITE).close();
    }

    @Test
    void whoOpensWhatAnotherDoesNotGetDoneWithWaitsNoLongerThanForARecovery() throws IOException {
        HdfsOptions brief = HdfsCluster.options(options.uri(), options.baseDirectory())
                .leaseTimeout(Duration.ofMillis(50))
                .build();
        try (HdfsBackend impatient = HdfsBackend.over(client, brief)) {
            client.afterNext("create", () -> {
                FutureTask<StorageHandle> other = start(() -> open(impatient, "object", WRITE)).opening;
                assertThat(Patience.until(Duration.ofSeconds(30), other::isDone))
                        .isTrue();
                assertThatThrownBy(() -> join(other))
                        .rootCause()
                        .isInstanceOfSatisfying(StorageException.class, failure -> {
                            assertThat(failure.kind()).isEqualTo(Kind.TIMEOUT);
                            assertThat(failure.retry()).isEqualTo(Retry.SAFE);
                        });
            });
            open(impatient, "object", WRITE, CREATE).close();
        }
    }

    private static Opener start(HdfsErrors.Call<StorageHandle> open) {
        FutureTask<StorageHandle> opening = new FutureTask<>(open::run);
        Thread thread = new Thread(opening);
        thread.start();
        return new Opener(opening, thread);
    }

    private static StorageHandle join(FutureTask<StorageHandle> opening) throws IOException {
        try {
            return opening.get();
        } catch (InterruptedException | ExecutionException e) {
            throw new IOException(e);
        }
    }

    /** A thread that opens a file. */
    private record Opener(FutureTask<StorageHandle> opening, Thread thread) {

        /** A lock tells for whom a thread waits; a wait for an answer of the namenode is none for a lock. */
        boolean hasEndedOrWaitsForAnother() {
            return opening.isDone() || LockSupport.getBlocker(thread) instanceof AbstractOwnableSynchronizer;
        }
    }
}
