package io.conveyor.backend.hdfs;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.SPARSE;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;

import io.conveyor.ConveyorOpenOption;
import io.conveyor.ObjectAttributes;
import io.conveyor.StorageException;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import io.conveyor.backend.hdfs.HdfsDraft.Expectation;
import io.conveyor.backend.hdfs.HdfsLease.Taker;
import io.conveyor.spi.ResumeToken;
import io.conveyor.spi.StorageBackend;
import io.conveyor.spi.StorageCapabilities;
import io.conveyor.spi.StorageCapabilities.FlushEffect;
import io.conveyor.spi.StorageCapabilities.ReleasePoint;
import io.conveyor.spi.StorageCapabilities.SyncEffect;
import io.conveyor.spi.StorageHandle;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.StreamCapabilities;
import org.apache.hadoop.hdfs.DistributedFileSystem;
import org.apache.hadoop.hdfs.client.HdfsDataInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Files of the Hadoop Distributed File System below one directory. Bytes at the end are appended, a change in the middle writes the file
 * anew beside the old one and renames it into its place, and the lease of HDFS keeps other writers away.
 *
 * <p>Keys are paths below the base directory; besides the rules for all keys they have no {@code :}, and no segment {@code .snapshot} or
 * {@code .reserved}. The client is made at the first use. Any thread may call any method.
 */
public final class HdfsBackend implements StorageBackend {

    private static final Set<OpenOption> KNOWN = Set.of(
            READ,
            WRITE,
            CREATE,
            CREATE_NEW,
            TRUNCATE_EXISTING,
            SPARSE,
            ConveyorOpenOption.ATOMIC_REPLACE,
            HdfsOpenOption.TAKE_OVER_LEASE);

    /** A packet of the pipeline is 64 KiB. */
    private static final int PREFERRED_WRITE_BYTES = 1 << 20;

    private static final int CONCURRENT_READS = 8;

    private final HdfsContext hdfs;
    private final HdfsPaths paths;
    private final HdfsPing ping;
    private final HdfsTemporaries temporaries;
    private final StorageCapabilities capabilities;
    private final Map<String, Set<HdfsHandle>> open = new ConcurrentHashMap<>();

    HdfsBackend(HdfsOptions options, @Nullable DistributedFileSystem client, StepProbe probe) {
        HdfsConnection connection = new HdfsConnection(options, client);
        HdfsEvents events = new HdfsEvents();
        HdfsLease lease = new HdfsLease(connection, options, events);
        hdfs = new HdfsContext(options, connection, events, lease, new HdfsScatter(CONCURRENT_READS / 2), probe);
        paths = new HdfsPaths(options.baseDirectory());
        ping = new HdfsPing(connection);
        temporaries = new HdfsTemporaries(hdfs);
        capabilities = StorageCapabilities.builder()
                .preferredReadBytes(HdfsScatter.BYTES)
                .preferredWriteBytes(PREFERRED_WRITE_BYTES)
                .maxConcurrentReads(CONCURRENT_READS)
                .maxConcurrentWrites(1)
                .appendsOnly(true)
                .continuesReads(options.hedgedReadThreads() == 0)
                .releaseAt(ReleasePoint.FLUSH)
                .flushEffect(FlushEffect.VISIBLE)
                .flushesBesideAppends(true)
                .syncEffect(SyncEffect.REPEATABLE)
                .maxObjectBytes(options.maxObjectBytes())
                .heldBackBytes(options.stagingBytes())
                .build();
    }

    /** A backend with a client of its own, which is made at the first use and closed with the backend. */
    public static HdfsBackend create(HdfsOptions options) {
        return new HdfsBackend(options, null, StepProbe.NONE);
    }

    /**
     * A backend on a client that stays the caller's to close; what the options say about connecting is not used.
     *
     * @param client of this backend alone, where a lease may be taken over: to the namenode all who use one client are the same writer, and only a
     *     backend knows which of its handles has a lease
     */
    public static HdfsBackend over(DistributedFileSystem client, HdfsOptions options) {
        return new HdfsBackend(options, client, StepProbe.NONE);
    }

