package io.conveyor.backend.hdfs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.function.Predicate;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.jspecify.annotations.Nullable;

/**
 * The files below a directory, one page of the namenode's at a time. A directory that vanishes meanwhile has no files. One thread at a time.
 */
final class HdfsListing implements Iterator<FileStatus> {

    private final HdfsContext hdfs;
    private final Predicate<Path> descend;
    private final Predicate<FileStatus> wanted;
    private final Deque<RemoteIterator<FileStatus>> open = new ArrayDeque<>();
    private @Nullable FileStatus next;

    /**
     * A listing.
     *
     * @param descend whether to look into a directory
     * @param wanted whether to show a file
     */
    HdfsListing(HdfsContext hdfs, Path directory, Predicate<Path> descend, Predicate<FileStatus> wanted)
            throws IOException {
        this.hdfs = hdfs;
        this.descend = descend;
        this.wanted = wanted;
        push(directory);
    }

    @Override
    public boolean hasNext() {
        try {
            while (next == null && !open.isEmpty()) {
                step();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(HdfsErrors.translate("list", null, null, e));
        }
        return next != null;
    }

    private void step() throws IOException {
        RemoteIterator<FileStatus> top = open.element();
        if (!hasNext(top)) {
            open.pop();
            return;
        }
        FileStatus status = top.next();
        if (status.isDirectory()) {
            if (descend.test(status.getPath())) {
                push(status.getPath());
            }
        } else if (wanted.test(status)) {
            next = status;
        }
    }

    private static boolean hasNext(RemoteIterator<FileStatus> page) throws IOException {
        try {
            return page.hasNext();
        } catch (IOException e) {
            if (HdfsErrors.saysNoSuchFile(e)) {
                return false;
            }
            throw e;
        }
    }

    private void push(Path directory) throws IOException {
        try {
            open.push(hdfs.client().listStatusIterator(directory));
        } catch (IOException e) {
            if (!HdfsErrors.saysNoSuchFile(e) && !hdfs.isBelowFile(directory, e)) {
                throw e;
            }
        }
    }

    @Override
    public FileStatus next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        FileStatus found = Objects.requireNonNull(next);
        next = null;
        return found;
    }
}
