package io.conveyor.core.journal;

import static io.conveyor.core.journal.JournalUnderTest.KEY;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.ConflictException;
import io.conveyor.ConflictResolution;
import io.conveyor.ConveyorFactory;
import io.conveyor.JournalInfo;
import io.conveyor.JournalInfo.State;
import io.conveyor.testkit.MemoryBackend;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A table that is of a later version, or whose header is damaged: what it claims must not be written before a person has decided, and nothing else is kept. */
@Timeout(60)
class UnreadableTablesTest {

    @TempDir
    private Path directory;

    private final MemoryBackend store = MemoryBackend.create();
    private JournalUnderTest live;
    private Remains remains;
    private String table;

    @BeforeEach
    void dieWithAJournal() throws IOException {
        live = JournalExample.accept(directory.resolve("live"), store.identity(), false, null, false);
        remains = new Remains(live, directory.resolve("journal"));
        table = remains.name(".table");
    }

    @AfterEach
    void end() throws IOException {
        live.close();
    }

    private byte[] version2() {
        return Remains.later(remains.file(table), 2, JournalLayout.TABLE_BYTES);
    }

    private static void requireBlocked(ConveyorFactory factory, String key, String id) {
        assertThatThrownBy(() -> factory.open(key, WRITE, CREATE))
                .isInstanceOf(ConflictException.class)
                .hasMessageContaining("journal " + id);
        assertThatThrownBy(() -> factory.delete(key)).isInstanceOf(ConflictException.class);
    }

    private static void requireFree(ConveyorFactory factory, String key) throws IOException {
        factory.open(key, WRITE, CREATE).close();
    }

    private void stored(String text) throws IOException {
        try (ConveyorFactory plain =
                io.conveyor.core.Conveyors.builder(store.another()).build()) {
            plain.write(KEY, draft -> draft.write(ByteBuffer.wrap(text.getBytes(UTF_8))));
        }
    }

    // ---------------------------------------------------------------- later versions

    @ParameterizedTest
    @ValueSource(ints = {4 << 10, 64 << 10, 100_000})
    void aLaterVersionKeepsItsKeyFromBeingWrittenHoweverLongItsTablesAre(int length) throws IOException {
        stored("as it was");
        byte[] later = Remains.later(remains.file(table), 0xFFFF, length);
        remains.leave(1, table, later);
        try (ConveyorFactory next = remains.next(store.another())) {
            assertThat(next.journals()).singleElement().satisfies(found -> {
                assertThat(found.state()).isEqualTo(State.CORRUPT);
                assertThat(found.key()).isEqualTo(KEY);
                assertThat(found.created()).isEqualTo("2026-01-02T03:04:05.678901234Z");
                assertThat(found.detail()).contains("version 65535", "a later version of Conveyor can read it");
            });
            requireBlocked(next, KEY, "123456789abcdef0");
            requireFree(next, "another");
            assertThat(Remains.read(next, KEY)).isEqualTo("as it was");
        }
        assertThat(remains.owner(1).resolve(table)).hasBinaryContent(later);
    }

    @Test
    void aLaterVersionIsOneJournalHoweverManyTablesItHas() throws IOException {
        remains.leave(1, "00000001.table", version2());
        remains.leave(1, "00000007.table", version2());
        try (ConveyorFactory next = remains.next(store.another())) {
            assertThat(next.journals()).hasSize(1);
        }
    }

    @Test
    void aLaterVersionThatSomebodyDiscardsIsGone() throws IOException {
        remains.leave(1, "00000001.table", version2());
        remains.leave(1, "00000007.table", version2());
        try (ConveyorFactory next = remains.next(store.another())) {
            String id = next.journals().get(0).id();
            assertThatThrownBy(() -> next.resolveJournal(id, ConflictResolution.REBASE))
                    .isInstanceOf(UnsupportedOperationException.class);
            next.resolveJournal(id, ConflictResolution.DISCARD);
            assertThat(next.journals()).isEmpty();
            requireFree(next, KEY);
        }
        assertThat(remains.owner(1)).doesNotExist();
    }

    private byte[] version2(long begun) {
        byte[] later = version2();
        ByteBuffer.wrap(later).order(java.nio.ByteOrder.LITTLE_ENDIAN).putLong(JournalLayout.BEGUN_AT, begun);
        Remains.seal(later);
        return later;
    }

