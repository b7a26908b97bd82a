package io.conveyor.backend.hdfs;

import io.conveyor.ConflictException;
import io.conveyor.StorageException;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import io.conveyor.backend.hdfs.HdfsErrors.Call;
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

    /**
     * From the wish for a lease to the writer that has it, and from the thought that nobody has it until it is given back: to the namenode all of
     * that is one client, so the one could give back what the other has just got.
     */
    private final PathLocks locks;

    HdfsLease(HdfsConnection connection, HdfsOptions options, HdfsEvents events) {
        this.connection = connection;
        this.options = options;
        this.events = events;
        locks = new PathLocks(options.leaseTimeout(), System::nanoTime);
    }

    /** Who of this backend has which lease. */
    HdfsHolders holders() {
        return holders;
    }

    /** What becomes of a stream that was opened. */
    @FunctionalInterface
    interface Taker<T> {

        /** Enters who has the lease from now on, and answers who writes to the stream; or gives the stream up, if it throws. */
        T take(FSDataOutputStream out) throws IOException;
    }

    /**
     * Runs what creates a file, which takes its lease, and enters its writer; nobody gives the lease back in between.
     *
     * @throws StorageException of kind TIMEOUT if others that open it are not done in time; nothing was done
     */
    <T> T alone(Path path, String key, Call<T> body) throws IOException {
        return locks.alone(path, key, left -> body.run());
    }

    /**
     * Opens a file for appending, which takes its lease. Waits for a recovery that is under way, and for a living holder as long as the options
     * say; a lease of this client that no writer has is no hindrance.
     *
     * @throws StorageException of kind TIMEOUT if others that open it are not done in time
     * @throws ConflictException names the holder
     */
    <T> T append(Path path, String key, Taker<T> taker) throws IOException {
        return HdfsErrors.call("open", key, () -> {
            Attempt<T> attempt = new Attempt<>(path, key, taker);
            if (attempt.ask()) {
                return attempt.taken();
            }
            return attempt.within(attempt.awaitsRecovery() ? options.leaseTimeout() : options.leaseWait());
        });
    }

    /** Tries once, and once more if it was in the way that this client has the lease and no writer of it does. */
    private FSDataOutputStream appendAlone(Path path, String key, Duration left) throws IOException {
        try {
            return request(path);
        } catch (IOException e) {
            if (HdfsErrors.saysLeaseHeld(e) && reclaim(path, fileId -> recover(path, fileId, key, left))) {
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
        locks.alone(path, key, left -> {
            holders.takeAway(path, fileId);
            recover(path, fileId, key, left);
            holders.settle(path);
            return true;
        });
    }

    /** The same for a lease that is the caller's own. */
    void recover(Path path, long fileId, String key) throws IOException {
        recover(path, fileId, key, options.leaseTimeout());
    }

    private void recover(Path path, long fileId, String key, Duration left) throws IOException {
        DistributedFileSystem client = connection.client();
        try {
            LeaseRecovery recovery = new LeaseRecovery(
                    () -> {
                        requireThere(path, fileId, key);
                        return client.recoverLease(path);
                    },
                    () -> client.isFileClosed(path),
                    System::nanoTime);
            if (!Patience.until(left, recovery)) {
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
    <T> T appendAfter(String dead, Path path, long fileId, String key, Taker<T> taker) throws IOException {
        takeOverFrom(dead, path, fileId, key);
        return HdfsErrors.call("open", key, () -> {
            Attempt<T> attempt = new Attempt<>(path, key, taker);
            return attempt.ask()
                    ? attempt.taken()
                    : attempt.within(options.leaseTimeout().plus(SOFT_LIMIT));
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
     * Never throws; what cannot be given back stays owed, and so does what somebody is about to open, who takes it back himself.
     */
    void letGo(Path path) {
        try {
            locks.aloneIfFree(
                    path, () -> reclaim(path, fileId -> connection.client().recoverLease(path)));
        } catch (IOException ignored) {
            // it is tried again
        }
    }

    /** The same for one of the files of which something is owed, if any: who waits for it may be another process. */
    void letGoOfOne() {
        holders.nextOwed().ifPresent(this::letGo);
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
            if (HdfsErrors.saysNoSuchFile(e) || HdfsContext.isBelowFile(connection.client(), path, e)) {
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

    /** The wish to append; one try after the other, in between which others have their turn. */
    private final class Attempt<T> implements Patience.Question {

        private final Path path;
        private final String key;
        private final Taker<T> taker;
        private @Nullable IOException refusal;
        private @Nullable T taken;

        Attempt(Path path, String key, Taker<T> taker) {
            this.path = path;
            this.key = key;
            this.taker = taker;
        }

        @Override
        public boolean ask() throws IOException {
            try {
                taken = locks.alone(path, key, left -> taker.take(appendAlone(path, key, left)));
                return true;
            } catch (IOException e) {
                if (!HdfsErrors.saysRecovering(e) && !HdfsErrors.saysLeaseHeld(e)) {
                    throw e;
                }
                refusal = e;
                return false;
            }
        }

        /** Whether nobody has the lease, and what was refused will be granted soon. */
        boolean awaitsRecovery() {
            return HdfsErrors.saysRecovering(Objects.requireNonNull(refusal));
        }

        /** Goes on trying, if there is time for it. */
        T within(Duration bound) throws IOException {
            if (bound.isZero() || !Patience.until(bound, this)) {
                throw Objects.requireNonNull(refusal);
            }
            events.leaseRecovered();
            return taken();
        }

        T taken() {
            return Objects.requireNonNull(taken);
        }
    }
}
