package io.conveyor.core;

import static io.conveyor.ConveyorOpenOption.ATOMIC_REPLACE;
import static io.conveyor.testkit.StorageOperation.ABORT;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.conveyor.Conveyor;
import io.conveyor.testkit.Bytes;
import io.conveyor.testkit.Concurrently;
import io.conveyor.testkit.Concurrently.Started;
import io.conveyor.testkit.Hold;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.AsynchronousCloseException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** An object that is replaced as a whole is the new one when its writer has been told so, and the old one when he has not. */
class ReplacementTest {

    @RegisterExtension
    final OneConveyor one = new OneConveyor();

    @BeforeEach
    void storesAnOldVersion() {
        one.memory.put(OneConveyor.KEY, Bytes.of("old"));
    }

    private String stored() {
        return new String(one.stored(), StandardCharsets.UTF_8);
    }

    // ------------------------------------------------------------------ dropped by the factory

    @Test
    void aDraftThatItsFactoryHasDroppedSaysSoOnceWhenItIsClosed() throws IOException {
        Conveyor draft = one.open(WRITE, ATOMIC_REPLACE);
        draft.write(Bytes.buffer("new"));
        one.factory().close();

        assertThatThrownBy(draft::close).isInstanceOf(AsynchronousCloseException.class);
        draft.close();

        assertThat(stored()).isEqualTo("old");
    }

    @Test
    void aStreamWhoseDraftTheFactoryHasDroppedSaysSoWhenItIsClosed() throws IOException {
        OutputStream out = one.factory().newOutputStream(OneConveyor.KEY, CREATE, ATOMIC_REPLACE);
        out.write(Bytes.of("new"));
        one.factory().close();

        assertThatThrownBy(out::close).isInstanceOf(AsynchronousCloseException.class);
        out.close();

        assertThat(stored()).isEqualTo("old");
    }

    @Test
    void aCloseThatComesWhileTheFactoryDropsTheDraftWaitsAndSaysSo() throws Exception {
        Conveyor draft = one.open(WRITE, ATOMIC_REPLACE);
        draft.write(Bytes.buffer("new"));
        Hold hold = one.plan.hold(ABORT);
        Started<Boolean> dropping = one.start(one.factory()::close);
        hold.awaitHeld();
        Started<Throwable> closing = Concurrently.start(() -> catchThrowable(draft::close));
        closing.awaitWaiting();
        hold.release();

        assertThat(closing.result()).isInstanceOf(AsynchronousCloseException.class);
        dropping.result();
        assertThat(stored()).isEqualTo("old");
    }

    @Test
    void aDraftThatItsOwnerDropsTooSaysNothing() throws IOException {
        Conveyor draft = one.open(WRITE, ATOMIC_REPLACE);
        draft.write(Bytes.buffer("new"));
        one.factory().close();

        draft.abort();
        draft.close();

        assertThat(stored()).isEqualTo("old");
    }

    @Test
    void aConveyorThatItsOwnerHasEndedSaysNothingWhenItIsClosedAgain() throws IOException {
        Conveyor published = one.open(WRITE, ATOMIC_REPLACE);
        published.write(Bytes.buffer("new"));
        published.close();
        Conveyor aborted = one.open(WRITE, ATOMIC_REPLACE);
        aborted.write(Bytes.buffer("newer"));
        aborted.abort();
        Conveyor written = one.factory().open("other", WRITE, CREATE);
        written.write(Bytes.buffer("kept"));
        one.factory().close();

        for (Conveyor each : List.of(published, aborted, written)) {
            each.close();
        }

        assertThat(stored()).isEqualTo("new");
        assertThat(one.memory.snapshot("other")).isEqualTo(Bytes.of("kept"));
    }
}
