package io.conveyor.core.journal;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.conveyor.core.journal.JournalFile.Kind;
import io.conveyor.core.worker.WatchedLock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What one journal gives back where power may be lost. It is on the disk that files are not needed before anything of them changes, and one thing is given back
 * after the other, in the order in which the journal was done with it: a table whose successor is gone already would be replayed over what came after it. As
 * long as the disk refuses, the first one is tried again, and the others wait. Any thread.
 */
final class GivingBack {

    /** Files that go back together, tables in their order, when it is on the disk what a table says. */
    private record Returned(List<JournalFile> files, JournalFile saying) {

        /**
         * Each step is on the disk before the next one begins. A table that is gone while those after it still say that it is needed would be missing; one that is
         * there while those after it are gone would be replayed without them; one whose entries are gone while it is in use would be damaged.
         */
        void forceOutOfUse() {
            saying.force();
            for (JournalFile file : files) {
                if (file.kind == Kind.TABLE) {
                    file.leaveUse();
                    file.force();
                    file.forget();
                    file.force();
                }
            }
        }
    }

    private final JournalSpace space;
    private final ReentrantLock lock = new WatchedLock();

    @GuardedBy("lock")
    private final ArrayDeque<Returned> waiting = new ArrayDeque<>(2);

    /** What is being forced, or was refused and is to be tried again; null if nothing. */
    @GuardedBy("lock")
    private @Nullable Returned first;

    /** Whether a worker is at it, or will be. */
    @GuardedBy("lock")
    private boolean going;

    GivingBack(JournalSpace space) {
        this.space = space;
    }

    /**
     * Gives files back after all that was given before.
     *
     * @param files not kept; tables in their order in the journal
     * @param saying the table that says that they are not needed; if it is among them, no table comes after it
     */
    void add(List<JournalFile> files, JournalFile saying) {
        boolean begins;
        lock.lock();
        try {
            Returned newest = waiting.peekLast();
            if (newest != null && newest.saying == saying) {
                newest.files.addAll(files);
            } else {
                waiting.addLast(new Returned(new ArrayList<>(files), saying));
            }
            begins = !going;
            going = true;
        } finally {
            lock.unlock();
        }
        if (begins) {
            space.beginGivingBack();
            space.soon(this::next);
        }
    }

    /** Gives back what comes first; one at a time, so that those of other journals have their turn. */
    private void next() {
        if (space.isHandedOver()) {
            return;
        }
        Returned returned = first();
        if (!space.isForced(returned::forceOutOfUse)) {
            space.retry(this::next);
            return;
        }
        space.recycle(returned.files);
        if (endFirst()) {
            space.soon(this::next);
        } else {
            space.endGivingBack();
        }
    }

    private Returned first() {
        lock.lock();
        try {
            Returned returned = first == null ? waiting.removeFirst() : first;
            first = returned;
            return returned;
        } finally {
            lock.unlock();
        }
    }

    /** Whether there is another one. */
    private boolean endFirst() {
        lock.lock();
        try {
            first = null;
            going = !waiting.isEmpty();
            return going;
        } finally {
            lock.unlock();
        }
    }
}
