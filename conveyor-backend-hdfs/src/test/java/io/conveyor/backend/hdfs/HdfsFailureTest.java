package io.conveyor.backend.hdfs;

import static io.conveyor.backend.hdfs.Handles.load;
import static io.conveyor.backend.hdfs.Handles.open;
import static io.conveyor.backend.hdfs.Handles.text;
import static io.conveyor.backend.hdfs.Handles.write;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.conveyor.ConflictException;
import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.ConveyorOptions;
import io.conveyor.StorageException;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import io.conveyor.Whence;
import io.conveyor.WriteBehindException;
import io.conveyor.core.Conveyors;
import io.conveyor.spi.StorageHandle;
import io.conveyor.testkit.Bytes;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.AccessDeniedException;
import java.security.PrivilegedExceptionAction;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.SafeModeAction;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.hdfs.DistributedFileSystem;
import org.apache.hadoop.hdfs.MiniDFSCluster.DataNodeProperties;
import org.apache.hadoop.hdfs.client.HdfsDataInputStream;
import org.apache.hadoop.hdfs.protocol.ExtendedBlock;
import org.apache.hadoop.hdfs.protocol.HdfsConstants;
import org.apache.hadoop.hdfs.server.datanode.DataNode;
import org.apache.hadoop.security.UserGroupInformation;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What becomes of nodes that die and of a namenode that refuses; each test leaves the cluster whole. */
class HdfsFailureTest {

    private static final int TAG = 3;
    private static final Duration PATIENCE = Duration.ofSeconds(45);

    private static final HdfsCluster CLUSTER = HdfsCluster.start("faults");

    private final HdfsOptions.Builder options = CLUSTER.options().leaseTimeout(Duration.ofSeconds(10));
    private final List<DataNodeProperties> stopped = new ArrayList<>();
    private HdfsBackend backend;
    private DistributedFileSystem admin;

    @AfterAll
    static void stopTheCluster() {
        CLUSTER.close();
    }

    @BeforeEach
    void openABackend() throws IOException {
        backend = HdfsBackend.create(options.build());
        admin = CLUSTER.hdfs().getFileSystem();
        admin.mkdirs(new Path(options.build().baseDirectory()));
    }

    @AfterEach
    void mendTheCluster() throws Exception {
        admin.setSafeMode(SafeModeAction.LEAVE);
        restartDatanodes();
        backend.close();
    }

    private void stopDatanode() {
        stopped.add(CLUSTER.hdfs().stopDataNode(0));
    }

    private void stopAllDatanodes() {
        for (int i = 0; i < HdfsCluster.DATANODES; i++) {
            stopDatanode();
        }
    }

    private void restartDatanodes() throws Exception {
        for (DataNodeProperties datanode : stopped) {
            assertThat(CLUSTER.hdfs().restartDataNode(datanode, true)).isTrue();
        }
        stopped.clear();
        CLUSTER.hdfs().waitActive();
    }

    private Path path(String key) {
        return new Path(options.build().baseDirectory() + "/" + key);
    }

    // ------------------------------------------------------------------ datanodes

    @Test
    void aDatanodeThatDiesWhileALargeFileStreamsIsNotNoticedButCounted() throws Exception {
        int size = 256 << 20;
        HdfsBackend large = HdfsBackend.create(options.blockSize(64 << 20).build());
        ByteBuffer chunk = ByteBuffer.allocate(1 << 20);
        try (ConveyorFactory factory = Conveyors.builder(large).build()) {
            try (Conveyor conveyor = factory.open("large", WRITE, CREATE)) {
                for (int offset = 0; offset < size; offset += chunk.capacity()) {
                    if (offset == 100 << 20) {
                        conveyor.flush();
                        stopDatanode();
                    }
                    conveyor.write(chunk.clear()
                            .put(Bytes.at(offset, chunk.capacity(), TAG))
                            .flip());
                }
                conveyor.sync();
                assertThat(conveyor.stats().failures()).isZero();
                assertThat(conveyor.stats().recoveries()).as("the event").isPositive();
            }
            assertThat(factory.stats().total().recoveries()).isPositive();
            assertThat(large.stats().pipelineRecoveries()).isPositive();
            try (Conveyor conveyor = factory.open("large", READ)) {
                assertThat(conveyor.size()).isEqualTo(size);
                for (int offset = 0; offset < size; offset += chunk.capacity()) {
                    conveyor.read(chunk.clear());
                    assertThat(Bytes.difference(
                                    Bytes.at(offset, chunk.capacity(), TAG), Bytes.remaining(chunk.flip()), offset))
                            .isEmpty();
                }
            }
            assertThat(factory.delete("large")).isTrue();
        }
    }

