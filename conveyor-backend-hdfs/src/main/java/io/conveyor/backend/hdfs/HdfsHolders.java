package io.conveyor.backend.hdfs;

import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the namenode cannot tell, since it knows one client for all files of a backend: which writer has the lease of a file, and which
 * leases no writer has any more, or nobody knows whether there are. Hadoop renews the latter as long as the client writes anything at all, so
 * that they would keep everybody away, us included. Any thread.
 */
final class HdfsHolders {

    private static final Logger LOG = LoggerFactory.getLogger(HdfsHolders.class);

    /** Where nothing can be settled, as in a directory that is closed to us by now, there must be an end to what is remembered. */
    private static final int MOST_OWED = 1_000;

    /** By file id. */
    private final Map<Long, Object> holders = new ConcurrentHashMap<>();

    /** What this client may have a lease of that no writer has, by path or by file id, whichever is known. */
    private final Set<String> owedPaths = Collections.synchronizedSet(new LinkedHashSet<>());

    /** Nobody can tell when one of these is no more, if its path is not known. */
    private final Set<Long> owedFiles = Collections.synchronizedSet(new LinkedHashSet<>());

    /** A writer has got the lease of a file; whoever had it before has not any more. */
    void took(long fileId, Object writer) {
        holders.put(fileId, writer);
        owedFiles.remove(fileId);
    }

    /** A writer has given back the lease of a file, if it had it still. */
    void gaveBack(long fileId, Object writer) {
        holders.remove(fileId, writer);
    }

    /** Whether a writer has the lease of a file, as far as this backend is concerned. */
    boolean holds(long fileId, Object writer) {
        return holders.get(fileId) == writer;
    }

    /** Whoever has the lease of a file is to lose it; until that has happened it is owed. */
    void takeAway(Path path, long fileId) {
        if (holders.remove(fileId) != null) {
            owe(path);
        }
    }

    /** The client may have the lease of what lies there; if there are too many such paths, the one that was looked at longest ago is forgotten. */
    void owe(Path path) {
        remember(owedPaths, HdfsPaths.name(path));
    }

    /** The client may have the lease of that file, wherever it lies by now; if there are too many such files, the oldest is forgotten. */
    void owe(long fileId) {
        remember(owedFiles, fileId);
    }

    private static <T> void remember(Set<T> owed, T next) {
        synchronized (owed) {
            owed.add(next);
            if (owed.size() > MOST_OWED) {
                T oldest = owed.iterator().next();
                owed.remove(oldest);
                LOG.debug("too many leases may have to be given back; that of {} is forgotten", oldest);
            }
        }
    }

    boolean owesNothing() {
        return owedPaths.isEmpty() && owedFiles.isEmpty();
    }

    /** One of the paths that are owed, each in its turn: one that cannot be settled must not keep the others from it. */
    Optional<Path> nextOwed() {
        synchronized (owedPaths) {
            Optional<String> next = owedPaths.stream().findFirst();
            next.ifPresent(path -> {
                owedPaths.remove(path);
                owedPaths.add(path);
            });
            return next.map(path -> new Path(null, null, path));
        }
    }

    /** The client has no lease that was owed of what lies there. */
    void settle(Path path) {
        owedPaths.remove(HdfsPaths.name(path));
    }

    /**
     * Settles what is owed of a file, for the caller to give it back.
     *
     * @return whether it is to be given back: it was owed, and no writer has it
     */
    boolean claim(Path path, long fileId) {
        boolean byPath = owedPaths.remove(HdfsPaths.name(path));
        boolean byId = owedFiles.remove(fileId);
        return (byPath || byId) && !holders.containsKey(fileId);
    }
}
