package io.conveyor.spring.transaction;

import io.conveyor.ConveyorFactory;
import io.conveyor.DeferredConveyor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.OpenOption;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Publishes the drafts of one transaction when it has committed, and drops them otherwise. There is one for each transaction, so that a draft that
 * cannot be published keeps no other from being tried. Used by the thread of the transaction.
 */
final class PublishOnCommit implements TransactionSynchronization {

    private static final Logger log = LoggerFactory.getLogger(PublishOnCommit.class);

    /** What is still to be published or dropped, in the order of opening. */
    private final List<DeferredConveyor> drafts = new ArrayList<>();

    /** How many drafts there were at each savepoint. */
    private final IdentityHashMap<Object, Integer> savepoints = new IdentityHashMap<>();

    /** Whether drafts are handed over as soon as they are written: nobody does it later, while a failure can still roll the transaction back. */
    private volatile boolean aboutToCommit;

    private PublishOnCommit(boolean aboutToCommit) {
        this.aboutToCommit = aboutToCommit;
    }

    /** That of the transaction of this thread, which has its synchronization active. */
    static PublishOnCommit ofTransaction() {
        for (TransactionSynchronization known : TransactionSynchronizationManager.getSynchronizations()) {
            if (known instanceof PublishOnCommit publishing) {
                return publishing;
            }
        }
        PublishOnCommit publishing = new PublishOnCommit(isCalledBeforeCommit());
        TransactionSynchronizationManager.registerSynchronization(publishing);
        return publishing;
    }

    /** Spring does not say how far the transaction is, and does not call what is registered before the commit until that is over. */
    private static boolean isCalledBeforeCommit() {
        return StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE)
                .walk(frames -> frames.anyMatch(frame -> frame.getMethodName().equals("beforeCommit")
                        && TransactionSynchronization.class.isAssignableFrom(frame.getDeclaringClass())));
    }

    /** Opens a draft that belongs to the transaction. */
    DeferredConveyor open(ConveyorFactory factory, String key, OpenOption... options) throws IOException {
        DeferredConveyor draft = new DeferredConveyor(factory.open(key, options), this::written);
        drafts.add(draft);
        return draft;
    }

    /**
     * Nothing more is written to a draft. Any thread.
     *
     * @throws IOException that the store did not take it, where the transaction is about to commit; the draft is dropped
     */
    private void written(DeferredConveyor draft) throws IOException {
        if (!aboutToCommit) {
            return;
        }
        try {
            draft.handOver();
        } catch (Throwable failure) {
            try {
                draft.abort();
            } catch (IOException whileAborting) {
                failure.addSuppressed(whileAborting);
            }
            throw failure;
        }
    }

    @Override
    public void savepoint(Object savepoint) {
        savepoints.put(savepoint, drafts.size());
    }

    /** Drops what was opened after the savepoint. One that is not known was made before the first draft. */
    @Override
    public void savepointRollback(Object savepoint) {
        int before = Math.min(savepoints.getOrDefault(savepoint, 0), drafts.size());
        abort(drafts.subList(before, drafts.size()));
    }

    /** What fails here rolls the transaction back, and so does a draft that somebody else has ended. */
    @Override
    public void beforeCommit(boolean readOnly) {
        aboutToCommit = true;
        try {
            for (DeferredConveyor draft : drafts) {
                if (!draft.isAborted()) {
                    draft.handOver();
                }
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** From now on no failure rolls the transaction back. */
    @Override
    public void beforeCompletion() {
        aboutToCommit = false;
    }

    /** Tries every draft; the first failure is thrown and has the others suppressed. */
    @Override
    public void afterCommit() {
        Throwable failure = publish();
        if (failure instanceof IOException io) {
            throw new UncheckedIOException(io);
        }
        if (failure instanceof RuntimeException unchecked) {
            throw unchecked;
        }
        if (failure instanceof Error error) {
            throw error;
        }
    }

    /**
     * After a commit nothing is left, unless {@link #afterCommit} was passed over because another synchronization failed in its own, or a draft was
     * opened later than that: such drafts are published here, where nobody can be told of a failure but the log. An unknown outcome publishes nothing.
     */
    @Override
    public void afterCompletion(int status) {
        if (status != STATUS_COMMITTED) {
            abort(drafts);
            return;
        }
        Throwable failure = publish();
        if (failure != null) {
            log.error("Objects of a transaction that has committed could not be published", failure);
        }
    }

    private @Nullable Throwable publish() {
        List<DeferredConveyor> committed = List.copyOf(drafts);
        drafts.clear();
        Throwable first = null;
        for (DeferredConveyor draft : committed) {
            try {
                if (!draft.isAborted()) {
                    draft.publish();
                }
            } catch (IOException | RuntimeException | Error failure) {
                first = joined(first, failure);
            }
        }
        return first;
    }

    /** Nothing suppresses itself: one sticky failure may be thrown twice. */
    private static Throwable joined(@Nullable Throwable first, Throwable next) {
        if (first == null) {
            return next;
        }
        if (first != next) {
            first.addSuppressed(next);
        }
        return first;
    }

    private static void abort(List<DeferredConveyor> dropped) {
        for (DeferredConveyor draft : dropped) {
            try {
                draft.abort();
            } catch (IOException | RuntimeException failure) {
                log.warn("A draft of a transaction that did not commit left something behind in the store", failure);
            }
        }
        dropped.clear();
    }
}
