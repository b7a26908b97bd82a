package io.conveyor.spring.transaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.ConflictException;
import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.ConveyorOptions;
import io.conveyor.IOConsumer;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import io.conveyor.core.Conveyors;
import io.conveyor.testkit.Bytes;
import io.conveyor.testkit.FaultInjectingBackend;
import io.conveyor.testkit.FaultPlan;
import io.conveyor.testkit.MemoryBackend;
import io.conveyor.testkit.StorageOperation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.transaction.SavepointManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.AbstractPlatformTransactionManager;
import org.springframework.transaction.support.DefaultTransactionStatus;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

@Timeout(60)
@ExtendWith(OutputCaptureExtension.class)
class ConveyorTransactionsTest {

    private final MemoryBackend memory = MemoryBackend.create();
    private final FaultPlan plan = FaultPlan.create();
    private final ConveyorFactory factory = Conveyors.builder(FaultInjectingBackend.over(memory, plan))
            .options(ConveyorOptions.builder().retryAttempts(1).build())
            .build();
    private final ConveyorTransactions transactions = new ConveyorTransactions();
    private final NoResources manager = new NoResources();
    private final TransactionTemplate transaction = new TransactionTemplate(manager);

    @AfterEach
    void close() throws IOException {
        factory.close();
        assertThat(memory.openHandles()).isZero();
    }

    private void write(String content) {
        write("key", content);
    }