    @Test
    void aConveyorKeepsItsBytesWhileAllDatanodesAreGoneAndDeliversThemAfterwards() throws Exception {
        byte[] content = Bytes.at(0, 700_000, TAG);
        HdfsBackend impatient =
                HdfsBackend.create(options.leaseTimeout(Duration.ofSeconds(2)).build());
        ConveyorOptions retries =
                ConveyorOptions.builder().retryBudget(Duration.ofSeconds(1)).build();
        try (ConveyorFactory factory =
                        Conveyors.builder(impatient).options(retries).build();
                Conveyor conveyor = factory.open("object", READ, WRITE, CREATE)) {
            conveyor.write(ByteBuffer.wrap(content, 0, 300_000));
            conveyor.sync();
            stopAllDatanodes();
            conveyor.write(ByteBuffer.wrap(content, 300_000, 400_000));
            assertThatThrownBy(conveyor::flush).isInstanceOf(WriteBehindException.class);
            assertThatThrownBy(() -> conveyor.write(ByteBuffer.wrap(new byte[1])))
                    .isInstanceOf(WriteBehindException.class);
            ByteBuffer pending = ByteBuffer.allocate(400_000);
            conveyor.read(pending, 300_000);
            assertThat(Bytes.difference(Bytes.at(300_000, 400_000, TAG), pending.array(), 300_000))
                    .isEmpty();

            restartDatanodes();
            assertThat(Patience.until(PATIENCE, () -> isSyncedAfterClearing(conveyor)))
                    .isTrue();
            assertThat(Bytes.difference(content, load(backend, "object"), 0)).isEmpty();
        }
    }

    /** The datanodes need a moment before they recover the last block. */
    private static boolean isSyncedAfterClearing(Conveyor conveyor) throws IOException {
        try {
            assertThat(conveyor.clearError()).isTrue();
            conveyor.sync();
            return true;
        } catch (WriteBehindException notYet) {
            return false;
        }
    }

    @Test
    void whatWasFlushedIsReadWhileDatanodesDie() throws Exception {
        byte[] content = Bytes.at(0, 3 << 20, TAG);
        try (StorageHandle handle = open(backend, "object", READ, WRITE, CREATE)) {
            write(handle, content, 0);
            handle.flush();
            assertThat(load(handle)).isEqualTo(content);
            stopDatanode();
            stopDatanode();
            assertThat(Bytes.difference(content, load(handle), 0)).isEmpty();
            write(handle, Bytes.at(3 << 20, 100_000, TAG), 3 << 20);
            handle.flush();
        }
        assertThat(load(backend, "object")).hasSize((3 << 20) + 100_000);
    }

    @Test
    void afterAllDatanodesWereGoneWhatWasNotAcknowledgedIsWrittenAgainAndNothingTwice() throws Exception {
        int flushed = 100_000;
        int all = 400_000;
        try (StorageHandle handle = open(backend, "object", READ, WRITE, CREATE)) {
            write(handle, Bytes.at(0, flushed, TAG), 0);
            handle.flush();
            write(handle, Bytes.at(flushed, all - flushed, TAG), flushed);
            // packets are on their way without a flush; wait until some have arrived
            assertThat(Patience.until(
                            PATIENCE, () -> backend.attributes("object").size() > flushed))
                    .isTrue();
            stopAllDatanodes();
            StorageException first = catchThrowableOfType(StorageException.class, handle::flush);
            assertThat(first.retry()).isEqualTo(Retry.NEVER);
            assertThatThrownBy(handle::flush).isInstanceOf(IOException.class);

            restartDatanodes();
            long there = handle.lseek(0, Whence.END);
            assertThat(there).isBetween((long) flushed, (long) all);
            if (there < all) {
                assertThatThrownBy(handle::flush)
                        .as("nothing may be called flushed that is not there")
                        .isInstanceOf(StorageException.class)
                        .hasMessageContaining("write them again");
            }
            write(handle, Bytes.at(flushed, all - flushed, TAG), flushed);
            handle.sync();
            assertThat(handle.lseek(0, Whence.END)).isEqualTo(all);
        }
        assertThat(Bytes.difference(Bytes.at(0, all, TAG), load(backend, "object"), 0))
                .isEmpty();
        assertThat(backend.stats().streamRecoveries()).isPositive();
        assertThat(backend.stats().copyOnWrites()).isZero();
    }

