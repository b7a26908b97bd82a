package io.conveyor.backend.hdfs;

import io.conveyor.ConflictException;
import io.conveyor.StorageException;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Objects;
import org.apache.hadoop.fs.CreateFlag;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.hdfs.DistributedFileSystem;
import org.jspecify.annotations.Nullable;

/**
 * The right to append to one file, which the namenode gives to one client at a time.
 *
 * <p>A holder that dies keeps it until nobody has renewed it for a while (the soft limit, 60 s). From then on another one's wish to append
 * makes the namenode recover the last block; until that is done the wish is refused, and then granted. {@link #takeOver} does not wait
 * for the soft limit. Recovery keeps every byte that {@code hflush} or {@code hsync} had acknowledged. Any thread.
 */
final class HdfsLease {

    /** After so long without renewal the namenode gives a lease to who asks for it ({@code HdfsConstants.LEASE_SOFTLIMIT_PERIOD}). */
    private static final Duration SOFT_LIMIT = Duration.ofSeconds(60);

    private final HdfsConnection connection;
    private final HdfsOptions options;
    private final HdfsEvents events;
    private final HdfsHolders holders = new HdfsHolders();

    HdfsLease(HdfsConnection connection, HdfsOptions options, HdfsEvents events) {
        this.connection = connection;
        this.options = options;
        this.events = events;
    }

    /** Who of this backend has which lease. */
    HdfsHolders holders() {
        return holders;
    }

    /**
     * Opens a file for appending, which takes its lease. Waits for a recovery that is under way, and for a living holder as long as the options
     * say; a lease of this client that no writer has is no hindrance.
     *
     * @throws ConflictException names the holder
     */
    FSDataOutputStream append(Path path, String key) throws IOException {
        return HdfsErrors.call("open", key, () -> {
            try {
                return appendNow(path, key);
            } catch (IOException e) {
                if (HdfsErrors.saysRecovering(e)) {
                    return appendWithin(options.leaseTimeout(), path, key, e);
                }
                if (HdfsErrors.saysLeaseHeld(e) && !options.leaseWait().isZero()) {
                    return appendWithin(options.leaseWait(), path, key, e);
                }
                throw e;
            }
        });
    }

    private FSDataOutputStream appendWithin(Duration bound, Path path, String key, IOException first)
            throws IOException {
        Attempt attempt = new Attempt(path, key, first);
        if (!Patience.until(bound, attempt)) {
            throw attempt.last;
        }
        events.leaseRecovered();
        return attempt.opened();
    }

    /** Tries once, and once more if it was in the way that this client has the lease and no writer of it does. */
    private FSDataOutputStream appendNow(Path path, String key) throws IOException {
        try {
            return request(path);
        } catch (IOException e) {
            if (HdfsErrors.saysLeaseHeld(e) && reclaim(path, fileId -> recover(path, fileId, key))) {
                return request(path);
            }
            throw e;
        }
    }

    private FSDataOutputStream request(Path path) throws IOException {
        // SYNC_BLOCK: a full block is synced when it ends, so that hsync, which syncs the current block only, speaks
        // for all.
        EnumSet<CreateFlag> flags = EnumSet.of(CreateFlag.APPEND, CreateFlag.SYNC_BLOCK);
        try {
            FSDataOutputStream out =
                    connection.asUser(client -> client.append(path, flags, options.bufferSize(), null));
            holders.settle(path);
            return out;
        } catch (IOException e) {
            if (!HdfsErrors.isAnswer(e)) {
                holders.owe(path);
            }
            throw e;
        }
    }

    /**
     * Takes the lease of that very file away from whoever holds it, be it another writer of this backend, and waits until the file is closed.
     *
     * @throws StorageException of kind TIMEOUT if the last block is not recovered in time; asking again goes on waiting
     * @throws ConflictException if another file lies there
     */
    void takeOver(Path path, long fileId, String key) throws IOException {
        holders.takeAway(path, fileId);
        recover(path, fileId, key);
        holders.settle(path);
    }

    /** The same for a lease that is the caller's own. */
    void recover(Path path, long fileId, String key) throws IOException {
        DistributedFileSystem client = connection.client();
        try {
            LeaseRecovery recovery = new LeaseRecovery(
                    () -> {
                        requireThere(path, fileId, key);
                        return client.recoverLease(path);
                    },
                    () -> client.isFileClosed(path),
                    System::nanoTime);
            if (!Patience.until(options.leaseTimeout(), recovery)) {
                throw new StorageException(
                        Kind.TIMEOUT,
                        Retry.SAFE,
                        "open",
                        key,
                        null,
                        "the lease was not recovered within " + options.leaseTimeout()
                                + "; are the datanodes of the last block alive?",
                        null);
            }
            events.leaseRecovered();
        } catch (IOException e) {
            throw HdfsErrors.translate("open", key, null, e);
        }
    }

