package io.conveyor.backend.hdfs;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.conveyor.StorageException;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.UnknownHostException;
import java.security.PrivilegedExceptionAction;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.hdfs.DistributedFileSystem;
import org.apache.hadoop.security.UserGroupInformation;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Hadoop client of one backend: made at the first use, since logging in and connecting need the network, and never taken from Hadoop's
 * process-wide cache, since whoever closes a cached client closes it under everybody. Any thread.
 *
 * <p>The user is fixed when the client is made. Hadoop is never let ask later for "the current user": on JDK 17 a new thread inherits
 * him, on JDK 25 it does not. What may need the key of an encrypted file goes through {@link #asUser}.
 */
final class HdfsConnection implements Closeable {

    /** How often at most Hadoop lets a process log in again, in seconds, and Hadoop's default for it; there is no use in looking more often. */
    private static final String SECONDS_BETWEEN_LOGINS = "hadoop.kerberos.min.seconds.before.relogin";

    private static final int DEFAULT_SECONDS_BETWEEN_LOGINS = 60;

    private static final Logger LOG = LoggerFactory.getLogger(HdfsConnection.class);

    private final HdfsOptions options;
    private final @Nullable DistributedFileSystem given;

    private final Object lock = new Object();

    @GuardedBy("lock")
    private @Nullable DistributedFileSystem made;

    @GuardedBy("lock")
    private @Nullable UserGroupInformation user;

    @GuardedBy("lock")
    private @Nullable UserGroupInformation login;

    @GuardedBy("lock")
    private long loginChecked;

    @GuardedBy("lock")
    private long loginCheckNanos;

    @GuardedBy("lock")
    private boolean closed;

    /** A connection that makes its client, or lends {@code given}, which stays its owner's to close. */
    HdfsConnection(HdfsOptions options, @Nullable DistributedFileSystem given) {
        this.options = options;
        this.given = given;
    }

    /**
     * The client.
     *
     * @throws IOException if there is none yet and it cannot be made
     */
    DistributedFileSystem client() throws IOException {
        DistributedFileSystem client;
        @Nullable UserGroupInformation ending;
        synchronized (lock) {
            if (closed) {
                throw new StorageException(
                        Kind.UNAVAILABLE, Retry.NEVER, "open", null, null, "the backend is closed", null);
            }
            if (given != null) {
                return given;
            }
            if (made == null) {
                made = connect(HdfsConfiguration.of(options));
            }
            client = made;
            ending = loginToLookAt();
        }
        if (ending != null) {
            renew(ending);
        }
        return client;
    }

    /** A call of the client. */
    @FunctionalInterface
    interface Request<T> {

        T run(DistributedFileSystem client) throws IOException;
    }

    /**
     * Runs what opens a file. If that one is encrypted, Hadoop asks a key server for its key as the user of the thread, whoever the client is.
     *
     * @throws IOException as {@link #client} does, and what the request throws
     */
    <T> T asUser(Request<T> request) throws IOException {
        DistributedFileSystem client = client();
        UserGroupInformation as;
        synchronized (lock) {
            as = user;
        }
        if (as == null) {
            return request.run(client);
        }
        try {
            return as.doAs((PrivilegedExceptionAction<T>) () -> request.run(client));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw interrupted(e);
        }
    }

    /** The login, if it is time to look whether its ticket ends. One caller looks, the others go on. */
    @GuardedBy("lock")
    private @Nullable UserGroupInformation loginToLookAt() {
        if (login == null || System.nanoTime() - loginChecked <= loginCheckNanos) {
            return null;
        }
        loginChecked = System.nanoTime();
        return login;
    }

    /** What the caller wants may not need a new ticket; if it does, it fails for want of one. */
    private static void renew(UserGroupInformation login) {
        try {
            login.checkTGTAndReloginFromKeytab();
        } catch (IOException e) {
            LOG.warn("The Kerberos ticket of {} could not be renewed; it is tried again", login.getUserName(), e);
        }
    }

    @GuardedBy("lock")
    private DistributedFileSystem connect(Configuration configuration) throws IOException {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        // Hadoop finds its file systems by the context class loader, which in a worker of a fat jar may be one that
        // knows nothing.
        thread.setContextClassLoader(FileSystem.class.getClassLoader());
        try {
            UserGroupInformation chosen = user(configuration);
            UserGroupInformation as = chosen == null ? UserGroupInformation.getCurrentUser() : chosen;
            user = as;
            return as.doAs((PrivilegedExceptionAction<DistributedFileSystem>) () -> open(configuration));
        } catch (InterruptedException e) {
            thread.interrupt();
            throw interrupted(e);
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    @GuardedBy("lock")
    private @Nullable UserGroupInformation user(Configuration configuration) throws IOException {
        String principal = options.principal().orElse(null);
        String name = options.user().orElse(null);
        UserGroupInformation user = null;
        if (principal != null) {
            // The security settings of Hadoop are the process's own, there is no other way to switch Kerberos on.
            if (!UserGroupInformation.isSecurityEnabled()) {
                UserGroupInformation.setConfiguration(configuration);
            }
            login = UserGroupInformation.loginUserFromKeytabAndReturnUGI(
                    principal, options.keytab().orElseThrow());
            loginChecked = System.nanoTime();
            loginCheckNanos = TimeUnit.SECONDS.toNanos(
                    configuration.getInt(SECONDS_BETWEEN_LOGINS, DEFAULT_SECONDS_BETWEEN_LOGINS));
            user = login;
        }
        if (name == null) {
            return user;
        }
        return user == null
                ? UserGroupInformation.createRemoteUser(name)
                : UserGroupInformation.createProxyUser(name, user);
    }

    private DistributedFileSystem open(Configuration configuration) throws IOException {
        FileSystem made = connectNow(configuration);
        if (made instanceof DistributedFileSystem hdfs) {
            return hdfs;
        }
        made.close();
        throw new StorageException(
                Kind.UNSUPPORTED,
                Retry.NEVER,
                "open",
                null,
                null,
                options.uri() + " is served by " + made.getClass().getName() + ", not by HDFS's own client",
                null);
    }

    private FileSystem connectNow(Configuration configuration) throws IOException {
        try {
            return FileSystem.newInstance(options.uri(), configuration);
        } catch (IllegalArgumentException e) {
            if (e.getCause() instanceof UnknownHostException unknown) {
                // so Hadoop says that a name is not known to the resolver, which may be so for a moment only
                throw unknown;
            }
            throw e;
        }
    }

    private static InterruptedIOException interrupted(InterruptedException cause) {
        InterruptedIOException e = new InterruptedIOException("interrupted while waiting for the namenode");
        e.initCause(cause);
        return e;
    }

    /** Closes the client if it was made here. Idempotent. */
    @Override
    public void close() throws IOException {
        DistributedFileSystem client;
        synchronized (lock) {
            closed = true;
            client = made;
            made = null;
        }
        if (client != null) {
            client.close();
        }
    }
}