    @Test
    void whatIsWrittenDifferentlyAfterAFailureReplacesWhatHadArrived() throws Exception {
        try (StorageHandle handle = open(backend, "object", READ, WRITE, CREATE)) {
            write(handle, Bytes.at(0, 1_000, TAG), 0);
            handle.flush();
            write(handle, Bytes.at(1_000, 300_000, TAG), 1_000);
            assertThat(Patience.until(
                            PATIENCE, () -> backend.attributes("object").size() > 1_000))
                    .isTrue();
            stopAllDatanodes();
            assertThatThrownBy(handle::flush).isInstanceOf(StorageException.class);
            restartDatanodes();
            write(handle, Bytes.at(1_000, 300_000, 9), 1_000);
            handle.flush();
        }
        byte[] expected = Bytes.at(0, 301_000, 9);
        System.arraycopy(Bytes.at(0, 1_000, TAG), 0, expected, 0, 1_000);
        assertThat(Bytes.difference(expected, load(backend, "object"), 0)).isEmpty();
    }

    @Test
    void aFileWithoutALiveReplicaIsUnavailable() throws Exception {
        try (StorageHandle handle = open(backend, "object", WRITE, CREATE)) {
            write(handle, Bytes.at(0, 10_000, TAG), 0);
            handle.flush();
        }
        stopAllDatanodes();
        try (StorageHandle handle = open(backend, "object", READ)) {
            StorageException failure =
                    catchThrowableOfType(StorageException.class, () -> handle.pread(ByteBuffer.allocate(100), 0));
            assertThat(failure.kind()).isEqualTo(Kind.UNAVAILABLE);
            assertThat(failure.retry()).isEqualTo(Retry.SAFE);
            restartDatanodes();
            assertThat(load(handle)).isEqualTo(Bytes.at(0, 10_000, TAG));
        }
    }

    // ------------------------------------------------------------------ replicas

    @Test
    void aCorruptReplicaIsNeverServed() throws Exception {
        store("object", Bytes.at(0, 100_000, TAG));
        corruptReplicas("object", 2);
        for (int i = 0; i < 5; i++) {
            assertThat(Bytes.difference(Bytes.at(0, 100_000, TAG), load(backend, "object"), 0))
                    .isEmpty();
        }
    }

    @Test
    void aFileWhoseReplicasAreAllCorruptFailsInsteadOfReturningThem() throws Exception {
        store("object", Bytes.at(0, 100_000, TAG));
        corruptReplicas("object", HdfsCluster.DATANODES);
        StorageException failure = catchThrowableOfType(StorageException.class, () -> load(backend, "object"));
        assertThat(failure.kind()).isIn(Kind.CORRUPT, Kind.UNAVAILABLE);
    }

    private void store(String key, byte[] content) throws IOException {
        try (StorageHandle handle = open(backend, key, WRITE, CREATE)) {
            write(handle, content, 0);
            handle.flush();
        }
    }

    private void corruptReplicas(String key, int count) throws Exception {
        ExtendedBlock block;
        try (HdfsDataInputStream in = (HdfsDataInputStream) admin.open(path(key))) {
            block = in.getAllBlocks().get(0).getBlock();
        }
        for (DataNode datanode : CLUSTER.hdfs().getDataNodes().subList(0, count)) {
            CLUSTER.hdfs().corruptReplica(datanode, block);
        }
    }

    // ------------------------------------------------------------------ the namenode

    @Test
    void aNamenodeInSafeModeIsUnavailableAndMayBeAskedAgain() throws Exception {
        store("object", Bytes.of("readable"));
        admin.setSafeMode(SafeModeAction.ENTER);
        StorageException failure =
                catchThrowableOfType(StorageException.class, () -> open(backend, "new", WRITE, CREATE));
        assertThat(failure.kind()).isEqualTo(Kind.UNAVAILABLE);
        assertThat(failure.retry()).isEqualTo(Retry.SAFE);
        assertThat(text(backend, "object")).isEqualTo("readable");
        admin.setSafeMode(SafeModeAction.LEAVE);
        open(backend, "new", WRITE, CREATE).close();
    }

    @Test
    void whatCouldNotBeClosedInSafeModeIsOpenedAgain() throws Exception {
        StorageHandle handle = flushedBeforeSafeMode("0123456789");
        handle.close();
        admin.setSafeMode(SafeModeAction.LEAVE);
        assertThatItGoesOn("0123456789");
    }

    @Test
    void whatCouldNotBeCutInSafeModeIsOpenedAgain() throws Exception {
        StorageHandle handle = flushedBeforeSafeMode("0123456789");
        assertThatThrownBy(() -> handle.truncate(5)).isInstanceOf(StorageException.class);
        handle.close();
        admin.setSafeMode(SafeModeAction.LEAVE);
        assertThatItGoesOn("0123456789");
    }

    @Test
    void whatCouldNotBeClosedInSafeModeIsGivenBackWhenSomethingElseIsOpened() throws Exception {
        StorageHandle handle = flushedBeforeSafeMode("0123456789");
        handle.close();
        admin.setSafeMode(SafeModeAction.LEAVE);
        try (HdfsBackend theirs = HdfsBackend.create(options.build())) {
            assertThatThrownBy(() -> open(theirs, "object", WRITE)).isInstanceOf(ConflictException.class);
            open(backend, "other", WRITE, CREATE).close();
            open(theirs, "object", WRITE).close();
        }
    }