    private void write(String key, String content) {
        try {
            transactions.write(factory, key, out -> out.write(Bytes.buffer(content)));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private String stored() {
        return stored("key");
    }

    private String stored(String key) {
        return new String(memory.snapshot(key), StandardCharsets.UTF_8);
    }

    @Test
    void anObjectIsPublishedAfterTheCommitAndNotBefore() throws IOException {
        write("old");

        transaction.executeWithoutResult(status -> {
            write("new");
            assertThat(stored()).as("inside the transaction").isEqualTo("old");
        });

        assertThat(stored()).isEqualTo("new");
        assertThat(factory.openConveyors()).isEmpty();
    }

    @Test
    void anObjectIsDroppedWithTheTransaction() {
        write("old");

        transaction.executeWithoutResult(status -> {
            write("new");
            status.setRollbackOnly();
        });

        assertThat(stored()).isEqualTo("old");
        assertThat(factory.openConveyors()).isEmpty();
    }

    @Test
    void anExceptionOfTheApplicationDropsTheObject() {
        write("old");

        assertThatThrownBy(() -> transaction.executeWithoutResult(status -> {
                    write("new");
                    throw new IllegalStateException("no");
                }))
                .hasMessage("no");

        assertThat(stored()).isEqualTo("old");
    }

    @Test
    void withoutATransactionAnObjectIsPublishedWhenItIsClosed() {
        write("content");

        assertThat(stored()).isEqualTo("content");
    }

    @Test
    void aFailureBeforeTheCommitRollsTheTransactionBack() {
        write("old");
        plan.on(StorageOperation.PWRITE).always().failWith(Kind.NO_SPACE, Retry.NEVER);

        assertThatThrownBy(() -> transaction.executeWithoutResult(status -> write("new")))
                .isInstanceOf(UncheckedIOException.class);

        assertThat(manager.commits).isZero();
        assertThat(stored()).isEqualTo("old");
    }

    @Test
    void aBodyThatFailsPublishesNothingThoughTheTransactionCommits() {
        write("old");

        transaction.executeWithoutResult(status -> assertThatThrownBy(() -> transactions.write(factory, "key", out -> {
                    out.write(Bytes.buffer("half"));
                    throw new IOException("broken");
                }))
                .hasMessage("broken"));

        assertThat(stored()).isEqualTo("old");
        assertThat(factory.openConveyors()).isEmpty();
    }

    @Test
    void aBodyThatAbortsIsNotReportedAsWrittenAndPublishesNothing() {
        write("old");
        IOConsumer<Conveyor> aborting = out -> {
            out.write(Bytes.buffer("half"));
            out.abort();
        };

        assertThatThrownBy(() -> transactions.write(factory, "key", aborting)).hasMessageContaining("aborted");
        transaction.executeWithoutResult(
                status -> assertThatThrownBy(() -> transactions.write(factory, "key", aborting))
                        .hasMessageContaining("aborted"));

        assertThat(stored()).isEqualTo("old");
        assertThat(factory.openConveyors()).isEmpty();
    }

    @Test
    void aBodyThatFailsPublishesNothingThoughItClosesOnItsWayOut() {
        write("old");
        IOConsumer<Conveyor> failing = out -> {
            try (out) {
                out.write(Bytes.buffer("half"));
                throw new IOException("broken");
            }
        };

        assertThatThrownBy(() -> transactions.write(factory, "key", failing)).hasMessage("broken");
        transaction.executeWithoutResult(status -> assertThatThrownBy(() -> transactions.write(factory, "key", failing))
                .hasMessage("broken"));

        assertThat(stored()).isEqualTo("old");
        assertThat(factory.openConveyors()).isEmpty();
    }

    @Test
    void aConveyorThatWasClosedTakesNothingMore() {
        transaction.executeWithoutResult(status -> {
            try {
                Conveyor conveyor = transactions.open(factory, "key");
                conveyor.write(Bytes.buffer("content"));
                conveyor.close();
                assertThat(conveyor.isOpen()).isFalse();
                assertThatThrownBy(() -> conveyor.write(Bytes.buffer("more")))
                        .isInstanceOf(ClosedChannelException.class);
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
        });

        assertThat(stored()).isEqualTo("content");
    }

    @Test
    void anObjectThatCannotBePublishedMakesTheCommitThrowAndStaysAsItWas() {
        write("old");
        plan.on(StorageOperation.COMMIT).always().failWith(Kind.UNAVAILABLE, Retry.NEVER);

        assertThatThrownBy(() -> transaction.executeWithoutResult(status -> write("new")))
                .isInstanceOf(UncheckedIOException.class);

        assertThat(manager.commits).isEqualTo(1);
        assertThat(stored()).isEqualTo("old");
        assertThat(factory.openConveyors()).isEmpty();
    }

    @Test
    void aStoreThatIsClosedBeforeTheCommitRollsTheTransactionBack() {
        write("old");

        assertThatThrownBy(() -> transaction.executeWithoutResult(status -> {
                    write("new");
                    closeTheStore();
                }))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("'key' cannot be published: its draft was ended");

        assertThat(manager.commits).isZero();
        assertThat(stored()).isEqualTo("old");
    }

    @Test
    void aStoreThatIsClosedBetweenTheCommitAndPublishingMakesTheCommitThrow() {
        write("old");

        assertThatThrownBy(() -> transaction.executeWithoutResult(status -> {
                    afterCommit(this::closeTheStore);
                    write("new");
                }))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("'key' cannot be published: its draft was ended");

        assertThat(manager.commits).isEqualTo(1);
        assertThat(stored()).isEqualTo("old");
    }

    private void closeTheStore() {
        try {
            factory.close();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    @Test
    void anObjectThatIsAbortedOnPurposeKeepsNoTransactionFromCommitting() {
        transaction.executeWithoutResult(status -> {
            try {
                Conveyor dropped = transactions.open(factory, "dropped");
                write("kept", "content");
                dropped.abort();
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
        });

        assertThat(manager.commits).isEqualTo(1);
        assertThat(stored("kept")).isEqualTo("content");
        assertThat(memory.contains("dropped")).isFalse();
    }

    @Test
    void anObjectIsWrittenOnceInATransaction() {
        transaction.executeWithoutResult(status -> {
            write("first");
            assertThatThrownBy(() -> write("second")).hasCauseInstanceOf(ConflictException.class);
        });

        assertThat(stored()).isEqualTo("first");
    }

    @Test
    void anObjectIsPublishedThoughTheOneBeforeItCannotBe() {
        plan.on(StorageOperation.COMMIT).onKey("first").always().failWith(Kind.UNAVAILABLE, Retry.NEVER);
        plan.on(StorageOperation.COMMIT).onKey("third").always().failWith(Kind.UNAVAILABLE, Retry.NEVER);

        assertThatThrownBy(() -> transaction.executeWithoutResult(status -> {
                    write("first", "content");
                    write("second", "content");
                    write("third", "content");
                }))
                .isInstanceOf(UncheckedIOException.class)
                .cause()
                .satisfies(first -> assertThat(first.getSuppressed()).hasSize(1));

        assertThat(stored("second")).isEqualTo("content");
        assertThat(factory.openConveyors()).isEmpty();
    }

    @Test
    void anObjectIsPublishedThoughAnotherSynchronizationFailsAfterTheCommit() {
        assertThatThrownBy(() -> transaction.executeWithoutResult(status -> {
                    afterCommit(() -> {
                        throw new IllegalStateException("no mail");
                    });
                    write("content");
                }))
                .hasMessage("no mail");

        assertThat(stored()).isEqualTo("content");
        assertThat(factory.openConveyors()).isEmpty();
    }

    @Test
    void whatCannotBePublishedAfterAnotherSynchronizationFailedIsLogged(CapturedOutput output) {
        plan.on(StorageOperation.COMMIT).always().failWith(Kind.UNAVAILABLE, Retry.NEVER);

        assertThatThrownBy(() -> transaction.executeWithoutResult(status -> {
                    afterCommit(() -> {
                        throw new IllegalStateException("no mail");
                    });
                    write("content");
                }))
                .hasMessage("no mail");

        assertThat(output).containsPattern("ERROR.*Objects of a transaction that has committed could not be published");
    }

    @Test
    void anObjectThatIsOpenedAfterTheCommitIsPublished() {
        transaction.executeWithoutResult(status -> {
            write("first", "content");
            afterCommit(() -> write("second", "content"));
        });
        transaction.executeWithoutResult(status -> afterCommit(() -> write("third", "content")));

        assertThat(stored("first")).isEqualTo("content");
        assertThat(stored("second")).isEqualTo("content");
        assertThat(stored("third")).isEqualTo("content");
        assertThat(factory.openConveyors()).isEmpty();
    }

    @Test
    void whatIsOpenedBeforeTheCommitAndFailsRollsTheTransactionBack() {
        write("old");
        plan.on(StorageOperation.PWRITE).onKey("key").always().failWith(Kind.NO_SPACE, Retry.NEVER);

        assertThatThrownBy(() -> transaction.executeWithoutResult(status -> beforeCommit(() -> write("new"))))
                .as("without an earlier draft")
                .isInstanceOf(UncheckedIOException.class);
        assertThatThrownBy(() -> transaction.executeWithoutResult(status -> {
                    write("earlier", "content");
                    beforeCommit(() -> write("new"));
                }))
                .as("with an earlier draft")
                .isInstanceOf(UncheckedIOException.class);

        assertThat(manager.commits).isZero();
        assertThat(stored()).isEqualTo("old");
        assertThat(memory.contains("earlier")).isFalse();
        assertThat(factory.openConveyors()).isEmpty();
    }

    @Test
    void aConveyorThatIsOpenedBeforeTheCommitFailsWhenItIsClosed() {
        write("old");
        plan.on(StorageOperation.PWRITE).onKey("key").always().failWith(Kind.NO_SPACE, Retry.NEVER);

        assertThatThrownBy(() -> transaction.executeWithoutResult(status -> {
                    write("earlier", "content");
                    beforeCommit(() -> {
                        try (Conveyor conveyor = transactions.open(factory, "key")) {
                            conveyor.write(Bytes.buffer("new"));
                        } catch (IOException failure) {
                            throw new UncheckedIOException(failure);
                        }
                    });
                }))
                .isInstanceOf(UncheckedIOException.class);

        assertThat(manager.commits).isZero();
        assertThat(stored()).isEqualTo("old");
        assertThat(factory.openConveyors()).isEmpty();
    }

    @Test
    void whatIsOpenedBeforeTheCommitIsPublishedWithTheTransaction() {
        transaction.executeWithoutResult(status -> {
            write("first", "content");
            beforeCommit(() -> write("second", "content"));
        });

        assertThat(stored("first")).isEqualTo("content");
        assertThat(stored("second")).isEqualTo("content");
    }

    private static void beforeCommit(Runnable action) {
        TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
            @Override
            public void beforeCommit(boolean readOnly) {
                action.run();
            }
        });
    }

    private static void afterCommit(Runnable action) {
        TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
            @Override
            public void afterCommit() {
                action.run();
            }
        });
    }

    @Test
    void rollingBackToASavepointDropsWhatWasOpenedAfterIt() {
        transaction.executeWithoutResult(status -> {
            write("before", "content");
            Object savepoint = status.createSavepoint();
            write("after", "content");
            status.rollbackToSavepoint(savepoint);
            write("later", "content");
        });

        assertThat(stored("before")).isEqualTo("content");
        assertThat(stored("later")).isEqualTo("content");
        assertThat(memory.contains("after")).isFalse();
        assertThat(factory.openConveyors()).isEmpty();
    }

    @Test
    void aNestedTransactionThatRollsBackDropsItsObjectsAlone() {
        TransactionTemplate nested = new TransactionTemplate(manager);
        nested.setPropagationBehavior(TransactionDefinition.PROPAGATION_NESTED);

        transaction.executeWithoutResult(status -> {
            nested.executeWithoutResult(inner -> {
                write("dropped", "content");
                inner.setRollbackOnly();
            });
            write("outer", "content");
            nested.executeWithoutResult(inner -> write("inner", "content"));
        });

        assertThat(stored("outer")).isEqualTo("content");
        assertThat(stored("inner")).isEqualTo("content");
        assertThat(memory.contains("dropped")).isFalse();
    }

    @Test
    void withoutATransactionAnObjectIsPublishedThoughSpringSynchronizes() {
        TransactionTemplate supported = new TransactionTemplate(manager);
        supported.setPropagationBehavior(TransactionDefinition.PROPAGATION_SUPPORTS);

        assertThatThrownBy(() -> supported.executeWithoutResult(status -> {
                    write("content");
                    assertThat(stored()).isEqualTo("content");
                    throw new IllegalStateException("of the application");
                }))
                .hasMessage("of the application");

        assertThat(stored()).isEqualTo("content");
    }

    @Test
    void whatIsWrittenWhileTheTransactionIsSuspendedIsNotPartOfIt() {
        TransactionTemplate outside = new TransactionTemplate(manager);
        outside.setPropagationBehavior(TransactionDefinition.PROPAGATION_NOT_SUPPORTED);
        TransactionTemplate own = new TransactionTemplate(manager);
        own.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);

        transaction.executeWithoutResult(status -> {
            write("dropped", "content");
            outside.executeWithoutResult(none -> {
                write("audit", "content");
                assertThat(stored("audit")).isEqualTo("content");
            });
            own.executeWithoutResult(inner -> write("inner", "content"));
            assertThat(stored("inner")).isEqualTo("content");
            write("dropped, too", "content");
            status.setRollbackOnly();
        });

        assertThat(stored("audit")).isEqualTo("content");
        assertThat(memory.contains("dropped")).isFalse();
        assertThat(memory.contains("dropped, too")).isFalse();
        assertThat(factory.openConveyors()).isEmpty();
    }

    /** Transactions over nothing; what hangs on them is what the test is about. */
    private static final class NoResources extends AbstractPlatformTransactionManager {

        private static final long serialVersionUID = 1L;

        private int commits;

        NoResources() {
            setNestedTransactionAllowed(true);
        }

        @Override
        protected Object doGetTransaction() {
            return new Nothing();
        }

        @Override
        protected boolean isExistingTransaction(Object transaction) {
            return TransactionSynchronizationManager.isActualTransactionActive();
        }

        @Override
        protected void doBegin(Object transaction, TransactionDefinition definition) {}

        @Override
        protected Object doSuspend(Object transaction) {
            return transaction;
        }

        @Override
        protected void doResume(@Nullable Object transaction, Object suspended) {}

        @Override
        protected void doCommit(DefaultTransactionStatus status) {
            commits++;
        }

        @Override
        protected void doRollback(DefaultTransactionStatus status) {}
    }

    /** Savepoints over nothing. */
    private static final class Nothing implements SavepointManager {

        @Override
        public Object createSavepoint() {
            return new Object();
        }

        @Override
        public void rollbackToSavepoint(Object savepoint) {}

        @Override
        public void releaseSavepoint(Object savepoint) {}
    }
}
