package io.conveyor.spring.transaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.ConveyorOptions;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.AbstractPlatformTransactionManager;
import org.springframework.transaction.support.DefaultTransactionStatus;
import org.springframework.transaction.support.TransactionTemplate;

@Timeout(60)
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
        try {
            transactions.write(factory, "key", out -> out.write(Bytes.buffer(content)));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private String stored() {
        return new String(memory.snapshot("key"), StandardCharsets.UTF_8);
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

    /** Transactions over nothing; what hangs on them is what the test is about. */
    private static final class NoResources extends AbstractPlatformTransactionManager {

        private static final long serialVersionUID = 1L;

        private int commits;

        @Override
        protected Object doGetTransaction() {
            return new Object();
        }

        @Override
        protected void doBegin(Object transaction, TransactionDefinition definition) {}

        @Override
        protected void doCommit(DefaultTransactionStatus status) {
            commits++;
        }

        @Override
        protected void doRollback(DefaultTransactionStatus status) {}
    }
}