    HdfsContext context() {
        return hdfs;
    }

    @Override
    public String name() {
        return HdfsBackendProvider.NAME;
    }

    @Override
    public String identity() {
        return "hdfs:" + hdfs.options().uri() + "!" + hdfs.options().baseDirectory();
    }

    @Override
    public StorageCapabilities capabilities() {
        return capabilities;
    }

    /** What happened so far. */
    public HdfsStats stats() {
        return hdfs.events().snapshot();
    }

    @Override
    public StorageHandle open(String key, Set<? extends OpenOption> options) throws IOException {
        requireKnown(options);
        Path path = paths.path(key);
        HdfsHandle handle = HdfsErrors.call("open", key, () -> open(key, path, options));
        open.compute(key, (k, handles) -> {
            // added here, so that the last handle that is closed does not take the set away before
            Set<HdfsHandle> all = handles == null ? ConcurrentHashMap.newKeySet() : handles;
            all.add(handle);
            return all;
        });
        return handle;
    }

    private static void requireKnown(Set<? extends OpenOption> options) {
        for (OpenOption option : options) {
            if (!KNOWN.contains(option) && !(option instanceof ResumeToken)) {
                throw new UnsupportedOperationException("HDFS knows no option " + option);
            }
        }
        if (!options.contains(READ) && !options.contains(WRITE)) {
            throw new IllegalArgumentException("neither READ nor WRITE is given: " + options);
        }
        if (options.contains(ConveyorOpenOption.ATOMIC_REPLACE) && !options.contains(WRITE)) {
            throw new IllegalArgumentException("ATOMIC_REPLACE without WRITE: " + options);
        }
    }

    private HdfsHandle open(String key, Path path, Set<? extends OpenOption> options) throws IOException {
        if (!options.contains(WRITE)) {
            return openForReading(key, path, options);
        }
        if (options.contains(ConveyorOpenOption.ATOMIC_REPLACE)) {
            return openDraft(key, path, options);
        }
        // A second try would find what the first one has made, and take it for somebody else's.
        return options.contains(CREATE_NEW)
                ? HdfsErrors.callOnce("open", key, () -> openForWriting(key, path, options))
                : openForWriting(key, path, options);
    }

    private HdfsHandle openForReading(String key, Path path, Set<? extends OpenOption> options) throws IOException {
        FileStatus file = hdfs.file(path, key);
        String dead = dead(options);
        if (options.contains(HdfsOpenOption.TAKE_OVER_LEASE)) {
            hdfs.lease().takeOver(path, HdfsContext.fileId(file), key);
        } else if (dead != null) {
            hdfs.lease().takeOverFrom(dead, path, HdfsContext.fileId(file), key);
        }
        return HdfsHandle.forReading(hdfs, key, path, this::closed);
    }

    private HdfsHandle openForWriting(String key, Path path, Set<? extends OpenOption> options) throws IOException {
        HdfsContext own = hdfs.ofHandle();
        HdfsReader reader = new HdfsReader(hdfs.connection(), path);
        Taker<HdfsWriter> taker = out -> writer(own, key, path, out, reader);
        HdfsWriter writer = options.contains(CREATE_NEW) || (options.contains(CREATE) && !exists(path, key))
                ? createOrAppend(key, path, options, taker)
                : appendOrCreate(key, path, options, taker);
        String leaseHolder;
        try {
            leaseHolder = hdfs.client().getClient().getClientName();
            if (options.contains(TRUNCATE_EXISTING)) {
                writer.truncate(0);
            }
        } catch (IOException e) {
            writer.release();
            throw e;
        }
        hdfs.lease().letGoOfOne();
        boolean readable = options.contains(READ);
        return HdfsHandle.forWriting(own, key, path, readable, reader, writer, null, leaseHolder, this::closed);
    }

    private boolean exists(Path path, String key) throws IOException {
        FileStatus status = statusOrNull(path);
        if (status != null && status.isDirectory()) {
            throw new FileAlreadyExistsException(key, null, "it is a directory");
        }
        return status != null;
    }

