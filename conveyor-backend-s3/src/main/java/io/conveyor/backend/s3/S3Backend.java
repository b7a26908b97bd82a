package io.conveyor.backend.s3;

import io.conveyor.ObjectAttributes;
import io.conveyor.spi.ObjectKeys;
import io.conveyor.spi.StorageBackend;
import io.conveyor.spi.StorageCapabilities;
import io.conveyor.spi.StorageCapabilities.FlushEffect;
import io.conveyor.spi.StorageCapabilities.ReleasePoint;
import io.conveyor.spi.StorageCapabilities.SyncEffect;
import io.conveyor.spi.StorageHandle;
import java.io.IOException;
import java.net.URI;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;

/**
 * The objects of a bucket below a prefix. A handle reads the version that was opened and writes a draft, which {@code flush} publishes as one new
 * version, provided that nobody else has published one meanwhile. Any thread.
 */
public final class S3Backend implements StorageBackend {

    private static final int PREFERRED_READ = 8 << 20;

    /** A request costs as much as any other: a terabyte should not take tens of thousands, and 9 at a time are enough to hide how slow each is. */
    private static final long COPIED_PART = 256L << 20;

    private static final Duration IDLE = Duration.ofSeconds(10);
    private static final AtomicInteger THREADS = new AtomicInteger();

    private final S3Options options;
    private final S3Client client;
    private final boolean ownsClient;
    private final ThreadPoolExecutor committers;
    private final S3Session session;
    private final S3Orphans orphans;
    private final StorageCapabilities capabilities;
    private volatile boolean bucketSeen;

    private S3Backend(S3Options options, S3Client client, boolean ownsClient) {
        this.options = options;
        this.client = client;
        this.ownsClient = ownsClient;
        this.committers = new ThreadPoolExecutor(
                0,
                options.commitConcurrency,
                IDLE.toMillis(),
                TimeUnit.MILLISECONDS,
                new SynchronousQueue<>(),
                S3Backend::thread);
        S3Limits limits = S3Limits.AWS;
        S3Errors errors = new S3Errors(options.bucket, options.prefix);
        S3Backoff backoff = new S3Backoff(options, errors);
        S3Requests requests = new S3Requests(client, options, backoff);
        long largestPart = Math.min(limits.maxPartBytes(), Math.max(options.partBytes, options.stagingBytes / 8));
        this.session = new S3Session(
                options,
                limits,
                new S3PartSizes(limits, options.partBytes, largestPart),
                new S3PartPlanner(
                        limits,
                        Math.max(options.partBytes, 2 * limits.minPartBytes()),
                        COPIED_PART,
                        options.commitConcurrency + 1),
                errors,
                backoff,
                requests,
                new S3ChecksumProbe(options, requests),
                new S3Reader(client, options, backoff, errors),
                new S3Parallel(committers, options.commitConcurrency + 1),
                new S3InUse());
        this.orphans = new S3Orphans(session);
        this.capabilities = capabilities(options, limits);
    }

    private static Thread thread(Runnable work) {
        Thread thread = new Thread(work, "conveyor-s3-commit-" + THREADS.incrementAndGet());
        thread.setDaemon(true);
        return thread;
    }

    private static StorageCapabilities capabilities(S3Options options, S3Limits limits) {
        return StorageCapabilities.builder()
                .preferredReadBytes(PREFERRED_READ)
                .preferredWriteBytes((int) Math.min(Integer.MAX_VALUE, options.partBytes))
                .maxConcurrentReads(options.readConcurrency)
                .maxConcurrentWrites(options.writeConcurrency)
                .atomicCommit(true)
                .releaseAt(ReleasePoint.WRITE)
                .flushEffect(FlushEffect.COMMIT)
                .syncEffect(SyncEffect.NONE)
                .maxObjectBytes(limits.maxObjectBytes())
                .interruptSafeReads(false)
                .pinnedReads(true)
                .heldBackBytes(options.stagingMemoryBytes)
                .build();
    }

    /**
     * A backend. Sends no request, unless it is to look for orphans.
     *
     * @throws IOException if orphans were to be removed and could not be listed
     */
    public static S3Backend create(S3Options options) throws IOException {
        S3Client ready = options.client;
        S3Backend backend = new S3Backend(options, ready != null ? ready : S3Clients.create(options), ready == null);
        Duration age = options.abortOrphansOlderThan;
        if (age != null) {
            boolean done = false;
            try {
                for (S3Orphan orphan : backend.orphans(age)) {
                    backend.remove(orphan);
                }
                done = true;
            } finally {
                if (!done) {
                    backend.close();
                }
            }
        }
        return backend;
    }

    @Override
    public String name() {
        return "s3";
    }

    @Override
    public String identity() {
        URI endpoint = options.endpoint;
        String where =
                endpoint == null ? "" : endpoint.getScheme() + "://" + endpoint.getHost() + ":" + endpoint.getPort();
        return "s3:" + where + "/" + options.bucket + "/" + options.prefix;
    }

