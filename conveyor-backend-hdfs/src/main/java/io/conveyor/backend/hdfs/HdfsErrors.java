package io.conveyor.backend.hdfs;

import io.conveyor.ConflictException;
import io.conveyor.Extent;
import io.conveyor.StorageException;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.hadoop.ipc.RemoteException;
import org.jspecify.annotations.Nullable;

/**
 * The one place where Hadoop's exceptions become ours: by type, and where the type lives on the server only, by the name of the class
 * that the server sent. Message texts are passed on for people to read, and never looked into.
 */
final class HdfsErrors {

    /** What to make of an exception. */
    private enum Meaning {
        NO_SUCH_FILE,
        FILE_EXISTS,
        ACCESS_DENIED,
        CONFLICT,
        RECOVERING,
        NO_SPACE,
        UNAVAILABLE,
        /** The connection broke, perhaps after the request had gone over it. */
        BROKEN_OFF,
        TIMEOUT,
        CORRUPT,
        CREDENTIALS,
        TOO_LARGE,
        NOT_A_DIRECTORY,
        UNSUPPORTED
    }

    private static final String HDFS = "org.apache.hadoop.hdfs.";
    private static final Map<String, Meaning> MEANINGS = meanings();

    /**
     * Calls that must not be repeated before it is known whether they took effect. All others change nothing, or find out for themselves; what
     * becomes of a broken stream is for {@link #translateStream}.
     */
    private static final Set<String> UNREPEATABLE = Set.of("delete", "commit");

    /** Hadoop's client wraps two or three times; a chain of causes could be a circle. */
    private static final int MOST_CAUSES = 8;

    private HdfsErrors() {}

    private static Map<String, Meaning> meanings() {
        Map<String, Meaning> table = new HashMap<>();
        all(table, Meaning.NO_SUCH_FILE, "java.io.FileNotFoundException", "org.apache.hadoop.fs.PathNotFoundException");
        all(table, Meaning.FILE_EXISTS, "org.apache.hadoop.fs.FileAlreadyExistsException");
        all(
                table,
                Meaning.ACCESS_DENIED,
                "org.apache.hadoop.security.AccessControlException",
                "org.apache.hadoop.security.authorize.AuthorizationException",
                "org.apache.hadoop.fs.permission.AccessControlException");
        all(
                table,
                Meaning.CONFLICT,
                HDFS + "protocol.AlreadyBeingCreatedException",
                HDFS + "server.namenode.LeaseExpiredException");
        all(
                table,
                Meaning.RECOVERING,
                HDFS + "protocol.RecoveryInProgressException",
                HDFS + "server.namenode.NotReplicatedYetException");
        all(
                table,
                Meaning.NO_SPACE,
                "org.apache.hadoop.fs.ClusterStorageCapacityExceededException",
                HDFS + "protocol.QuotaExceededException",
                HDFS + "protocol.NSQuotaExceededException",
                HDFS + "protocol.DSQuotaExceededException",
                HDFS + "protocol.QuotaByStorageTypeExceededException",
                HDFS + "protocol.FSLimitException$MaxDirectoryItemsExceededException",
                "org.apache.hadoop.util.DiskChecker$DiskOutOfSpaceException");
        all(
                table,
                Meaning.UNAVAILABLE,
                HDFS + "server.namenode.SafeModeException",
                HDFS + "BlockMissingException",
                HDFS + "CannotObtainBlockLengthException",
                "org.apache.hadoop.ipc.StandbyException",
                "org.apache.hadoop.ipc.RetriableException",
                "java.net.ConnectException",
                "java.net.UnknownHostException");
        all(table, Meaning.BROKEN_OFF, "java.net.SocketException", "java.net.NoRouteToHostException");
        all(table, Meaning.TIMEOUT, "java.net.SocketTimeoutException");
        all(table, Meaning.CORRUPT, "org.apache.hadoop.fs.ChecksumException");
        all(
                table,
                Meaning.CREDENTIALS,
                "org.apache.hadoop.security.KerberosAuthException",
                "org.apache.hadoop.security.token.SecretManager$InvalidToken",
                HDFS + "security.token.block.InvalidBlockTokenException",
                "javax.security.sasl.SaslException");
        all(
                table,
                Meaning.TOO_LARGE,
                HDFS + "protocol.FSLimitException$PathComponentTooLongException",
                "org.apache.hadoop.fs.PathTooLongException");
        all(table, Meaning.NOT_A_DIRECTORY, "org.apache.hadoop.fs.ParentNotDirectoryException");
        all(
                table,
                Meaning.UNSUPPORTED,
                "org.apache.hadoop.ipc.RpcNoSuchMethodException",
                "org.apache.hadoop.fs.UnsupportedFileSystemException",
                HDFS + "server.namenode.UnsupportedActionException",
                HDFS + "protocol.UnresolvedPathException",
                HDFS + "UnknownCryptoProtocolVersionException");
        return Map.copyOf(table);
    }