    private StorageHandle flushedBeforeSafeMode(String content) throws IOException {
        StorageHandle handle = open(backend, "object", READ, WRITE, CREATE);
        write(handle, content, 0);
        handle.flush();
        admin.setSafeMode(SafeModeAction.ENTER);
        return handle;
    }

    private void assertThatItGoesOn(String content) throws IOException {
        try (StorageHandle handle = open(backend, "object", READ, WRITE)) {
            write(handle, " goes on", content.length());
            handle.flush();
        }
        assertThat(text(backend, "object")).isEqualTo(content + " goes on");
    }

    @Test
    void aWriterGoesOnAfterTheNamenodeRestarted() throws Exception {
        try (StorageHandle handle = open(backend, "object", READ, WRITE, CREATE)) {
            write(handle, Bytes.at(0, 100_000, TAG), 0);
            handle.sync();
            CLUSTER.hdfs().restartNameNode(true);
            write(handle, Bytes.at(100_000, 2 << 20, TAG), 100_000);
            handle.sync();
            write(handle, Bytes.at(0, 10, TAG), 0);
            handle.flush();
        }
        assertThat(Bytes.difference(Bytes.at(0, (2 << 20) + 100_000, TAG), load(backend, "object"), 0))
                .isEmpty();
    }

    @Test
    void aNamenodeThatDoesNotAnswerFailsThePingWithinSeconds() throws Exception {
        backend.ping();
        HdfsBackend nowhere = HdfsBackend.create(
                HdfsCluster.options(URI.create("hdfs://localhost:1"), "/").build());
        assertThatThrownBy(nowhere::ping).isInstanceOf(StorageException.class);
        nowhere.close();
    }

    @Test
    void aFullQuotaIsNoSpace() throws Exception {
        Path base = new Path(options.build().baseDirectory());
        admin.setQuota(base, 2, HdfsConstants.QUOTA_DONT_SET);
        store("first", Bytes.of("fits"));
        StorageException names =
                catchThrowableOfType(StorageException.class, () -> open(backend, "second", WRITE, CREATE));
        assertThat(names.kind()).isEqualTo(Kind.NO_SPACE);
        assertThat(names.retry()).isEqualTo(Retry.NEVER);

        admin.setQuota(base, HdfsConstants.QUOTA_RESET, (long) HdfsCluster.DATANODES * HdfsCluster.BLOCK_BYTES);
        try (StorageHandle handle = open(backend, "second", WRITE, CREATE)) {
            StorageException bytes = catchThrowableOfType(StorageException.class, () -> {
                write(handle, Bytes.at(0, 3 << 20, TAG), 0);
                handle.flush();
            });
            assertThat(bytes.kind()).isEqualTo(Kind.NO_SPACE);
        }
    }

    @Test
    void whatIsForbiddenIsAccessDenied() throws Exception {
        store("object", Bytes.of("secret"));
        admin.setPermission(path("object"), new FsPermission((short) 0600));
        admin.setPermission(new Path(options.build().baseDirectory()), new FsPermission((short) 0755));
        HdfsBackend stranger = HdfsBackend.create(options.user("stranger").build());
        assertThatThrownBy(() -> load(stranger, "object")).isInstanceOf(AccessDeniedException.class);
        assertThatThrownBy(() -> open(stranger, "object", WRITE)).isInstanceOf(AccessDeniedException.class);
        assertThatThrownBy(() -> open(stranger, "new", WRITE, CREATE)).isInstanceOf(AccessDeniedException.class);
        assertThatThrownBy(() -> stranger.delete("object")).isInstanceOf(AccessDeniedException.class);
        stranger.close();
        assertThat(text(backend, "object")).isEqualTo("secret");
    }

    @Test
    void whoMayNotActForAnotherIsDeniedAccess() throws Exception {
        UserGroupInformation gateway = UserGroupInformation.createRemoteUser("gateway");
        UserGroupInformation stranger = UserGroupInformation.createProxyUser("stranger", gateway);
        PrivilegedExceptionAction<FileSystem> connecting =
                () -> FileSystem.newInstance(options.build().uri(), HdfsConfiguration.of(options.build()));
        try (DistributedFileSystem client = (DistributedFileSystem) stranger.doAs(connecting);
                HdfsBackend strangers = HdfsBackend.over(client, options.build())) {
            assertThatThrownBy(() -> strangers.attributes("object"))
                    .isInstanceOf(AccessDeniedException.class)
                    .hasMessageContaining("gateway");
        }
    }
}
