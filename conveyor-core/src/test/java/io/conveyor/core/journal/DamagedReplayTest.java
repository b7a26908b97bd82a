package io.conveyor.core.journal;

import static io.conveyor.core.journal.JournalUnderTest.KEY;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.ConflictException;
import io.conveyor.ConveyorFactory;
import io.conveyor.JournalInfo;
import io.conveyor.JournalInfo.State;
import io.conveyor.core.PublishingStore;
import io.conveyor.testkit.MemoryBackend;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A small journal, damaged at every byte that it uses, and recovered by a factory: each time the object holds in the end what was accepted, or is as it was,
 * and the journal is called corrupt. ({@link DamagedJournalTest} goes through all bits, and the rest of the files, without a factory.)
 */
class DamagedReplayTest {

    @TempDir
    private Path directory;

    private MemoryBackend store = MemoryBackend.create();
    private JournalUnderTest live;
    private Remains remains;
    private long deaths;
    private int corrupt;
    private int replayed;

    @BeforeEach
    void dieWithAJournal() throws IOException {
        dieWithAJournal(false);
    }

    private void dieWithAJournal(boolean publishing) throws IOException {
        store = publishing ? MemoryBackend.withCapabilities(PublishingStore.CAPABILITIES) : MemoryBackend.create();
        store.put(KEY, JournalExample.STORED.getBytes(UTF_8));
        String version = publishing ? store.attributes(KEY).version() : null;
        live = JournalExample.accept(directory.resolve("live"), store.identity(), false, version, false);
        remains = new Remains(live, directory.resolve("journal"));
    }

    @AfterEach
    void end() throws IOException {
        live.close();
    }

    @Test
    void everyFlippedByteThatIsUsedEndsInADefinedResult() throws IOException {
        for (String name : List.of(remains.name(".table"), remains.name(".segment"))) {
            int length = remains.file(name).length;
            for (int at = 0; at < length; at++) {
                if (isUsed(name, at)) {
                    requireDefinedResult(name, flipped(remains.file(name), at), at);
                }
            }
        }
        assertThat(corrupt).isGreaterThan(400);
        // the slots that do not count, and what is reserved and not committed
        assertThat(replayed).isGreaterThan(50);
    }

    @Test
    void everyFlippedByteOfWhatItBuildsOnEndsInADefinedResult() throws IOException {
        live.close();
        dieWithAJournal(true);
        for (int at = JournalLayout.SLOT_A_AT; at < JournalLayout.SLOT_B_AT + 64; at++) {
            requireDefinedResult(remains.name(".table"), flipped(remains.file(remains.name(".table")), at), at);
        }
        assertThat(corrupt).isZero();
    }

    private static byte[] flipped(byte[] whole, int at) {
        whole[at] ^= (byte) (1 << at % 8);
        return whole;
    }

    @Test
    void aLengthThatLosesAByteThatIsUsedIsCorrupt() throws IOException {
        for (String name : remains.names()) {
            byte[] whole = remains.file(name);
            for (int length = 0; length < whole.length; length += name.endsWith(".table") ? 8 : 1) {
                if (isUsed(name, length)) {
                    requireDefinedResult(name, Arrays.copyOf(whole, length), length);
                }
            }
        }
        assertThat(replayed).isZero();
    }

    private void requireDefinedResult(String name, byte[] damaged, int at) throws IOException {
        String what = name + " at " + at;
        long death = ++deaths;
        String version = store.attributes(KEY).version();
        remains.leave(death);
        remains.leave(death, name, damaged);
        boolean done;
        try (ConveyorFactory next = remains.next(store.another())) {
            List<JournalInfo> left = Remains.settled(next);
            done = left.isEmpty();
            if (done) {
                replayed++;
                assertThat(Remains.read(next, KEY)).as(what).isEqualTo(JournalExample.replayed());
            } else {
                corrupt++;
                assertThat(left).as(what).allMatch(each -> each.state() == State.CORRUPT);
                assertThat(Remains.read(next, KEY)).as(what).isEqualTo(JournalExample.STORED);
                assertThat(store.attributes(KEY).version()).as(what).isEqualTo(version);
                if (left.stream().anyMatch(each -> each.key().equals(KEY))) {
                    assertThatThrownBy(() -> next.open(KEY, WRITE)).isInstanceOf(ConflictException.class);
                }
            }
        }
        remains.clear(death);
        if (done && store.capabilities().atomicCommit()) {
            // the version that it builds on has gone
            live.close();
            dieWithAJournal(true);
        } else if (done) {
            store.put(KEY, JournalExample.STORED.getBytes(UTF_8));
        }
    }

    /** Whether a byte means something: all but the zeros behind what the example has written. */
    private static boolean isUsed(String name, int at) {
        if (name.endsWith(".segment")) {
            return at < 33;
        }
        return at < JournalLayout.SYNCED_AT + 8
                || (at >= JournalLayout.SLOT_A_AT && at < JournalLayout.SLOT_B_AT + 64)
                || (at >= JournalLayout.KEY_AT && at < JournalLayout.KEY_AT + KEY.length())
                || (at >= JournalLayout.STORE_AT && at < JournalLayout.STORE_AT + 24)
                || (at >= JournalLayout.HEADER_BYTES && at < JournalLayout.entryAt(7));
    }
}