    @Test
    void whatWasBegunBeforeALaterVersionOfTheSameKeyIsReplayed() throws IOException {
        stored(JournalExample.STORED);
        remains.leave(1);
        remains.leave(2, table, version2(Long.MAX_VALUE));
        try (ConveyorFactory next = remains.next(store.another())) {
            Remains.await(() -> next.journals().size() == 1);
            assertThat(Remains.read(next, KEY)).isEqualTo(JournalExample.replayed());
            requireBlocked(next, KEY, "123456789abcdef0");
        }
    }

    @Test
    void whatWasBegunAfterALaterVersionOfTheSameKeyWaitsForIt() throws IOException {
        remains.leave(1, table, version2(1));
        remains.leave(2);
        try (ConveyorFactory next = remains.next(store.another())) {
            assertThat(next.journals()).extracting(JournalInfo::state).containsExactly(State.CORRUPT, State.PENDING);
        }
    }

    @Test
    void aLaterVersionOfAnotherStoreBlocksNothing() throws IOException {
        byte[] others = version2();
        others[JournalLayout.STORE_AT] ^= 1;
        Remains.seal(others);
        remains.leave(1, table, others);
        try (ConveyorFactory next = remains.next(store.another())) {
            assertThat(next.journals()).isEmpty();
            requireFree(next, KEY);
        }
        assertThat(remains.owner(1).resolve(table)).hasBinaryContent(others);
        assertThat(remains.owner(1).resolve("owner.lock")).doesNotExist();
    }

    // ---------------------------------------------------------------- damaged headers

    @Test
    void aDamagedHeaderBlocksTheKeyThatItSeemsToNameAndNoOther() throws IOException {
        byte[] damaged = remains.file(table);
        damaged[JournalLayout.FLAGS_AT] ^= 4;
        remains.leave(1, table, damaged);
        try (ConveyorFactory next = remains.next(store.another())) {
            JournalInfo found = next.journals().get(0);
            assertThat(found.key()).isEqualTo(KEY);
            assertThat(found.state()).isEqualTo(State.CORRUPT);
            assertThat(found.detail()).isEqualTo(table + ": a table's header is damaged");
            requireBlocked(next, KEY, "unreadable-00000001-owner-0000000000000001");
            requireFree(next, "another");
            next.resolveJournal(found.id(), ConflictResolution.DISCARD);
            requireFree(next, KEY);
        }
        assertThat(remains.owner(1)).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(strings = {"too long", "empty", "no text", "no key", "cut off", "gone"})
    void aTableThatNamesNoKeyIsListedAndBlocksNothing(String how) throws IOException {
        byte[] damaged = remains.file(table);
        ByteBuffer view = ByteBuffer.wrap(damaged).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        switch (how) {
            case "too long" -> view.putShort(JournalLayout.KEY_LENGTH_AT, (short) 0xFFFF);
            case "empty" -> view.putShort(JournalLayout.KEY_LENGTH_AT, (short) 0);
            case "no text" -> view.put(JournalLayout.KEY_AT, (byte) 0xFF);
            case "no key" -> view.put(JournalLayout.KEY_AT, (byte) '/');
            default -> damaged = Arrays.copyOf(damaged, JournalLayout.HEADER_BYTES - 1);
        }
        remains.leave(1, table, damaged);
        if (how.equals("gone")) {
            Files.delete(remains.owner(1).resolve(table));
            Files.createDirectory(remains.owner(1).resolve(table));
        }
        try (ConveyorFactory next = remains.next(store.another())) {
            assertThat(next.journals())
                    .singleElement()
                    .satisfies(found -> assertThat(found.state()).isEqualTo(State.CORRUPT));
            requireFree(next, KEY);
            next.resolveJournal(next.journals().get(0).id(), ConflictResolution.DISCARD);
            assertThat(next.journals()).isEmpty();
        }
    }

    @Test
    void aHeaderThatIsWholeBlocksItsKeyThoughTheTableIsCutOff() throws IOException {
        remains.leave(1, table, Arrays.copyOf(remains.file(table), JournalLayout.HEADER_BYTES));
        try (ConveyorFactory next = remains.next(store.another())) {
            assertThat(next.journals().get(0).detail()).contains("4096 bytes instead of 65536");
            requireBlocked(next, KEY, "123456789abcdef0");
        }
    }

    @Test
    void aStateThatThereIsNotBlocksTheKey() throws IOException {
        byte[] damaged = remains.file(table);
        damaged[0] ^= 1;
        remains.leave(1, table, damaged);
        try (ConveyorFactory next = remains.next(store.another())) {
            assertThat(next.journals().get(0).detail()).contains("in no state that there is");
            requireBlocked(next, KEY, "123456789abcdef0");
        }
    }
}
