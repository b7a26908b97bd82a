package io.conveyor.backend.hdfs;

import io.conveyor.StorageException;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.hadoop.fs.Path;
import org.jspecify.annotations.Nullable;

/**
 * Asks the namenode for a sign of life, and does not wait for as long as Hadoop's client would try. At most one question is under way; while
 * it is, others wait for the same answer. Any thread.
 */
final class HdfsPing {

    /** A health check wants an answer within seconds; a namenode that lives answers in milliseconds. */
    private static final long SECONDS = 5;

    private final HdfsConnection connection;
    private final AtomicReference<@Nullable CompletableFuture<Void>> underWay = new AtomicReference<>();

    HdfsPing(HdfsConnection connection) {
        this.connection = connection;
    }

    void ping() throws IOException {
        try {
            ask().get(SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new StorageException(
                    Kind.TIMEOUT,
                    Retry.SAFE,
                    "ping",
                    null,
                    null,
                    "the namenode has not answered within " + SECONDS + " s",
                    e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException io
                    ? HdfsErrors.translate("ping", null, null, io)
                    : new IOException("ping failed", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for the namenode");
        }
    }

    private CompletableFuture<Void> ask() {
        CompletableFuture<Void> mine = new CompletableFuture<>();
        CompletableFuture<Void> theirs = underWay.compareAndExchange(null, mine);
        if (theirs != null) {
            return theirs;
        }
        Thread thread = new Thread(() -> answer(mine), "conveyor-hdfs-ping");
        thread.setDaemon(true);
        thread.start();
        return mine;
    }

    private void answer(CompletableFuture<Void> question) {
        try {
            connection.client().getFileStatus(new Path("/"));
            underWay.set(null);
            question.complete(null);
        } catch (Throwable e) {
            underWay.set(null);
            question.completeExceptionally(e);
        }
    }
}