    @Override
    public StorageCapabilities capabilities() {
        return capabilities;
    }

    @Override
    public StorageHandle open(String key, Set<? extends OpenOption> options) throws IOException {
        S3OpenMode mode = S3OpenMode.of(options);
        S3Handle.Keys keys = S3Handle.Keys.of(this.options, key);
        S3LeftUpload left = mode.left();
        if (left != null && !mode.mayContinue()) {
            // before looking at what is there: afterwards it can not be completed any more
            session.requests().abortUpload("open", keys.full(), left.id());
            new S3KeptUpload(session.requests(), this.options).remove("open", left.id());
        }
        S3Version found = session.requests().head("open", keys.full());
        if (found == null) {
            requireBucket("open", key);
            if (!mode.create()) {
                throw new NoSuchFileException(key);
            }
        } else if (mode.createNew()) {
            throw new FileAlreadyExistsException(key);
        }
        bucketSeen |= found != null;
        S3Handle handle =
                new S3Handle(session, keys, mode.readable(), mode.mode(), found, mode.empty(), mode.settings());
        if (left != null && mode.mayContinue()) {
            if (left.entrusted() > 0) {
                handle.takeOver(left, found);
            } else {
                handle.goOnWith(left);
            }
        }
        return handle;
    }

    /** HEAD does not say whether the key or the bucket is missing. */
    private void requireBucket(String operation, String key) throws IOException {
        if (bucketSeen) {
            return;
        }
        RuntimeException refusal = session.backoff()
                .repeat(operation, options.prefix + key, null, this::refusalOfBucket)
                .orElse(null);
        if (refusal != null) {
            throw session.errors().noSuchBucket(operation, options.prefix + key, refusal);
        }
        bucketSeen = true;
    }

    private Optional<RuntimeException> refusalOfBucket() {
        try {
            client.headBucket(request -> request.bucket(options.bucket)
                    .overrideConfiguration(session.requests().within(options.requestTimeout)));
            return Optional.empty();
        } catch (RuntimeException e) {
            return switch (S3Errors.fault(e)) {
                case NO_SUCH_KEY, NO_SUCH_BUCKET -> Optional.of(e);
                // Whoever may not look at the bucket may still use its objects.
                case ACCESS_DENIED -> Optional.empty();
                default -> throw e;
            };
        }
    }

    @Override
    public ObjectAttributes attributes(String key) throws IOException {
        String full = S3Handle.Keys.of(options, key).full();
        HeadObjectResponse head = session.requests().describe("attributes", full);
        if (head == null) {
            requireBucket("attributes", key);
            throw new NoSuchFileException(key);
        }
        return new ObjectAttributes(key, head.contentLength(), head.lastModified(), head.eTag());
    }

    /** As the SPI says. S3 does not tell whether there was something to delete: it is looked at before. */
    @Override
    public boolean delete(String key) throws IOException {
        String full = S3Handle.Keys.of(options, key).full();
        if (session.requests().head("delete", full) == null) {
            requireBucket("delete", key);
            return false;
        }
        session.requests().delete("delete", full);
        return true;
    }

    @Override
    public Stream<ObjectAttributes> list(String prefix) {
        if (!canBeginKey(prefix)) {
            return Stream.empty();
        }
        return StreamSupport.stream(
                Spliterators.spliteratorUnknownSize(
                        new S3Listing(session, prefix), Spliterator.NONNULL | Spliterator.DISTINCT),
                false);
    }

    private static boolean canBeginKey(String prefix) {
        return isValid(prefix) || isValid(prefix + "x");
    }

    private static boolean isValid(String key) {
        try {
            ObjectKeys.requireValid(key);
            return true;
        } catch (InvalidPathException e) {
            return false;
        }
    }

    @Override
    public void ping() throws IOException {
        try {
            session.requests().bucketOrReason();
        } catch (RuntimeException e) {
            S3Fault fault = S3Errors.fault(e);
            throw fault == S3Fault.NO_SUCH_KEY || fault == S3Fault.NO_SUCH_BUCKET
                    ? session.errors().noSuchBucket("ping", null, e)
                    : session.errors().translate(e, "ping", null, null, true);
        }
    }

    /**
     * Unfinished uploads and hidden objects below the prefix that are older than {@code age}, but for those of handles that are open in this backend.
     * S3 does not tell who began an upload: what other programs, and other backends, are uploading below the prefix is listed, too.
     */
    public List<S3Orphan> orphans(Duration age) throws IOException {
        return orphans.find(age);
    }

    /** Aborts an orphaned upload, or deletes an orphaned hidden object. Nothing happens if it is gone. */
    public void remove(S3Orphan orphan) throws IOException {
        orphans.remove(orphan);
    }

    @Override
    public void close() {
        committers.shutdown();
        if (ownsClient) {
            client.close();
        }
    }

    /** Where, not with whose credentials. */
    @Override
    public String toString() {
        return "S3Backend[" + options + "]";
    }
}