    private static void all(Map<String, Meaning> table, Meaning meaning, String... classNames) {
        for (String name : classNames) {
            table.put(name, meaning);
        }
    }

    /** Runs a call, and translates what it throws. */
    static <T> T call(String operation, @Nullable String key, Call<T> body) throws IOException {
        return call(operation, key, null, body);
    }

    /** The same for a call that named a range. */
    static <T> T call(String operation, @Nullable String key, @Nullable Extent extent, Call<T> body)
            throws IOException {
        try {
            return body.run();
        } catch (IOException e) {
            throw translate(operation, key, extent, e);
        }
    }

    /** The same for a call that must not be repeated before it is known whether it took effect, though others of its name may be. */
    static <T> T callOnce(String operation, @Nullable String key, Call<T> body) throws IOException {
        try {
            return body.run();
        } catch (IOException e) {
            throw translate(operation, key, null, Retry.OUTCOME_UNKNOWN, e);
        }
    }

    /** The same for the rest of a call that has taken effect already: what is safe to repeat in it does not make the whole safe to repeat. */
    static <T> T callAfterwards(String operation, @Nullable String key, Call<T> body) throws IOException {
        try {
            return body.run();
        } catch (IOException e) {
            IOException translated = translate(operation, key, null, e);
            if (translated instanceof StorageException storage && storage.retry() == Retry.SAFE) {
                throw storage(storage.kind(), Retry.OUTCOME_UNKNOWN, operation, key, null, e);
            }
            throw translated;
        }
    }

    /**
     * What {@code e} means to our callers. Exceptions that are ours already, or the JDK's own for files, stay as they are.
     *
     * @param operation the call, as the SPI names it
     * @param key the object, or null if there is none
     * @param extent the bytes, or null if the call named no range
     */
    static IOException translate(String operation, @Nullable String key, @Nullable Extent extent, IOException e) {
        return translate(operation, key, extent, retry(operation), e);
    }

    /** The same, with what is to be done if it may have taken effect. */
    private static IOException translate(
            String operation, @Nullable String key, @Nullable Extent extent, Retry unanswered, IOException e) {
        if (e instanceof StorageException
                || e instanceof ConflictException
                || e instanceof FileSystemException
                || (e instanceof InterruptedIOException && meaning(e) == null)) {
            return e;
        }
        Meaning meaning = meaning(e);
        String name = String.valueOf(key);
        if (meaning == null) {
            return storage(Kind.IO, unanswered, operation, key, extent, e);
        }
        return switch (meaning) {
            case NO_SUCH_FILE -> caused(new NoSuchFileException(name), e);
            case FILE_EXISTS -> caused(new FileAlreadyExistsException(name), e);
            case ACCESS_DENIED -> caused(new AccessDeniedException(name, null, text(e)), e);
            case NOT_A_DIRECTORY -> caused(new FileSystemException(name, null, text(e)), e);
            case CONFLICT -> new ConflictException(name, text(e), false, e);
            case RECOVERING, UNAVAILABLE -> storage(Kind.UNAVAILABLE, Retry.SAFE, operation, key, extent, e);
            case BROKEN_OFF -> storage(Kind.UNAVAILABLE, unanswered, operation, key, extent, e);
            case NO_SPACE -> storage(Kind.NO_SPACE, Retry.NEVER, operation, key, extent, e);
            case TIMEOUT -> storage(Kind.TIMEOUT, unanswered, operation, key, extent, e);
            case CORRUPT -> storage(Kind.CORRUPT, Retry.NEVER, operation, key, extent, e);
            case CREDENTIALS -> storage(Kind.CREDENTIALS, Retry.NEVER, operation, key, extent, e);
            case TOO_LARGE -> storage(Kind.TOO_LARGE, Retry.NEVER, operation, key, extent, e);
            case UNSUPPORTED -> storage(Kind.UNSUPPORTED, Retry.NEVER, operation, key, extent, e);
        };
    }

