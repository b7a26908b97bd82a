package io.conveyor.core;

import static io.conveyor.ConveyorOpenOption.ATOMIC_REPLACE;
import static io.conveyor.testkit.StorageOperation.ABORT;
import static io.conveyor.testkit.StorageOperation.PWRITE;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorOutputStream;
import io.conveyor.IOConsumer;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import io.conveyor.WriteBehindException;
import io.conveyor.testkit.Bytes;
import io.conveyor.testkit.Concurrently;
import io.conveyor.testkit.Concurrently.Started;
import io.conveyor.testkit.Hold;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Writer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
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

    private void write(IOConsumer<? super Conveyor> body) throws IOException {
        one.factory().write(OneConveyor.KEY, body);
    }

    private String stored() {
        return new String(one.stored(), StandardCharsets.UTF_8);
    }

    // ------------------------------------------------------------------ dropped by the factory

    @Test
    void aFactoryThatDropsWhatABodyHasWrittenMakesItsWriteFail() {
        assertThatThrownBy(() -> write(out -> {
                    out.write(Bytes.buffer("new"));
                    one.factory().close();
                }))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("'object' cannot be published")
                .hasCauseInstanceOf(AsynchronousCloseException.class);

        assertThat(stored()).isEqualTo("old");
    }

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

    // ------------------------------------------------------------------ what a body does with its conveyor

    @Test
    void aBodyThatFailsPublishesNothingThoughItClosesTheChannelOnItsWayOut() {
        assertThatThrownBy(() -> write(out -> {
                    try (Writer writer = Channels.newWriter(out, StandardCharsets.UTF_8)) {
                        writer.write("half of it");
                        throw new IOException("the body failed");
                    }
                }))
                .hasMessage("the body failed");

        assertThat(stored()).isEqualTo("old");
        assertThat(one.factory().openConveyors()).isEmpty();
    }

    @Test
    void whatABodyHasClosedIsPublishedWhenItReturnsAndNotBefore() throws IOException {
        write(out -> {
            out.write(Bytes.buffer("new"));
            out.close();
            assertThat(stored()).as("inside the body").isEqualTo("old");
        });

        assertThat(stored()).isEqualTo("new");
        assertThat(one.factory().openConveyors()).isEmpty();
    }

    @Test
    void whatABodyHasClosedTakesNothingMore() throws IOException {
        write(out -> {
            out.write(Bytes.buffer("new"));
            out.close();
            out.close();
            assertThat(out.isOpen()).isFalse();
            assertThatThrownBy(() -> out.write(Bytes.buffer("more"))).isInstanceOf(ClosedChannelException.class);
            assertThatThrownBy(out::flush).isInstanceOf(ClosedChannelException.class);
        });

        assertThat(stored()).isEqualTo("new");
    }

    @Test
    void aConveyorThatABodyHasLeakedTakesNothingMoreAndUndoesNothing() throws IOException {
        List<Conveyor> leaked = new ArrayList<>();
        write(out -> {
            out.write(Bytes.buffer("new"));
            leaked.add(out);
        });

        assertThatThrownBy(() -> leaked.get(0).write(Bytes.buffer("more"))).isInstanceOf(ClosedChannelException.class);
        leaked.get(0).abort();

        assertThat(stored()).isEqualTo("new");
    }

    @Test
    void aBodyThatAbortsMakesItsWriteFail() {
        assertThatThrownBy(() -> write(out -> {
                    out.write(Bytes.buffer("new"));
                    out.abort();
                }))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("'object' cannot be published: it was aborted");

        assertThat(stored()).isEqualTo("old");
        assertThat(one.factory().openConveyors()).isEmpty();
    }

    @Test
    void aBodyMayAbortWhatItHasClosed() {
        assertThatThrownBy(() -> write(out -> {
                    out.write(Bytes.buffer("half of it"));
                    out.close();
                    out.abort();
                }))
                .hasMessageContaining("it was aborted");

        assertThat(stored()).isEqualTo("old");
    }

    @Test
    void aBodyThatAbortsItsStreamMakesItsWriteFail() {
        assertThatThrownBy(() -> write(out -> {
                    ConveyorOutputStream stream = out.newOutputStream();
                    stream.write(Bytes.of("half of it"));
                    stream.abort();
                }))
                .hasMessageContaining("it was aborted");

        assertThat(stored()).isEqualTo("old");
    }

    @Test
    void aDraftThatSomebodyElseHasAbortedMakesItsWriteFail() {
        assertThatThrownBy(() -> write(out -> {
                    out.write(Bytes.buffer("new"));
                    one.factory().openConveyors().get(0).abort();
                }))
                .hasMessageContaining("'object' cannot be published");

        assertThat(stored()).isEqualTo("old");
    }

    @Test
    void whatStorageDoesNotTakeMakesTheWriteFailThoughTheBodyHasClosed() {
        one.plan.on(PWRITE).always().failWith(Kind.NO_SPACE, Retry.NEVER);

        assertThatThrownBy(() -> write(out -> {
                    out.write(Bytes.buffer("new"));
                    out.close();
                }))
                .isInstanceOf(WriteBehindException.class);

        assertThat(stored()).isEqualTo("old");
    }
}
