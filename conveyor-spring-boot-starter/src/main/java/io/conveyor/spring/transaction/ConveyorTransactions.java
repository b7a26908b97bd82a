package io.conveyor.spring.transaction;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.ConveyorOpenOption;
import io.conveyor.IOConsumer;
import java.io.IOException;
import java.nio.file.OpenOption;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Writes objects that belong to the transaction around them: they are published after it has committed, and dropped if it rolls back. Any thread; an
 * object belongs to the transaction of the thread that opens it.
 *
 * <p>Before the transaction commits, everything is handed to the store's draft, so that what fails there still rolls the transaction back, and so does a draft
 * that was dropped otherwise than by {@code abort()} on what {@code open} returned, as when the store is closed too early. Publishing comes after the commit and is no part of it: if it fails, the call that committed throws, the transaction stays committed, and the object stays as
 * it was; the other objects are published all the same. What is written in another synchronization's {@code beforeCommit} is handed to the store's draft when
 * {@code write} returns or the conveyor is closed, which fail if that does. An object that is opened after the commit, in another's synchronization, is published when the
 * transaction completes, and a failure is only logged. Without a transaction an object is published when it is closed.
 *
 * <p>Rolling back to a savepoint, as a nested transaction does, drops the objects that were opened after it.
 */
public final class ConveyorTransactions {

    /** For the auto-configuration, and for tests. */
    public ConveyorTransactions() {}

    /**
     * Opens an object to replace it with the transaction. Closing the conveyor ends writing; publishing waits for the transaction.
     *
     * @param options {@code WRITE}, {@code CREATE}, {@code TRUNCATE_EXISTING} and {@link ConveyorOpenOption#ATOMIC_REPLACE} are always added
     * @throws IOException as {@link ConveyorFactory#open(String, OpenOption...)}
     */
    public Conveyor open(ConveyorFactory factory, String key, OpenOption... options) throws IOException {
        OpenOption[] all = replacing(options);
        return isInTransaction() ? PublishOnCommit.ofTransaction().open(factory, key, all) : factory.open(key, all);
    }

    /** Spring synchronizes without a transaction, too: with {@code SUPPORTS} where there is none, with {@code NOT_SUPPORTED} and {@code NEVER}. */
    private static boolean isInTransaction() {
        return TransactionSynchronizationManager.isSynchronizationActive()
                && TransactionSynchronizationManager.isActualTransactionActive();
    }

    private static OpenOption[] replacing(OpenOption... options) {
        Set<OpenOption> all = new LinkedHashSet<>(List.of(
                StandardOpenOption.WRITE,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                ConveyorOpenOption.ATOMIC_REPLACE));
        all.addAll(List.of(options));
        return all.toArray(OpenOption[]::new);
    }

    /**
     * Replaces an object with the transaction; otherwise as {@link ConveyorFactory#write}.
     *
     * @throws IOException what {@code body} threw, that it has aborted, or, while the transaction is about to commit, that the store did not take it; nothing of the object is published then, whatever becomes of the transaction
     */
    public void write(ConveyorFactory factory, String key, IOConsumer<? super Conveyor> body) throws IOException {
        if (isInTransaction()) {
            PublishOnCommit.ofTransaction().open(factory, key, replacing()).fill(body);
        } else {
            factory.write(key, body);
        }
    }
}