    private HdfsWriter createOrAppend(String key, Path path, Set<? extends OpenOption> options, Taker<HdfsWriter> taker)
            throws IOException {
        Optional<HdfsWriter> created = hdfs.lease().alone(path, key, () -> {
            Optional<FSDataOutputStream> out = create(key, path, options);
            return out.isEmpty() ? Optional.empty() : Optional.of(takeCreated(key, out.get(), options, taker));
        });
        return created.isPresent() ? created.get() : append(key, path, options, taker);
    }

    private HdfsWriter appendOrCreate(String key, Path path, Set<? extends OpenOption> options, Taker<HdfsWriter> taker)
            throws IOException {
        try {
            return append(key, path, options, taker);
        } catch (IOException e) {
            boolean gone = HdfsErrors.saysNoSuchFile(e) || e instanceof NoSuchFileException;
            if (!gone || !options.contains(CREATE)) {
                throw e;
            }
            // somebody deleted what was there a moment ago
            return createOrAppend(key, path, options, taker);
        }
    }

    /** Who asks again for a new file would take the one that is there now for somebody else's. */
    private static HdfsWriter takeCreated(
            String key, FSDataOutputStream out, Set<? extends OpenOption> options, Taker<HdfsWriter> taker)
            throws IOException {
        return options.contains(CREATE_NEW)
                ? HdfsErrors.callAfterwards("open", key, () -> taker.take(out))
                : taker.take(out);
    }

    /** Nothing, if what somebody else has just created is to be taken. */
    private Optional<FSDataOutputStream> create(String key, Path path, Set<? extends OpenOption> options)
            throws IOException {
        try {
            return Optional.of(temporaries.create(path, null));
        } catch (IOException e) {
            // What the namenode says first of a file that somebody is writing is that.
            boolean exists =
                    HdfsErrors.saysFileExists(e) || HdfsErrors.saysLeaseHeld(e) || HdfsErrors.saysRecovering(e);
            if (!exists && !HdfsErrors.isAnswer(e)) {
                hdfs.lease().holders().owe(path);
            }
            if (!exists) {
                throw e;
            }
            if (options.contains(CREATE_NEW)) {
                throw (IOException) new FileAlreadyExistsException(key).initCause(e);
            }
            return Optional.empty();
        }
    }

    private HdfsWriter append(String key, Path path, Set<? extends OpenOption> options, Taker<HdfsWriter> taker)
            throws IOException {
        FileStatus file = hdfs.file(path, key);
        if (file.isErasureCoded()) {
            throw cannotBeFlushed(key);
        }
        String dead = dead(options);
        if (hdfs.options().takeOverLease() || options.contains(HdfsOpenOption.TAKE_OVER_LEASE)) {
            hdfs.lease().takeOver(path, HdfsContext.fileId(file), key);
        } else if (dead != null) {
            return hdfs.lease().appendAfter(dead, path, HdfsContext.fileId(file), key, taker);
        }
        return hdfs.lease().append(path, key, taker);
    }

    /** The client that held the lease and is known to be dead; null if none is. */
    private static @Nullable String dead(Set<? extends OpenOption> options) {
        for (OpenOption option : options) {
            if (option instanceof ResumeToken token) {
                return new String(token.value(), StandardCharsets.UTF_8);
            }
        }
        return null;
    }

    private HdfsWriter writer(HdfsContext own, String key, Path path, FSDataOutputStream out, HdfsReader reader)
            throws IOException {
        try {
            if (!out.hasCapability(StreamCapabilities.HSYNC)) {
                throw cannotBeFlushed(key);
            }
            FileStatus file = hdfs.file(path, key);
            HdfsStream stream = new HdfsStream(out, file.getBlockSize(), own.events());
            HdfsAppend append = new HdfsAppend(own, file, key, stream, reader, () -> invalidate(key, reader));
            return new HdfsWriter(key, append, reader);
        } catch (IOException e) {
            hdfs.lease().giveUp(out, path);
            throw e;
        }
    }

