package io.conveyor.core.write;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.core.log.CountedSegments;
import io.conveyor.core.log.WriteLog;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.Test;

/** A fault while a claim is being made changes nothing, and one while it waits to be made again delays it no longer than until that is cleared. */
class ClaimsTest {

    private static final WriteTraits TRAITS =
            new WriteTraits(2, false, false, false, false, false, false, false, 8, 32, 64, 10);

    private static WriteBehind writes(LongUnaryOperator preferredBytes) {
        return new WriteBehind(TRAITS, new WriteLog(new CountedSegments(16, 100)), 0, false, preferredBytes);
    }

    private static void accept(WriteBehind writes, String text, long offset) {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(ISO_8859_1));
        assertThat(writes.accept(bytes, 0, text.length(), offset)).isTrue();
        writes.drive(writes.accepted());
    }

    @Test
    void aHandleThatFailsToSayHowMuchItWantsIsAskedAgain() {
        AtomicBoolean breaks = new AtomicBoolean(true);
        WriteBehind writes = writes(offset -> {
            if (breaks.getAndSet(false)) {
                throw new IllegalStateException("for the test");
            }
            return 0;
        });
        accept(writes, "abc", 0);
        assertThatThrownBy(writes::next).isInstanceOf(IllegalStateException.class);

        assertThat(Objects.requireNonNull(writes.next()).length()).isEqualTo(3);
    }

    @Test
    void whatWaitsToBeMadeAgainWaitsNoLongerWhenAFailureIsCleared() {
        WriteBehind writes = writes(offset -> 0);
        accept(writes, "abc", 0);
        accept(writes, "def", 100);
        Claim waiting = Objects.requireNonNull(writes.next());
        Claim failing = Objects.requireNonNull(writes.next());
        writes.retryLater(waiting);
        writes.failed(failing, new IOException("no"));

        assertThat(writes.clear()).isTrue();

        assertThat(writes.next()).isSameAs(waiting);
        assertThat(writes.next()).isSameAs(failing);
    }
}