    /** Leases are recovered by path, and what was put there meanwhile may have a writer of its own. */
    private void requireThere(Path path, long fileId, String key) throws IOException {
        long there;
        try {
            there = fileId(path);
        } catch (IOException e) {
            if (HdfsErrors.saysNoSuchFile(e)) {
                throw new ConflictException(key, "somebody moved or deleted it", false, e);
            }
            throw e;
        }
        if (there != fileId) {
            throw new ConflictException(
                    key, "somebody put another file in its place: file id " + there + " instead of " + fileId);
        }
    }

    private long fileId(Path path) throws IOException {
        return HdfsContext.fileId(connection.client().getFileStatus(path));
    }

    /**
     * Takes the lease away from a client that is known to be dead, if it has it still, and opens the file for appending. Whoever else holds it may have died,
     * too, while taking over: so this waits until the namenode lets a lease expire that nobody renews.
     *
     * @throws ConflictException names the holder
     */
    FSDataOutputStream appendAfter(String dead, Path path, long fileId, String key) throws IOException {
        takeOverFrom(dead, path, fileId, key);
        return HdfsErrors.call("open", key, () -> {
            try {
                return appendNow(path, key);
            } catch (IOException e) {
                if (!HdfsErrors.saysRecovering(e) && !HdfsErrors.saysLeaseHeld(e)) {
                    throw e;
                }
                return appendWithin(options.leaseTimeout().plus(SOFT_LIMIT), path, key, e);
            }
        });
    }

    /** Takes the lease of that very file away from a client that is known to be dead, if it has it still. */
    void takeOverFrom(String dead, Path path, long fileId, String key) throws IOException {
        try {
            requireHeldBy(dead, path, fileId);
        } catch (IOException e) {
            if (HdfsErrors.saysLeaseLost(e)) {
                return;
            }
            throw HdfsErrors.translate("open", key, null, e);
        }
        takeOver(path, fileId, key);
    }

    /**
     * Starts to give back what is owed of the file that lies there, if this client has its lease still: else it would be that of a successor.
     * Never throws; what cannot be given back stays owed.
     */
    void letGo(Path path) {
        try {
            reclaim(path, fileId -> connection.client().recoverLease(path));
        } catch (IOException ignored) {
            // it is tried again
        }
    }

    /** The same for one of the files of which something is owed, if any: who waits for it may be another process. */
    void letGoOfOne() {
        holders.anyOwed().ifPresent(this::letGo);
    }

    /** Closes a stream that nothing was written to; its lease is owed if that fails. Never throws. */
    void giveUp(Closeable stream, Path path) {
        try {
            stream.close();
        } catch (IOException e) {
            holders.owe(path);
            letGo(path);
        }
    }

    /** Whether the lease of the file that lies there was owed, and is given back by {@code recovery}. */
    private boolean reclaim(Path path, Recovery recovery) throws IOException {
        if (holders.owesNothing()) {
            return false;
        }
        long fileId;
        try {
            fileId = fileId(path);
        } catch (IOException e) {
            if (HdfsErrors.saysNoSuchFile(e)) {
                holders.settle(path);
                return false;
            }
            throw e;
        }
        if (!holders.claim(path, fileId)) {
            return false;
        }
        try {
            requireHeld(path, fileId);
            recovery.run(fileId);
            return true;
        } catch (IOException e) {
            if (HdfsErrors.saysLeaseLost(e)) {
                return false;
            }
            holders.owe(path);
            throw e;
        }
    }

    /** Has the namenode take back the lease of a file. */
    @FunctionalInterface
    private interface Recovery {

        void run(long fileId) throws IOException;
    }

    /**
     * Fails if this client does not hold the lease of that very file.
     *
     * @throws IOException of Hadoop's, untranslated; {@link HdfsErrors#saysLeaseLost} tells what it means
     */
    void requireHeld(Path path, long fileId) throws IOException {
        requireHeldBy(connection.client().getClient().getClientName(), path, fileId);
    }

    private void requireHeldBy(String name, Path path, long fileId) throws IOException {
        // A sync of the namenode's own record, without a length: it changes nothing, and is granted to the holder only.
        connection.client().getClient().getNamenode().fsync(path.toUri().getPath(), fileId, name, -1);
    }

    /** One more try to append. */
    private final class Attempt implements Patience.Question {

        private final Path path;
        private final String key;
        private IOException last;
        private @Nullable FSDataOutputStream stream;

        Attempt(Path path, String key, IOException first) {
            this.path = path;
            this.key = key;
            this.last = first;
        }

        @Override
        public boolean ask() throws IOException {
            try {
                stream = appendNow(path, key);
                return true;
            } catch (IOException e) {
                if (!HdfsErrors.saysRecovering(e) && !HdfsErrors.saysLeaseHeld(e)) {
                    throw e;
                }
                last = e;
                return false;
            }
        }

        FSDataOutputStream opened() {
            return Objects.requireNonNull(stream);
        }
    }
}