    /** Hadoop's own flush of such a stream does nothing, without a word. */
    private static StorageException cannotBeFlushed(String key) {
        return new StorageException(
                Kind.UNSUPPORTED,
                Retry.NEVER,
                "open",
                key,
                null,
                "it is erasure coded, and HDFS can neither flush such a file nor append to its last block; replace it as a whole"
                        + " (ATOMIC_REPLACE), which makes it a replicated one",
                null);
    }

    private HdfsHandle openDraft(String key, Path path, Set<? extends OpenOption> options) throws IOException {
        FileStatus old = statusOrNull(path);
        if (old != null && (options.contains(CREATE_NEW) || old.isDirectory())) {
            throw new FileAlreadyExistsException(key);
        }
        if (old == null && !options.contains(CREATE) && !options.contains(CREATE_NEW)) {
            throw new NoSuchFileException(key);
        }
        Path temporary = HdfsPaths.temporary(path, "draft");
        HdfsContext own = hdfs.ofHandle();
        HdfsReader reader = new HdfsReader(hdfs.connection(), temporary);
        FSDataOutputStream out = temporaries.createOrDiscard(temporary, old);
        HdfsWriter writer;
        try {
            writer = writer(own, key, temporary, out, reader);
        } catch (IOException e) {
            temporaries.discard(temporary);
            throw e;
        }
        HdfsDraft draft = new HdfsDraft(
                own, temporary, path, key, expectation(options), old != null, () -> invalidate(key, reader));
        hdfs.lease().letGoOfOne();
        boolean readable = options.contains(READ);
        return HdfsHandle.forWriting(own, key, path, readable, reader, writer, draft, null, this::closed);
    }

    private static Expectation expectation(Set<? extends OpenOption> options) {
        if (options.contains(CREATE_NEW)) {
            return Expectation.ABSENT;
        }
        return options.contains(CREATE) ? Expectation.ANYTHING : Expectation.EXISTS;
    }

    private @Nullable FileStatus statusOrNull(Path path) throws IOException {
        try {
            return hdfs.client().getFileStatus(path);
        } catch (IOException e) {
            if (HdfsErrors.saysNoSuchFile(e) || hdfs.isBelowFile(path, e)) {
                return null;
            }
            throw e;
        }
    }

    /** Tells the other handles on a key that the file is not what it was. */
    private void invalidate(String key, @Nullable HdfsReader origin) {
        for (HdfsHandle handle : open.getOrDefault(key, Set.of())) {
            handle.invalidate(origin);
        }
    }

    private void closed(HdfsHandle handle) {
        open.computeIfPresent(handle.key(), (key, handles) -> {
            handles.remove(handle);
            return handles.isEmpty() ? null : handles;
        });
    }

    @Override
    public ObjectAttributes attributes(String key) throws IOException {
        Path path = paths.path(key);
        return HdfsErrors.call("attributes", key, () -> attributes(key, path));
    }

    private ObjectAttributes attributes(String key, Path path) throws IOException {
        // Asked first: of a file that is closed after its status was asked for, the status has too small a length.
        boolean complete = hdfs.ask(path, key, () -> hdfs.client().isFileClosed(path));
        FileStatus status = hdfs.file(path, key);
        return attributes(key, status, complete ? status.getLen() : visibleLength(status));
    }

    /** While a file is written the namenode knows the length of finished blocks only; the datanodes know the rest. */
    private long visibleLength(FileStatus status) throws IOException {
        try (FSDataInputStream in = hdfs.connection().asUser(client -> client.open(status.getPath()))) {
            return in instanceof HdfsDataInputStream data ? data.getVisibleLength() : status.getLen();
        }
    }

    /** The file id names the file, not what is in it; with time and length it does, as well as HDFS can tell. */
    private static ObjectAttributes attributes(String key, FileStatus status, long length) {
        return new ObjectAttributes(
                key,
                length,
                Instant.ofEpochMilli(status.getModificationTime()),
                HdfsContext.fileId(status) + "-" + status.getModificationTime() + "-" + length);
    }

    @Override
    public boolean delete(String key) throws IOException {
        Path path = paths.path(key);
        return HdfsErrors.call("delete", key, () -> {
            FileStatus status = statusOrNull(path);
            boolean deleted = status != null && status.isFile() && hdfs.client().delete(path, false);
            invalidate(key, null);
            return deleted;
        });
    }

