package io.conveyor.core.journal;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

/** What a handle tells its successor, in the slots of a table. */
class ResumptionTest {

    private static final long IDENTITY = 0x0123456789ABCDEFL;

    private final ByteBuffer table =
            ByteBuffer.allocateDirect(JournalLayout.HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);

    private String found() {
        return new String(Resumption.decode(table, IDENTITY).token(), UTF_8);
    }

    @Test
    void thereIsNoneAtFirst() {
        Resumption.NONE.encode(table, IDENTITY);
        assertThat(found()).isEmpty();
    }

    @Test
    void theLastOneCounts() {
        Resumption now = Resumption.NONE;
        for (int i = 0; i < 5; i++) {
            now = now.then(("token " + i).getBytes(UTF_8));
            now.encode(table, IDENTITY);
            assertThat(found()).isEqualTo("token " + i);
        }
    }

    @Test
    void anEmptyOneTakesTheLastOneBack() {
        Resumption first = Resumption.NONE.then("token".getBytes(UTF_8));
        first.encode(table, IDENTITY);
        first.then(new byte[0]).encode(table, IDENTITY);
        assertThat(found()).isEmpty();
    }

    @Test
    void theLongestOneFitsAndALongerOneIsNotKept() {
        Resumption longest = Resumption.NONE.then(new byte[Resumption.MOST_BYTES]);
        longest.encode(table, IDENTITY);
        assertThat(found()).hasSize(Resumption.MOST_BYTES);
        longest.then(new byte[Resumption.MOST_BYTES + 1]).encode(table, IDENTITY);
        assertThat(found()).isEmpty();
        assertThat(Resumption.MOST_BYTES).isEqualTo(io.conveyor.spi.ResumeToken.MOST_BYTES);
        assertThat(JournalLayout.RESUME_B_AT + JournalLayout.RESUME_BYTES)
                .isLessThanOrEqualTo(JournalLayout.HEADER_BYTES);
    }

    @Test
    void oneThatIsDamagedAnywhereCountsAsNone() {
        Resumption first = Resumption.NONE.then("a token".getBytes(UTF_8));
        first.encode(table, IDENTITY);
        int from = Resumption.slotAt(first.sequence());
        for (int bit = 0; bit < 8 * (16 + first.token().length); bit++) {
            int at = from + bit / 8;
            byte whole = table.get(at);
            table.put(at, (byte) (whole ^ 1 << bit % 8));
            assertThat(found()).as("bit %s", bit).isEmpty();
            table.put(at, whole);
        }
        assertThat(found()).isEqualTo("a token");
    }

    @Test
    void oneOfAnotherConveyorCountsAsNone() {
        Resumption.NONE.then("token".getBytes(UTF_8)).encode(table, IDENTITY + 1);
        assertThat(found()).isEmpty();
    }
}