    /**
     * What the failure of a write stream means. The stream is dead, and what it took since the last flush may or may not be in the file, so the
     * call as such is never repeated.
     *
     * @param retry {@link Retry#OUTCOME_UNKNOWN} for a write, {@link Retry#NEVER} for a flush, which promises bytes of earlier calls
     */
    static IOException translateStream(
            String operation, String key, @Nullable Extent extent, Retry retry, IOException e) {
        IOException translated = translate(operation, key, extent, e);
        if (translated instanceof StorageException storage) {
            return storage(storage.kind(), retry, operation, key, extent, e);
        }
        return translated;
    }

    /** Whether the namenode says that we do not hold the lease, or that there is no such file any more. */
    static boolean saysLeaseLost(IOException e) {
        Meaning meaning = meaning(e);
        return meaning == Meaning.CONFLICT || meaning == Meaning.NO_SUCH_FILE;
    }

    /** Whether somebody holds the lease. */
    static boolean saysLeaseHeld(IOException e) {
        return meaning(e) == Meaning.CONFLICT;
    }

    /** Whether the namenode is still busy with the last block of a file whose writer is gone. */
    static boolean saysRecovering(IOException e) {
        return meaning(e) == Meaning.RECOVERING;
    }

    /** Whether it is the namenode's answer; else what was asked for may have been done nevertheless. */
    static boolean isAnswer(IOException e) {
        return e instanceof RemoteException || e.getCause() instanceof RemoteException;
    }

    static boolean saysNoSuchFile(IOException e) {
        return meaning(e) == Meaning.NO_SUCH_FILE;
    }

    /** Whether a path cannot be walked: what it leads through is not for this user, or no directory. */
    static boolean saysNoWay(IOException e) {
        Meaning meaning = meaning(e);
        return meaning == Meaning.ACCESS_DENIED || meaning == Meaning.NOT_A_DIRECTORY;
    }

    static boolean saysFileExists(IOException e) {
        return meaning(e) == Meaning.FILE_EXISTS;
    }

    /** The first line of a vendor's message, for people; a lease conflict names the holder there. */
    static String text(IOException e) {
        String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        int end = message.indexOf('\n');
        return end < 0 ? message : message.substring(0, end);
    }

    private static @Nullable Meaning meaning(IOException e) {
        if (e instanceof RemoteException remote) {
            return MEANINGS.get(remote.getClassName());
        }
        for (Class<?> type = e.getClass(); type != null; type = type.getSuperclass()) {
            Meaning meaning = MEANINGS.get(type.getName());
            if (meaning != null) {
                return meaning;
            }
        }
        if (e.getCause() instanceof RemoteException remote) {
            return MEANINGS.get(remote.getClassName());
        }
        return isNotLetIn(e) ? Meaning.CREDENTIALS : null;
    }

    /** Whether the client could not prove who it is: that never reaches the namenode, and comes wrapped in where it wanted to go. */
    private static boolean isNotLetIn(Throwable e) {
        int depth = 0;
        for (Throwable cause = e.getCause(); cause != null && depth < MOST_CAUSES; cause = cause.getCause()) {
            Meaning meaning = MEANINGS.get(cause.getClass().getName());
            if (meaning == Meaning.ACCESS_DENIED || meaning == Meaning.CREDENTIALS) {
                return true;
            }
            depth++;
        }
        return false;
    }

    private static Retry retry(String operation) {
        return UNREPEATABLE.contains(operation) ? Retry.OUTCOME_UNKNOWN : Retry.SAFE;
    }

    private static StorageException storage(
            Kind kind,
            Retry retry,
            String operation,
            @Nullable String key,
            @Nullable Extent extent,
            IOException cause) {
        return new StorageException(kind, retry, operation, key, extent, text(cause), cause);
    }

    private static IOException caused(IOException ours, IOException cause) {
        ours.initCause(cause);
        return ours;
    }

    /** Runs an action, and translates what it throws. */
    static void run(String operation, @Nullable String key, Action action) throws IOException {
        try {
            action.run();
        } catch (IOException e) {
            throw translate(operation, key, null, e);
        }
    }

    /** Something that may fail with Hadoop's exceptions, and answers nothing. */
    @FunctionalInterface
    interface Action {
        void run() throws IOException;
    }

    /** Something that may fail with Hadoop's exceptions. */
    @FunctionalInterface
    interface Call<T> {
        T run() throws IOException;
    }
}