    /**
     * {@inheritDoc}
     *
     * <p>The size of a file that another process is writing is what the namenode knows: up to the last {@code sync}, or the last full block.
     */
    @Override
    public Stream<ObjectAttributes> list(String prefix) throws IOException {
        if (!isBeginningOfKeys(prefix)) {
            return Stream.empty();
        }
        return files(prefix, false).map(this::listed).flatMap(Optional::stream);
    }

    /** Nothing, if the file is open here and was deleted meanwhile. */
    private Optional<ObjectAttributes> listed(FileStatus status) {
        String key = paths.key(status.getPath());
        try {
            return Optional.of(
                    open.containsKey(key)
                            ? attributes(key, status.getPath())
                            : attributes(key, status, status.getLen()));
        } catch (IOException e) {
            if (HdfsErrors.saysNoSuchFile(e) || e instanceof NoSuchFileException) {
                return Optional.empty();
            }
            throw new UncheckedIOException(HdfsErrors.translate("list", key, null, e));
        }
    }

    private Stream<FileStatus> files(String prefix, boolean temporary) throws IOException {
        HdfsListing listing = HdfsErrors.call(
                "list",
                prefix,
                () -> new HdfsListing(
                        hdfs,
                        paths.directory(prefix),
                        directory -> mayHold(paths.key(directory) + "/", prefix),
                        file -> HdfsPaths.isTemporary(file.getPath().getName()) == temporary
                                && paths.key(file.getPath()).startsWith(prefix)));
        return StreamSupport.stream(
                Spliterators.spliteratorUnknownSize(listing, Spliterator.NONNULL | Spliterator.DISTINCT), false);
    }

    private static boolean mayHold(String directory, String prefix) {
        return directory.startsWith(prefix) || prefix.startsWith(directory);
    }

    /** A prefix that no key can begin with must not lead anywhere, least of all out of the base directory. */
    private static boolean isBeginningOfKeys(String prefix) {
        int slash = prefix.lastIndexOf('/');
        if (slash < 0) {
            return true;
        }
        try {
            HdfsPaths.requireExpressible(prefix.substring(0, slash));
            return true;
        } catch (InvalidPathException e) {
            return false;
        }
    }

    /**
     * The temporary files of copy-on-writes and drafts that a process left when it died: closed, and not changed for {@code age}. HDFS itself
     * closes what a dead process had open, 20 minutes after its last sign of life (the lease's hard limit). Lazy; the caller closes the
     * stream.
     *
     * @param age longer than any draft rests between its last byte and its commit; an hour is ample
     */
    public Stream<ObjectAttributes> abandoned(Duration age) throws IOException {
        long before = System.currentTimeMillis() - age.toMillis();
        return files("", true)
                .filter(file -> file.getModificationTime() <= before && isClosed(file))
                .map(file -> attributes(paths.key(file.getPath()), file, file.getLen()));
    }

    private boolean isClosed(FileStatus file) {
        try {
            return hdfs.client().isFileClosed(file.getPath());
        } catch (IOException e) {
            if (HdfsErrors.saysNoSuchFile(e)) {
                return false;
            }
            throw new UncheckedIOException(HdfsErrors.translate("list", null, null, e));
        }
    }

    /**
     * Deletes what {@link #abandoned} finds.
     *
     * @return how many files were deleted
     */
    public int removeAbandoned(Duration age) throws IOException {
        int count = 0;
        try (Stream<ObjectAttributes> found = abandoned(age)) {
            for (ObjectAttributes file : (Iterable<ObjectAttributes>) found::iterator) {
                Path path = paths.temporaryPath(file.key());
                if (HdfsErrors.call("delete", file.key(), () -> hdfs.client().delete(path, false))) {
                    count++;
                }
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        return count;
    }

    @Override
    public void ping() throws IOException {
        ping.ping();
    }

    @Override
    public void close() throws IOException {
        HdfsErrors.run("close", null, hdfs.connection()::close);
    }
}
