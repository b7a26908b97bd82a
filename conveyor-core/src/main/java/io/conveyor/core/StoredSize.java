package io.conveyor.core;

import io.conveyor.Whence;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** What storage is asked about an object but for its bytes: how large it is now, and where it has data. Others may have changed it. */
final class StoredSize {

    private final OpenObject object;
    private final WritePath writePath;

    /** How often others may have changed the object, */
    private int changes;

    /** and how often they had when the answer was asked for that was used last. */
    private int known;

    StoredSize(OpenObject object, WritePath writePath) {
        this.object = object;
        this.writePath = writePath;
    }

    /** Others may have changed the object in storage; the lock is held. */
    void othersChanged() {
        object.ahead.invalidateAll();
        changes++;
    }

    /** The logical size; the lock is held, and is given up if storage has to be asked. */
    long size() throws IOException {
        refreshIfStale();
        return object.writes.size();
    }

    /** Asks for the size anew if others may have changed the object; the lock is held, and is given up meanwhile. */
    void refreshIfStale() throws IOException {
        if (changes != known && !object.store.pinnedReads()) {
            refresh();
        }
    }

    /** Whether the object reaches beyond {@code position} after all; the lock is held, and is given up if storage has to be asked. */
    boolean grew(long position) throws IOException {
        if (object.store.pinnedReads() || !object.writes.isClean() || object.mode.isDraft()) {
            return false;
        }
        refresh();
        return position < object.writes.size();
    }

    /** Asks for the size anew unless writes of ours are under way; the lock is held, and is given up meanwhile. */
    void refresh() throws IOException {
        if (!object.writes.isClean()) {
            return;
        }
        int asked = changes;
        long accepted = object.writes.accepted();
        long size = ask(0, Whence.END);
        object.checkStillOpen();
        if (accepted == object.writes.accepted() && object.writes.isClean()) {
            object.writes.storageHas(size);
            known = asked;
        }
    }

    /** Where data, or a hole, begins at or after {@code offset}; the lock is held, and is given up meanwhile. */
    long seek(long offset, Whence whence) throws IOException {
        long found = ask(offset, whence);
        object.checkStillOpen();
        return found;
    }

    private long ask(long offset, Whence whence) throws IOException {
        object.calls++;
        Question question = new Question(offset, whence);
        writePath.unlock();
        if (object.store.interruptSafeReads()) {
            question.run();
        } else {
            object.byWorker(question);
        }
        object.lock.lock();
        long deadline = object.now() + object.options.readTimeout().toNanos();
        while (!question.done) {
            if (!object.awaitChange(deadline, 0)) {
                throw object.timeout("lseek", null, "no answer within " + object.options.readTimeout());
            }
        }
        if (question.failure != null) {
            throw question.failure;
        }
        return question.answer;
    }

    /** Asks the handle about its layout. */
    private final class Question implements Runnable {

        private final long offset;
        private final Whence whence;
        private boolean done;
        private long answer;
        private @Nullable IOException failure;

        Question(long offset, Whence whence) {
            this.offset = offset;
            this.whence = whence;
        }

        @Override
        public void run() {
            long found = 0;
            IOException thrown = null;
            try {
                found = object.handle.lseek(offset, whence);
            } catch (IOException storage) {
                thrown = storage;
            } catch (Throwable fault) {
                thrown = new Pread(object.handle, object.key).fault(fault);
            }
            object.lock.lock();
            try {
                answer = found;
                failure = thrown;
                done = true;
                object.callEnded();
                object.changed.signalAll();
            } finally {
                object.lock.unlock();
            }
        }
    }
}
