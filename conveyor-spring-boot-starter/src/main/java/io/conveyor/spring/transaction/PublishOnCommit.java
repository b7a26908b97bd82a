package io.conveyor.spring.transaction;

import io.conveyor.Conveyor;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.transaction.support.TransactionSynchronization;

/** Publishes a draft when a transaction has committed, and drops it otherwise. */
final class PublishOnCommit implements TransactionSynchronization {

    private static final Logger log = LoggerFactory.getLogger(PublishOnCommit.class);

    private final Conveyor draft;

    PublishOnCommit(Conveyor draft) {
        this.draft = draft;
    }

    /** What fails here rolls the transaction back. A draft that was aborted meanwhile has nothing to hand over. */
    @Override
    public void beforeCommit(boolean readOnly) {
        if (draft.isOpen()) {
            try {
                draft.flush();
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
        }
    }

    @Override
    public void afterCommit() {
        try {
            draft.close();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** After a commit the draft is closed, and aborting has no effect. An unknown outcome publishes nothing. */
    @Override
    public void afterCompletion(int status) {
        try {
            draft.abort();
        } catch (IOException failure) {
            log.warn("A draft of a transaction that did not commit left something behind in the store", failure);
        }
    }
}
