package io.conveyor.core;

import static io.conveyor.testkit.StorageOperation.PREAD;
import static io.conveyor.testkit.StorageOperation.PWRITE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.Conveyor;
import io.conveyor.StorageException;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import io.conveyor.testkit.Bytes;
import io.conveyor.testkit.Hold;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A read that fails has moved nothing, however far it has come. */
class FailedReadsTest {

    /** As much as a read takes from memory before others get their turn. */
    private static final int PENDING = 1 << 20;

    @RegisterExtension
    final OneConveyor one = new OneConveyor();

    @Test
    void aReadThatFailsAfterItsFirstPieceMovesNeitherThePositionNorTheCursor() throws Exception {
        one.memory.put(OneConveyor.KEY, Bytes.at(0, 2 * PENDING, 1));
        Conveyor conveyor = one.open(READ, WRITE);
        Hold hold = one.plan.hold(PWRITE);
        conveyor.write(Bytes.buffer(0, PENDING, 2), 0);
        one.plan.on(PREAD).always().failWith(Kind.IO, Retry.NEVER);
        ByteBuffer dst = ByteBuffer.allocate(7 + 2 * PENDING).position(7);

        assertThatThrownBy(() -> conveyor.read(dst)).isInstanceOf(StorageException.class);

        assertThat(dst.position()).isEqualTo(7);
        assertThat(conveyor.position()).isZero();
        assertThatThrownBy(() -> conveyor.read(dst, 0)).isInstanceOf(StorageException.class);
        assertThat(dst.position()).isEqualTo(7);
        hold.release();
    }
}
