package io.conveyor.core;

import static io.conveyor.testkit.StorageOperation.COMMIT;
import static io.conveyor.testkit.StorageOperation.FLUSH;
import static io.conveyor.testkit.StorageOperation.OPEN;
import static io.conveyor.testkit.StorageOperation.PWRITE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.BackPressureTimeoutException;
import io.conveyor.ConflictException;
import io.conveyor.ConflictResolution;
import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.ConveyorOpenOption;
import io.conveyor.ConveyorOptions;
import io.conveyor.JournalInfo;
import io.conveyor.JournalInfo.State;
import io.conveyor.JournalOptions;
import io.conveyor.StorageException;
import io.conveyor.WriteBehindException;
import io.conveyor.core.worker.FullHeap;
import io.conveyor.core.worker.ScarceThreads;
import io.conveyor.spi.StorageBackend;
import io.conveyor.spi.StorageCapabilities;
import io.conveyor.spi.StorageCapabilities.SyncEffect;
import io.conveyor.spi.TimeSource;
import io.conveyor.testkit.Concurrently;
import io.conveyor.testkit.Concurrently.Started;
import io.conveyor.testkit.FaultInjectingBackend;
import io.conveyor.testkit.FaultPlan;
import io.conveyor.testkit.Hold;
import io.conveyor.testkit.ManualClock;
import io.conveyor.testkit.MemoryBackend;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the journal promises, but for what only a killed process shows. A process that dies is played by a copy of its journal's files: what is mapped is in them
 * at once.
 */
@Timeout(60)
class JournalTest {

    private static final ConveyorOptions SEVERAL =
            ConveyorOptions.builder().allowSeveralWriters(true).build();

    @TempDir
    private Path directory;

    private final FaultPlan plan = FaultPlan.create();
    private final AtomicInteger copies = new AtomicInteger();
    private final List<ConveyorFactory> factories = new ArrayList<>();
    private MemoryBackend store = MemoryBackend.withCapabilities(PublishingStore.CAPABILITIES);

    @AfterEach
    void close() {
        plan.clear();
        for (ConveyorFactory factory : factories) {
            try {
                factory.close();
            } catch (IOException whatTheTestWanted) {
                // it has been looked at, or belongs to a process that is dead
            }
        }
    }

    private Path journal() {
        return directory.resolve("journal");
    }

    private ConveyorFactory factory(StorageBackend backend, JournalOptions options) {
        ConveyorFactory factory = Conveyors.builder(backend)
                .memoryBudget(4 << 20)
                .options(ConveyorOptions.builder()
                        .writeTimeout(Duration.ofMillis(50))
                        .retryAttempts(1)
                        .build())
                .journal(options)
                .build();
        factories.add(factory);
        return factory;
    }

    private ConveyorFactory living() {
        return factory(
                FaultInjectingBackend.over(store.another(), plan),
                JournalOptions.builder(journal()).build());
    }

    /** A factory in the next process, after the living one was killed at this moment. */
    private ConveyorFactory afterItsDeath() throws IOException {
        return afterItsDeath(store.another());
    }

    private ConveyorFactory afterItsDeath(StorageBackend backend) throws IOException {
        return factory(backend, JournalOptions.builder(remains()).build());
    }

    /** A copy of the files as they are. */
    private Path remains() throws IOException {
        return JournalRemains.copy(journal(), directory.resolve("remains-" + copies.incrementAndGet()));
    }

    private static void write(Conveyor conveyor, String text, long position) throws IOException {
        conveyor.write(ByteBuffer.wrap(text.getBytes(UTF_8)), position);
    }

    private static String read(ConveyorFactory factory, String key) throws IOException {
        try (Conveyor conveyor = factory.open(key)) {
            ByteBuffer content = ByteBuffer.allocate((int) conveyor.size());
            conveyor.read(content);
            return new String(content.array(), UTF_8);
        }
    }

    private void stored(String key, String text) throws IOException {
        try (ConveyorFactory plain = Conveyors.builder(store.another()).build()) {
            plain.write(key, draft -> draft.write(ByteBuffer.wrap(text.getBytes(UTF_8))));
        }
    }

    private static JournalInfo only(ConveyorFactory factory) {
        assertThat(factory.journals()).hasSize(1);
        return factory.journals().get(0);
    }

    // ---------------------------------------------------------------- replay

    @Test
    void whatWasAcceptedIsPublishedByTheNextProcess() throws IOException {
        stored("key", "0123456789");
        Conveyor conveyor = living().open("key", WRITE);
        write(conveyor, "abc", 3);
        conveyor.truncate(8);
        write(conveyor, "Z", 9);
        ConveyorFactory next = afterItsDeath();
        assertThat(read(next, "key")).isEqualTo("012abc67\0Z");
        assertThat(next.journals()).isEmpty();
    }

    @Test
    void aNewObjectComesIntoBeingByReplay() throws IOException {
        write(living().open("new", WRITE, CREATE), "text", 2);
        assertThat(read(afterItsDeath(), "new")).isEqualTo("\0\0text");
    }

    @Test
    void whatWasPublishedBeforeIsNotPublishedAgain() throws IOException {
        Conveyor conveyor = living().open("key", WRITE, CREATE);
        write(conveyor, "before", 0);
        conveyor.flush();
        String version = store.attributes("key").version();
        ConveyorFactory next = afterItsDeath();
        assertThat(read(next, "key")).isEqualTo("before");
        assertThat(store.attributes("key").version()).isEqualTo(version);
    }

    @Test
    void whatCameAfterAPublicationIsReplayedOntoIt() throws IOException {
        Conveyor conveyor = living().open("key", WRITE, CREATE);
        write(conveyor, "before", 0);
        conveyor.flush();
        write(conveyor, "AFTER", 3);
        assertThat(read(afterItsDeath(), "key")).isEqualTo("befAFTER");
    }

    @Test
    void whatATableHeldBeforeDoesNotCountWhenItIsUsedAgain() throws IOException {
        Conveyor conveyor = living().open("key", WRITE, CREATE);
        for (int i = 0; i < 20; i++) {
            write(conveyor, "many", 6L * i);
        }
        conveyor.flush();
        write(conveyor, "few", 0);
        assertThat(read(afterItsDeath(), "key")).startsWith("fewy\0\0many").hasSize(19 * 6 + 4);
    }

    @Test
    void aTruncatingOpenIsRepeatedByReplay() throws IOException {
        stored("key", "a long old text");
        Conveyor conveyor = living().open("key", WRITE, TRUNCATE_EXISTING);
        write(conveyor, "new", 0);
        assertThat(read(afterItsDeath(), "key")).isEqualTo("new");
    }

    private ConveyorFactory surviving(StorageBackend backend, Path journal) {
        return factory(
                backend,
                JournalOptions.builder(journal)
                        .sync(JournalOptions.Sync.EVERY_WRITE)
                        .build());
    }

    @Test
    void aTruncatingOpenIsRepeatedAfterALossOfPower() throws IOException {
        store = MemoryBackend.create();
        stored("key", "a long old text");
        ConveyorFactory living = surviving(FaultInjectingBackend.over(store.another(), plan), journal());
        write(living.open("key", WRITE, TRUNCATE_EXISTING), "new", 0);
        Path journal = remains();
        // the power goes off, and with it what nobody has synced: the cut
        store = MemoryBackend.create();
        stored("key", "a long old text");
        assertThat(read(surviving(store.another(), journal), "key")).isEqualTo("new");
    }

    @Test
    void whatIsDurableSinceATruncatingOpenIsNotCutOffAfterALossOfPower() throws IOException {
        store = MemoryBackend.create();
        requireNothingDurableIsCutOff();
    }

    @Test
    void whatIsDurableWhenItIsWrittenIsNotCutOffAfterALossOfPower() throws IOException {
        store = MemoryBackend.withCapabilities(
                StorageCapabilities.builder().syncEffect(SyncEffect.NONE).build());
        requireNothingDurableIsCutOff();
    }

    private void requireNothingDurableIsCutOff() throws IOException {
        stored("key", "a long old text");
        ConveyorFactory living = surviving(FaultInjectingBackend.over(store.another(), plan), journal());
        Conveyor conveyor = living.open("key", WRITE, TRUNCATE_EXISTING);
        write(conveyor, "durable", 0);
        conveyor.sync();
        write(conveyor, ", more", 7);
        assertThat(read(surviving(store.another(), remains()), "key")).isEqualTo("durable, more");
    }

    @Test
    void replayingTwiceIsAsGoodAsOnce() throws IOException {
        stored("key", "0123456789");
        Conveyor conveyor = living().open("key", WRITE);
        write(conveyor, "abc", 3);
        conveyor.truncate(5);
        write(conveyor, "Z", 6);
        Path copy = remains();
        assertThat(read(afterItsDeath(), "key")).isEqualTo("012ab\0Z");
        // the copy knows nothing of that replay but for what it would have noted itself
        ConveyorFactory again =
                factory(store.another(), JournalOptions.builder(copy).build());
        assertThat(again.journals()).allMatch(journal -> journal.state() != State.CORRUPT);
        if (!again.journals().isEmpty()) {
            awaitState(again, State.CONFLICT);
            again.resolveJournal(only(again).id(), ConflictResolution.REBASE);
        }
        assertThat(read(again, "key")).isEqualTo("012ab\0Z");
    }

    @Test
    void aPublicationThatWasNotAcknowledgedIsRecognised() throws IOException {
        stored("key", "0123456789");
        plan.on(FLUSH).next().loseTheAnswer();
        Conveyor conveyor = living().open("key", WRITE);
        write(conveyor, "abc", 3);
        assertThatThrownBy(conveyor::flush).isInstanceOf(WriteBehindException.class);
        assertThat(read(Conveyors.builder(store.another()).build(), "key")).isEqualTo("012abc6789");
        ConveyorFactory next = afterItsDeath();
        assertThat(read(next, "key")).isEqualTo("012abc6789");
        assertThat(next.journals()).isEmpty();
    }

    @Test
    void aPublicationOfATruncatingOpenThatWasNotAcknowledgedIsRecognised() throws IOException {
        stored("key", "a long old text");
        plan.on(FLUSH).next().loseTheAnswer();
        Conveyor conveyor = living().open("key", WRITE, TRUNCATE_EXISTING);
        write(conveyor, "new", 0);
        assertThatThrownBy(conveyor::flush).isInstanceOf(WriteBehindException.class);
        ConveyorFactory next = afterItsDeath();
        assertThat(read(next, "key")).isEqualTo("new");
        assertThat(next.journals()).isEmpty();
    }

    /** What was written is one byte, and that one is there. */
    @Test
    void anOldObjectIsNotTakenForWhatWasToBePublishedBecauseItLooksLikeThat() throws IOException {
        stored("key", "a long old text\0");
        plan.on(FLUSH).next().loseTheRequest();
        Conveyor conveyor = living().open("key", WRITE, TRUNCATE_EXISTING);
        write(conveyor, "\0", 15);
        assertThatThrownBy(conveyor::flush).isInstanceOf(WriteBehindException.class);
        assertThat(read(afterItsDeath(), "key")).isEqualTo("\0".repeat(16));
    }

    @Test
    void anOldObjectIsNotTakenForTheReplacementThatLooksLikeIt() throws IOException {
        stored("key", "a long old text\0");
        plan.on(COMMIT).next().loseTheRequest();
        assertThatThrownBy(() -> living().write("key", draft -> write(draft, "\0", 15)))
                .isInstanceOf(IOException.class);
        assertThat(read(afterItsDeath(), "key")).isEqualTo("\0".repeat(16));
    }

    @Test
    void aPublicationThatWasNotAcknowledgedIsRecognisedThoughTheWriteItEndsWithWentOn() throws Exception {
        stored("key", "0123456789");
        Hold published = plan.on(FLUSH).next().holdAfterwards();
        Conveyor conveyor = living().open("key", WRITE);
        write(conveyor, "abc", 3);
        Concurrently.Started<Boolean> flush = Concurrently.start(() -> {
            conveyor.flush();
            return true;
        });
        published.awaitHeld(1);
        write(conveyor, "def", 6);
        assertThat(read(Conveyors.builder(store.another()).build(), "key")).isEqualTo("012abc6789");
        ConveyorFactory next = afterItsDeath();
        assertThat(read(next, "key")).isEqualTo("012abcdef9");
        assertThat(next.journals()).isEmpty();
        published.release();
        assertThat(flush.result()).isTrue();
    }

    @Test
    void aPublicationThatWasNotAcknowledgedAndIsOverwrittenIsAConflictOfUnknownOutcome() throws IOException {
        stored("key", "0123456789");
        plan.on(FLUSH).next().loseTheAnswer();
        Conveyor conveyor = living().open("key", WRITE);
        write(conveyor, "abc", 3);
        assertThatThrownBy(conveyor::flush).isInstanceOf(WriteBehindException.class);
        stored("key", "THEIRS....");
        ConveyorFactory next = afterItsDeath();
        awaitState(next, State.CONFLICT);
        assertThatThrownBy(() -> next.open("key", WRITE))
                .isInstanceOfSatisfying(
                        ConflictException.class,
                        conflict -> assertThat(conflict.outcomeUnknown()).isTrue());
    }

    @Test
    void aPublicationThatDidNotHappenIsMade() throws IOException {
        stored("key", "0123456789");
        plan.on(FLUSH).next().loseTheRequest();
        Conveyor conveyor = living().open("key", WRITE);
        write(conveyor, "abc", 3);
        assertThatThrownBy(conveyor::flush).isInstanceOf(WriteBehindException.class);
        assertThat(read(afterItsDeath(), "key")).isEqualTo("012abc6789");
    }

    @Test
    void openingWaitsUntilTheKeysJournalIsReplayed() throws Exception {
        write(living().open("key", WRITE, CREATE), "text", 0);
        FaultPlan slow = FaultPlan.create();
        Hold hold = slow.hold(FLUSH);
        ConveyorFactory next = afterItsDeath(FaultInjectingBackend.over(store.another(), slow));
        hold.awaitHeld(1);
        assertThat(only(next).state()).isEqualTo(State.REPLAYING);
        ConveyorOptions hasty =
                ConveyorOptions.builder().flushTimeout(Duration.ofMillis(1)).build();
        assertThatThrownBy(() -> next.open("key", hasty, READ))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("still being replayed");
        assertThat(next.exists("another key")).isFalse();
        hold.release();
        assertThat(read(next, "key")).isEqualTo("text");
    }

    @Test
    void storageThatRefusesOnceIsTriedAgainWhileAnOpenWaits() throws IOException {
        write(living().open("key", WRITE, CREATE), "text", 0);
        FaultPlan failing = FaultPlan.create();
        failing.on(FLUSH).next(2).failWith(StorageException.Kind.IO, StorageException.Retry.NEVER);
        ConveyorFactory next = afterItsDeath(FaultInjectingBackend.over(store.another(), failing));
        assertThat(read(next, "key")).isEqualTo("text");
        assertThat(next.journals()).isEmpty();
    }

    @Test
    void storageThatRefusesIsTriedAgainAtTheNextWritingOpen() throws IOException {
        FaultPlan failing = FaultPlan.create();
        ConveyorFactory next = refusing(failing);
        assertThatThrownBy(() -> next.open("key", WRITE))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("FAILED");
        failing.clear();
        next.open("key", WRITE).close();
        assertThat(next.journals()).isEmpty();
        assertThat(read(next, "key")).isEqualTo("text");
    }

    @Test
    void aReplayThatNoThreadCanBeHadForIsMadeWhenThereIsOne() throws Exception {
        FaultPlan failing = FaultPlan.create();
        ScarceThreads threads = new ScarceThreads();
        write(living().open("key", WRITE, CREATE), "text", 0);
        failing.on(FLUSH).always().failWith(StorageException.Kind.UNAVAILABLE, StorageException.Retry.NEVER);
        ConveyorFactory next = Conveyors.builder(FaultInjectingBackend.over(store.another(), failing))
                .threads(threads)
                .name("scarce")
                .journal(JournalOptions.builder(remains()).build())
                .build();
        factories.add(next);
        awaitState(next, State.FAILED);
        Concurrently.await(
                "nothing is replayed",
                () -> Thread.getAllStackTraces().keySet().stream()
                        .noneMatch(thread -> thread.getName().equals("conveyor-scarce-recovery")));
        failing.clear();
        threads.none(true);
        Started<Boolean> open = Concurrently.start(() -> {
            next.open("key", WRITE).close();
            return true;
        });
        int before = threads.refusals();
        Concurrently.await("it is tried again and again", () -> threads.refusals() > before + 3);
        threads.none(false);

        assertThat(open.result()).isTrue();
        assertThat(next.journals()).isEmpty();
        assertThat(read(next, "key")).isEqualTo("text");
    }

    @Test
    void aReplayThatIsBrokenOffForWantOfMemoryIsBegunAgain() throws Exception {
        FullHeap heap = new FullHeap(TimeSource.system());
        write(living().open("key", WRITE, CREATE), "text", 0);
        heap.onceIn("JournalRecovery.next");
        ConveyorFactory next = Conveyors.builder(store.another())
                .timeSource(heap)
                .journal(JournalOptions.builder(remains()).build())
                .build();
        factories.add(next);

        assertThat(read(next, "key")).isEqualTo("text");
        assertThat(heap.hasFailed()).isTrue();
    }

    @Test
    void storageThatRefusesForLongIsTriedAgainThoughNobodyAsks() throws IOException {
        FaultPlan failing = FaultPlan.create();
        ConveyorFactory next = refusing(failing);
        failing.clear();
        awaitAllReplayed(next);
        assertThat(read(next, "key")).isEqualTo("text");
    }

    @Test
    void whatStorageRefusesOfAReplayIsKeptByItsJournal() throws IOException {
        FaultPlan failing = FaultPlan.create();

        ConveyorFactory next = refusing(failing);

        assertThat(only(next).detail()).contains("4 bytes that are not in storage (4 of them retained)");
        failing.clear();
        awaitAllReplayed(next);
    }

    /** A factory whose storage refuses what a dead process has left, until the plan is cleared. */
    private ConveyorFactory refusing(FaultPlan failing) throws IOException {
        write(living().open("key", WRITE, CREATE), "text", 0);
        failing.on(FLUSH).always().failWith(StorageException.Kind.UNAVAILABLE, StorageException.Retry.NEVER);
        ConveyorFactory next = afterItsDeath(FaultInjectingBackend.over(store.another(), failing));
        awaitState(next, State.FAILED);
        return next;
    }

    private static void awaitAllReplayed(ConveyorFactory factory) {
        while (!factory.journals().isEmpty()) {
            Thread.onSpinWait();
        }
    }

    /** A factory of which nothing has reached storage, with two conveyors on "key": the older has written "older", the later "LATER" at 2. */
    private ConveyorFactory twoWritersOfOneKey() throws IOException {
        store = MemoryBackend.create();
        plan.hold(PWRITE);
        ConveyorFactory living = living();
        write(living.open("key", SEVERAL, WRITE, CREATE), "older", 0);
        write(living.open("key", SEVERAL, WRITE), "LATER", 2);
        return living;
    }

    @Test
    void aJournalThatStorageRefusesIsNotOvertakenByALaterOneOfItsKey() throws IOException {
        write(twoWritersOfOneKey().open("another", WRITE, CREATE), "another", 0);
        FaultPlan failing = FaultPlan.create();
        failing.on(PWRITE)
                .onKey("key")
                .always()
                .failWith(StorageException.Kind.UNAVAILABLE, StorageException.Retry.NEVER);
        ConveyorFactory next = afterItsDeath(FaultInjectingBackend.over(store.another(), failing));
        awaitFirst(next, State.FAILED);
        assertThat(read(next, "another")).isEqualTo("another");
        JournalInfo older = next.journals().get(0);
        JournalInfo later = next.journals().get(1);
        assertThat(later.state()).isEqualTo(State.PENDING);
        assertThat(later.detail()).contains(older.id());
        assertThatThrownBy(() -> next.resolveJournal(later.id(), ConflictResolution.REBASE))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining(older.id());
        failing.clear();
        awaitAllReplayed(next);
        assertThat(read(next, "key")).isEqualTo("olLATER");
    }

    private static void awaitFirst(ConveyorFactory factory, State state) {
        while (factory.journals().get(0).state() != state) {
            Thread.onSpinWait();
        }
    }

    @Test
    void aLaterJournalCanBeDiscardedBeforeAnEarlierOneIsResolved() throws IOException {
        twoWritersOfOneKey();
        FaultPlan failing = FaultPlan.create();
        failing.on(PWRITE).always().failWith(StorageException.Kind.UNAVAILABLE, StorageException.Retry.NEVER);
        ConveyorFactory next = afterItsDeath(FaultInjectingBackend.over(store.another(), failing));
        awaitFirst(next, State.FAILED);
        next.resolveJournal(next.journals().get(1).id(), ConflictResolution.DISCARD);
        failing.clear();
        awaitAllReplayed(next);
        assertThat(read(next, "key")).isEqualTo("older");
    }

    // ---------------------------------------------------------------- drafts

    /** A draft on a store that has to be flushed before the engine may forget anything; so much is written that this happens before the commit. */
    private Conveyor draftThatIsFlushed(ConveyorFactory factory) throws IOException {
        Conveyor draft = factory.open("key", WRITE, ConveyorOpenOption.ATOMIC_REPLACE);
        draft.write(ByteBuffer.allocate(400 << 10), 0);
        return draft;
    }

    private void storeNeedsFlushes() throws IOException {
        store = MemoryBackend.withCapabilities(StorageCapabilities.builder()
                .releaseAt(StorageCapabilities.ReleasePoint.FLUSH)
                .flushEffect(StorageCapabilities.FlushEffect.VISIBLE)
                .syncEffect(SyncEffect.NONE)
                .build());
        stored("key", "old");
    }

    @Test
    void aDraftWhoseProcessDiedDuringAFlushIsNotPublished() throws Exception {
        storeNeedsFlushes();
        Hold hold = plan.on(FLUSH).next().hold();
        draftThatIsFlushed(living());
        hold.awaitHeld();

        ConveyorFactory next = afterItsDeath();

        awaitAllReplayed(next);
        assertThat(read(next, "key")).isEqualTo("old");
    }

    @Test
    void aDraftThatCouldNotBeFlushedIsNotPublishedAfterItsClose() throws Exception {
        storeNeedsFlushes();
        Hold hold = plan.hold(FLUSH);
        plan.on(FLUSH).always().failWith(StorageException.Kind.IO, StorageException.Retry.NEVER);
        ConveyorFactory living = living();
        Conveyor draft = draftThatIsFlushed(living);
        hold.awaitHeld();
        hold.release();

        assertThatThrownBy(draft::close)
                .isInstanceOfSatisfying(
                        WriteBehindException.class,
                        failure -> assertThat(failure.retainedBytes()).isZero());

        assertThat(living.journals()).isEmpty();
        assertThat(read(living, "key")).isEqualTo("old");
    }

    @Test
    void aReplacementThatWasNotCompleteIsDropped() throws IOException {
        stored("key", "old");
        write(living().open("key", WRITE, ConveyorOpenOption.ATOMIC_REPLACE), "new", 0);
        ConveyorFactory next = afterItsDeath();
        assertThat(next.journals()).isEmpty();
        assertThat(read(next, "key")).isEqualTo("old");
    }

    @Test
    void aReplacementWhoseCommitHadBegunIsCompleted() throws IOException {
        stored("key", "old");
        plan.on(COMMIT).next().loseTheRequest();
        ConveyorFactory living = living();
        assertThatThrownBy(() -> living.write("key", draft -> draft.write(ByteBuffer.wrap("new".getBytes(UTF_8)))))
                .isInstanceOf(IOException.class);
        assertThat(read(afterItsDeath(), "key")).isEqualTo("new");
    }

    /** A process that died in the commit of a replacement, after which somebody else has published the object. */
    private ConveyorFactory afterAReplacementThatSomebodyElseOvertook() throws IOException {
        plan.on(COMMIT).next().loseTheRequest();
        ConveyorFactory living = living();
        assertThatThrownBy(() -> living.write("key", draft -> draft.write(ByteBuffer.wrap("new".getBytes(UTF_8)))))
                .isInstanceOf(IOException.class);
        stored("key", "THEIRS, LATER");
        ConveyorFactory next = afterItsDeath();
        assertThat(read(next, "key")).isEqualTo("THEIRS, LATER");
        assertThat(only(next).state()).isEqualTo(State.CONFLICT);
        return next;
    }

    @Test
    void aReplacementIsNotReplayedOverWhatSomebodyElseHasPublishedSince() throws IOException {
        stored("key", "old");
        ConveyorFactory next = afterAReplacementThatSomebodyElseOvertook();
        next.resolveJournal(only(next).id(), ConflictResolution.REBASE);
        assertThat(read(next, "key")).isEqualTo("new");
        assertThat(next.journals()).isEmpty();
    }

    @Test
    void aReplacementOfNothingIsNotReplayedOverWhatSomebodyElseHasPublishedSince() throws IOException {
        ConveyorFactory next = afterAReplacementThatSomebodyElseOvertook();
        next.resolveJournal(only(next).id(), ConflictResolution.DISCARD);
        assertThat(read(next, "key")).isEqualTo("THEIRS, LATER");
    }

    // ---------------------------------------------------------------- conflicts

    private ConveyorFactory conflicting() throws IOException {
        stored("key", "0123456789");
        write(living().open("key", WRITE), "abc", 3);
        stored("key", "THEIRS....");
        ConveyorFactory next = afterItsDeath();
        awaitState(next, State.CONFLICT);
        return next;
    }

    private static void awaitState(ConveyorFactory factory, State state) {
        while (factory.journals().isEmpty() || only(factory).state() != state) {
            Thread.onSpinWait();
        }
    }

    @Test
    void aBaseThatChangedIsAConflictAndNothingIsOverwritten() throws IOException {
        ConveyorFactory next = conflicting();
        assertThat(read(next, "key")).isEqualTo("THEIRS....");
        assertThat(only(next).key()).isEqualTo("key");
        assertThat(only(next).bytes()).isEqualTo(3);
        assertThat(only(next).needsDecision()).isTrue();
        assertThatThrownBy(() -> next.open("key", WRITE))
                .isInstanceOf(ConflictException.class)
                .hasMessageContaining(only(next).id());
        assertThatThrownBy(() -> next.delete("key")).isInstanceOf(ConflictException.class);
    }

    @Test
    void aVersionThatFollowedOursIsAConflictThoughItIsAsLong() throws IOException {
        Conveyor conveyor = living().open("key", WRITE, CREATE);
        write(conveyor, "0123456789", 0);
        conveyor.flush();
        write(conveyor, "abc", 3);
        stored("key", "THEIRS....");
        ConveyorFactory next = afterItsDeath();
        awaitState(next, State.CONFLICT);
        assertThat(read(next, "key")).isEqualTo("THEIRS....");
    }

    /** A process that was killed when a conflict was to be resolved by overwriting, and before the next publication. */
    private ConveyorFactory afterOverwritingWasDecided(Conveyor conveyor) throws IOException {
        write(conveyor, "ours", 0);
        stored("key", "THEIRS IS LONGER");
        assertThatThrownBy(conveyor::flush).isInstanceOf(ConflictException.class);
        try (Hold hold = plan.hold(FLUSH)) {
            conveyor.resolve(ConflictResolution.OVERWRITE);
            return afterItsDeath();
        }
    }

    @Test
    void whatWasToOverwriteAnotherVersionIsNotMixedWithItByReplay() throws IOException {
        ConveyorFactory next = afterOverwritingWasDecided(living().open("key", WRITE, CREATE));
        assertThat(read(next, "key")).isEqualTo("ours");
        assertThat(next.journals()).isEmpty();
    }

    @Test
    void whatWasToOverwriteAnotherVersionAndNeedsItsOwnBaseIsAConflict() throws IOException {
        stored("key", "0123456789");
        ConveyorFactory next = afterOverwritingWasDecided(living().open("key", WRITE));
        assertThat(read(next, "key")).isEqualTo("THEIRS IS LONGER");
        assertThat(only(next).state()).isEqualTo(State.CONFLICT);
        next.resolveJournal(only(next).id(), ConflictResolution.REBASE);
        assertThat(read(next, "key")).isEqualTo("oursRS IS LONGER");
    }

    @Test
    void aConflictSurvivesTheNextProcess() throws IOException {
        stored("key", "0123456789");
        write(living().open("key", WRITE), "abc", 3);
        stored("key", "THEIRS....");
        Path copy = remains();
        JournalOptions same = JournalOptions.builder(copy).build();
        try (ConveyorFactory first = factory(store.another(), same)) {
            awaitState(first, State.CONFLICT);
        }
        // the stock of the dead process is gone: a table, a segment, and the lock
        assertThat(JournalRemains.files(copy)).hasSize(3);
        ConveyorFactory second = factory(store.another(), same);
        awaitState(second, State.CONFLICT);
        assertThat(read(second, "key")).isEqualTo("THEIRS....");
    }

    @Test
    void aConflictCanBeReplayedOntoWhatIsThere() throws IOException {
        ConveyorFactory next = conflicting();
        next.resolveJournal(only(next).id(), ConflictResolution.REBASE);
        assertThat(read(next, "key")).isEqualTo("THEabc....");
        assertThat(next.journals()).isEmpty();
        next.open("key", WRITE).close();
    }

    @Test
    void aConflictCanBeSavedUnderAnotherKey() throws IOException {
        ConveyorFactory next = conflicting();
        next.resolveJournal(only(next).id(), ConflictResolution.saveAs("saved"));
        assertThat(read(next, "saved")).isEqualTo("THEabc....");
        assertThat(read(next, "key")).isEqualTo("THEIRS....");
        assertThat(next.journals()).isEmpty();
    }

    @Test
    void aConflictIsNotSavedOverAnotherObject() throws IOException {
        stored("saved", "mine");
        ConveyorFactory next = conflicting();
        String id = only(next).id();
        assertThatThrownBy(() -> next.resolveJournal(id, ConflictResolution.saveAs("saved")))
                .isInstanceOf(java.nio.file.FileAlreadyExistsException.class);
        assertThat(only(next).state()).isEqualTo(State.CONFLICT);
        assertThat(read(next, "saved")).isEqualTo("mine");
    }

    @Test
    void aDecisionThatFailsLeavesTheConflictThatCameWhileItWaited() throws Exception {
        stored("key", "0123456789");
        stored("saved", "mine");
        write(living().open("key", WRITE), "abc", 3);
        stored("key", "THEIRS....");
        FaultPlan slow = FaultPlan.create();
        Hold opening = slow.on(OPEN).onKey("key").next().hold();
        ConveyorFactory next = afterItsDeath(FaultInjectingBackend.over(store.another(), slow));
        opening.awaitHeld(1);
        String id = only(next).id();
        Concurrently.Started<Boolean> decision = Concurrently.start(() -> {
            assertThatThrownBy(() -> next.resolveJournal(id, ConflictResolution.saveAs("saved")))
                    .isInstanceOf(java.nio.file.FileAlreadyExistsException.class);
            return true;
        });
        decision.awaitWaiting();
        opening.release();
        assertThat(decision.result()).isTrue();
        assertThat(only(next).state()).isEqualTo(State.CONFLICT);
        next.resolveJournal(id, ConflictResolution.DISCARD);
        assertThat(next.journals()).isEmpty();
    }

    @Test
    void aConflictIsNotSavedUnderAKeyWhoseOwnJournalIsNotResolved() throws IOException {
        stored("key", "0123456789");
        stored("other", "0123456789");
        ConveyorFactory living = living();
        write(living.open("key", WRITE), "abc", 3);
        write(living.open("other", WRITE), "abc", 3);
        stored("key", "THEIRS....");
        stored("other", "THEIRS....");
        ConveyorFactory next = afterItsDeath();
        while (!next.journals().stream().allMatch(JournalInfo::needsDecision)) {
            Thread.onSpinWait();
        }
        String id = next.journals().get(0).id();
        assertThatThrownBy(() -> next.resolveJournal(id, ConflictResolution.saveAs("other")))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining(next.journals().get(1).id());
    }

    @Test
    void aConflictCanBeDiscarded() throws IOException {
        ConveyorFactory next = conflicting();
        next.resolveJournal(only(next).id(), ConflictResolution.DISCARD);
        assertThat(next.journals()).isEmpty();
        assertThat(read(next, "key")).isEqualTo("THEIRS....");
    }

    @Test
    void whatCannotBeDecidedSoIsRefused() throws IOException {
        ConveyorFactory next = conflicting();
        String id = only(next).id();
        assertThatThrownBy(() -> next.resolveJournal(id, ConflictResolution.OVERWRITE))
                .isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> next.resolveJournal("no such", ConflictResolution.DISCARD))
                .isInstanceOf(NoSuchElementException.class);
        assertThat(only(next).state()).isEqualTo(State.CONFLICT);
    }

    @Test
    void aCorruptJournalWritesNothingAndIsKept() throws IOException {
        stored("key", "0123456789");
        write(living().open("key", WRITE), "abc", 3);
        Path copy = remains();
        damageByteOfTheText(copy, 0);
        ConveyorFactory next =
                factory(store.another(), JournalOptions.builder(copy).build());
        assertThat(only(next).state()).isEqualTo(State.CORRUPT);
        assertThat(read(next, "key")).isEqualTo("0123456789");
        assertThatThrownBy(() -> next.open("key", WRITE)).isInstanceOf(ConflictException.class);
        String id = only(next).id();
        assertThatThrownBy(() -> next.resolveJournal(id, ConflictResolution.REBASE))
                .isInstanceOf(UnsupportedOperationException.class);
        next.resolveJournal(id, ConflictResolution.DISCARD);
        next.open("key", WRITE).close();
    }

    @Test
    void aJournalThatIsDamagedBeforeItIsReplayedIsNotTriedAgain() throws Exception {
        stored("key", "0123456789");
        write(living().open("key", WRITE), "abc", 3);
        ConveyorFactory next = replayingWhatIsDamagedMeanwhile(0);
        assertThatThrownBy(() -> next.open("key", WRITE)).isInstanceOf(ConflictException.class);
        requireNothingCanBeReplayed(next);
        next.resolveJournal(only(next).id(), ConflictResolution.DISCARD);
        next.open("key", WRITE).close();
    }

    private static void requireNothingCanBeReplayed(ConveyorFactory factory) {
        String id = only(factory).id();
        assertThatThrownBy(() -> factory.resolveJournal(id, ConflictResolution.REBASE))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("the bytes of entry 0 are damaged");
        assertThat(only(factory).state()).isEqualTo(State.CORRUPT);
    }

    /** A factory that has found out, while it replayed, that the second of two writes is damaged; the object is as it was. */
    private ConveyorFactory damagedWhileReplayed() throws Exception {
        stored("key", "0123456789");
        Conveyor conveyor = living().open("key", WRITE);
        write(conveyor, "abc", 3);
        write(conveyor, "Z", 8);
        return replayingWhatIsDamagedMeanwhile(3);
    }

    /** A factory in the next process that finds a byte of the text damaged while it replays the journal. */
    private ConveyorFactory replayingWhatIsDamagedMeanwhile(int byteOfTheText) throws Exception {
        Path copy = remains();
        FaultPlan slow = FaultPlan.create();
        Hold opening = slow.on(OPEN).onKey("key").next().hold();
        ConveyorFactory next = factory(
                FaultInjectingBackend.over(store.another(), slow),
                JournalOptions.builder(copy).build());
        opening.awaitHeld(1);
        damageByteOfTheText(copy, byteOfTheText);
        opening.release();
        // waits until it is not being replayed any more
        assertThat(read(next, "key")).isEqualTo("0123456789");
        assertThat(only(next).state()).isEqualTo(State.CORRUPT);
        return next;
    }

    @Test
    void whatWasFoundDamagedWhileItWasReplayedCanBeReplayedUpToTheDamage() throws Exception {
        ConveyorFactory next = damagedWhileReplayed();
        next.resolveJournal(only(next).id(), ConflictResolution.REBASE);
        assertThat(read(next, "key")).isEqualTo("012abc6789");
        assertThat(next.journals()).isEmpty();
    }

    @Test
    void whatWasFoundDamagedWhileItWasReplayedCanBeSavedUpToTheDamage() throws Exception {
        ConveyorFactory next = damagedWhileReplayed();
        next.resolveJournal(only(next).id(), ConflictResolution.saveAs("other"));
        assertThat(read(next, "other")).isEqualTo("012abc6789");
        assertThat(read(next, "key")).isEqualTo("0123456789");
        assertThat(next.journals()).isEmpty();
    }

    @Test
    void aDecisionAboutAWholeJournalIsNotOneAboutTheDamageThatItMeets() throws Exception {
        stored("key", "0123456789");
        Conveyor conveyor = living().open("key", WRITE);
        write(conveyor, "abc", 3);
        write(conveyor, "Z", 8);
        stored("key", "THEIRS....");
        Path copy = remains();
        ConveyorFactory next =
                factory(store.another(), JournalOptions.builder(copy).build());
        awaitState(next, State.CONFLICT);
        damageByteOfTheText(copy, 3);
        String id = only(next).id();
        assertThatThrownBy(() -> next.resolveJournal(id, ConflictResolution.REBASE))
                .hasMessageContaining("the bytes of entry 1 are damaged");
        assertThat(read(next, "key")).isEqualTo("THEIRS....");
        assertThat(only(next).state()).isEqualTo(State.CORRUPT);
        next.resolveJournal(id, ConflictResolution.REBASE);
        assertThat(read(next, "key")).isEqualTo("THEabc....");
        assertThat(next.journals()).isEmpty();
    }

    private static void damageByteOfTheText(Path copy, int at) throws IOException {
        for (Path file : JournalRemains.files(copy)) {
            if (file.toString().endsWith(".segment")) {
                byte[] bytes = Files.readAllBytes(file);
                bytes[at] ^= 1;
                Files.write(file, bytes, java.nio.file.StandardOpenOption.WRITE);
            }
        }
    }

    // ---------------------------------------------------------------- closing

    @Test
    void whatCloseCouldNotStoreIsReplayedInTheSameProcess() throws IOException {
        plan.on(PWRITE).next().failWith(StorageException.Kind.IO, StorageException.Retry.NEVER);
        ConveyorFactory living = living();
        Conveyor conveyor = living.open("key", WRITE, CREATE);
        write(conveyor, "text", 0);
        assertThatThrownBy(conveyor::close).isInstanceOf(WriteBehindException.class);
        assertThat(only(living).state()).isEqualTo(State.FAILED);
        living.open("key", WRITE).close();
        assertThat(living.journals()).isEmpty();
        assertThat(read(living, "key")).isEqualTo("text");
    }

    @Test
    void whatCloseCouldNotStoreOnAnInterruptedThreadIsReplayedInTheSameProcess() throws IOException {
        plan.on(PWRITE).next().failWith(StorageException.Kind.IO, StorageException.Retry.NEVER);
        ConveyorFactory living = living();
        Conveyor conveyor = living.open("key", WRITE, CREATE);
        write(conveyor, "text", 0);
        Thread.currentThread().interrupt();
        boolean flagIsKept;
        try {
            assertThatThrownBy(conveyor::close).isInstanceOf(WriteBehindException.class);
        } finally {
            flagIsKept = Thread.interrupted();
        }
        assertThat(flagIsKept).isTrue();
        assertThat(only(living).state()).isEqualTo(State.FAILED);
        living.open("key", WRITE).close();
        assertThat(read(living, "key")).isEqualTo("text");
    }

    @Test
    void whatCloseCouldNotStoreIsReplayedByTheNextFactory() throws IOException {
        plan.on(PWRITE).next().failWith(StorageException.Kind.IO, StorageException.Retry.NEVER);
        try (ConveyorFactory living = living()) {
            Conveyor conveyor = living.open("key", WRITE, CREATE);
            write(conveyor, "text", 0);
            assertThatThrownBy(conveyor::close).isInstanceOf(WriteBehindException.class);
        }
        assertThat(read(living(), "key")).isEqualTo("text");
    }

    @Test
    void whatAFactoryCouldNotStoreWhenItClosedIsReplayedByTheNext() throws IOException {
        plan.on(PWRITE).always().failWith(StorageException.Kind.IO, StorageException.Retry.NEVER);
        ConveyorFactory living = living();
        write(living.open("key", WRITE, CREATE), "text", 0);
        assertThatThrownBy(living::close).isInstanceOf(IOException.class);
        plan.clear();
        assertThat(read(living(), "key")).isEqualTo("text");
    }

    @Test
    void whatAFactoryCouldNotStoreStaysThoughOtherConveyorsHadNothingLeft() throws IOException {
        ConveyorFactory living = living();
        write(living.open("stored", WRITE, CREATE), "stored", 0);
        write(living.open("key", WRITE, CREATE), "text", 0);
        living.open("empty", WRITE, CREATE);
        plan.on(PWRITE).onKey("key").always().failWith(StorageException.Kind.IO, StorageException.Retry.NEVER);
        assertThatThrownBy(living::close).isInstanceOf(IOException.class);
        plan.clear();
        ConveyorFactory next = living();
        assertThat(read(next, "key")).isEqualTo("text");
        assertThat(read(next, "stored")).isEqualTo("stored");
    }

    /** The call ends when the factory waits for it. */
    @Test
    void whatACallHasNotStoredThatEndsAsTheFactoryClosesIsReplayedByTheNext() throws Exception {
        Hold writing = plan.hold(PWRITE);
        ConveyorFactory living = Conveyors.builder(FaultInjectingBackend.over(store.another(), plan))
                .timeSource(new TimeWhenTheJournalCloses(TimeSource.system(), writing::release))
                .journal(JournalOptions.builder(journal()).build())
                .build();
        factories.add(living);
        ConveyorOptions impatient =
                ConveyorOptions.builder().closeTimeout(Duration.ofMillis(20)).build();
        Conveyor conveyor = living.open("key", impatient, WRITE, CREATE);
        write(conveyor, "text", 0);
        writing.awaitHeld();
        assertThatThrownBy(conveyor::close).isInstanceOf(WriteBehindException.class);
        living.close();
        assertThat(read(living(), "key")).isEqualTo("text");
    }

    @Test
    void aFactoryWhoseCallHangsIsClosedTenSecondsAfterItsTimeoutAtTheLatest() throws Exception {
        Hold writing = plan.hold(PWRITE);
        ManualClock clock = ManualClock.create();
        CountDownLatch journalWaits = new CountDownLatch(1);
        ConveyorFactory living = Conveyors.builder(FaultInjectingBackend.over(store.another(), plan))
                .timeSource(new TimeWhenTheJournalCloses(clock, journalWaits::countDown))
                .options(ConveyorOptions.builder()
                        .writeDelay(Duration.ZERO)
                        .closeTimeout(Duration.ofSeconds(30))
                        .callTimeout(Duration.ofHours(1))
                        .build())
                .journal(JournalOptions.builder(journal()).build())
                .build();
        factories.add(living);
        write(living.open("key", WRITE, CREATE), "text", 0);
        writing.awaitHeld();
        Started<Boolean> close = Concurrently.start(() -> {
            living.close();
            return true;
        });
        close.awaitWaiting();

        clock.advance(Duration.ofSeconds(30));
        journalWaits.await();
        clock.advance(Duration.ofSeconds(10));

        assertThatThrownBy(close::result).isInstanceOf(IOException.class);
        writing.release();
    }

    /** Time that does something when the journal of a factory that closes waits by it. */
    private record TimeWhenTheJournalCloses(TimeSource time, Runnable action) implements TimeSource {

        @Override
        public long nanoTime() {
            return time.nanoTime();
        }

        @Override
        @SuppressWarnings("WaitNotInLoop") // the loop is the caller's
        public void await(Condition condition, long deadline) throws InterruptedException {
            boolean closes = StackWalker.getInstance()
                    .walk(frames ->
                            frames.anyMatch(frame -> frame.getClassName().equals(FactoryJournal.class.getName())
                                    && frame.getMethodName().equals("close")));
            if (closes) {
                action.run();
            }
            time.await(condition, deadline);
        }

        @Override
        public Instant timeOfDay() {
            return time.timeOfDay();
        }
    }

    @Test
    void aReplayWhoseConveyorSomebodyElseHasEndedIsNotComplete() throws IOException {
        BufferedConveyor ended = (BufferedConveyor) living().open("key", WRITE, CREATE);
        write(ended, "text", 0);
        ended.abort();
        assertThatThrownBy(ended::complete).isInstanceOf(AsynchronousCloseException.class);
    }

    @Test
    void aReplayWaitsForAWriterThatIsOpenStill() throws IOException {
        store = MemoryBackend.create();
        ConveyorFactory living = living();
        Conveyor failing = living.open("key", SEVERAL, WRITE, CREATE);
        Conveyor open = living.open("key", SEVERAL, WRITE);
        plan.on(PWRITE).next().failWith(StorageException.Kind.IO, StorageException.Retry.NEVER);
        write(failing, "text", 0);
        assertThatThrownBy(failing::close).isInstanceOf(WriteBehindException.class);
        String id = only(living).id();
        assertThatThrownBy(() -> living.resolveJournal(id, ConflictResolution.REBASE))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("is writing it");
        assertThat(only(living).needsDecision()).isFalse();
        open.close();
        awaitAllReplayed(living);
        assertThat(read(living, "key")).isEqualTo("text");
    }

    @Test
    void whatWasOpenedFirstIsReplayedFirstThoughItWasClosedLast() throws IOException {
        store = MemoryBackend.create();
        ConveyorFactory living = living();
        plan.on(PWRITE).always().failWith(StorageException.Kind.IO, StorageException.Retry.NEVER);
        Conveyor older = living.open("key", SEVERAL, WRITE, CREATE);
        Conveyor later = living.open("key", SEVERAL, WRITE);
        write(later, "LATER", 2);
        write(older, "older", 0);
        assertThatThrownBy(later::close).isInstanceOf(WriteBehindException.class);
        assertThatThrownBy(older::close).isInstanceOf(WriteBehindException.class);
        assertThat(living.journals()).hasSize(2);
        plan.clear();
        awaitAllReplayed(living);
        assertThat(read(living, "key")).isEqualTo("olLATER");
    }

    @Test
    void whatIsAbortedIsNotReplayed() throws IOException {
        stored("key", "old");
        ConveyorFactory living = living();
        Conveyor conveyor = living.open("key", WRITE);
        write(conveyor, "new", 0);
        conveyor.abort();
        ConveyorFactory next = afterItsDeath();
        assertThat(next.journals()).isEmpty();
        assertThat(read(next, "key")).isEqualTo("old");
    }

    @Test
    void aFactoryThatHasStoredEverythingLeavesNothing() throws IOException {
        try (ConveyorFactory living = living()) {
            write(living.open("key", WRITE, CREATE), "text", 0);
        }
        try (Stream<Path> left = Files.list(journal())) {
            assertThat(left).isEmpty();
        }
    }

    // ---------------------------------------------------------------- owners

    @Test
    void whoLivesIsLeftAlone() throws IOException {
        write(living().open("key", WRITE, CREATE), "text", 0);
        ConveyorFactory neighbour =
                factory(store.another(), JournalOptions.builder(journal()).build());
        assertThat(neighbour.journals()).isEmpty();
        assertThat(neighbour.exists("key")).isFalse();
    }

    @Test
    void aJournalThatIsReplayedIsNobodyElsesThoughSomethingBesideItCannotBeDeleted() throws Exception {
        write(living().open("key", WRITE, CREATE), "text", 0);
        Path copy = remains();
        Path odd = JournalRemains.files(copy).get(0).resolveSibling("000000aa.new");
        Files.createFile(Files.createDirectory(odd).resolve("somebody else's"));
        JournalOptions same = JournalOptions.builder(copy).build();
        FaultPlan slow = FaultPlan.create();
        try (Hold hold = slow.hold(FLUSH)) {
            ConveyorFactory first = factory(FaultInjectingBackend.over(store.another(), slow), same);
            hold.awaitHeld(1);
            assertThat(only(first).state()).isEqualTo(State.REPLAYING);
            assertThat(factory(store.another(), same).journals()).isEmpty();
        }
    }

    @Test
    void aJournalOfAnotherStoreIsLeftAlone() throws IOException {
        write(living().open("key", WRITE, CREATE), "text", 0);
        Path copy = remains();
        FaultInjectingBackend another = FaultInjectingBackend.over(store.another(), FaultPlan.create());
        try (ConveyorFactory stranger =
                factory(new OtherStore(another), JournalOptions.builder(copy).build())) {
            assertThat(stranger.journals()).isEmpty();
        }
        assertThat(store.another().list("").toList()).isEmpty();
        assertThat(read(factory(store.another(), JournalOptions.builder(copy).build()), "key"))
                .isEqualTo("text");
    }

    @Test
    void aDirectoryThatOthersMayReadIsRefused() throws IOException {
        Path open = Files.createDirectory(directory.resolve("open"));
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxr-x---"));
        assertThatThrownBy(() ->
                        factory(store.another(), JournalOptions.builder(open).build()))
                .isInstanceOf(UncheckedIOException.class)
                .hasRootCauseMessage("the journal directory " + open
                        + " has permissions rwxr-x---; others must have none: chmod 700");
    }

    @Test
    void nobodyElseMayReadTheFiles() throws IOException {
        write(living().open("key", WRITE, CREATE), "text", 0);
        List<Path> all = new ArrayList<>(JournalRemains.files(remains()));
        all.addAll(List.of(journal(), all.get(0).getParent()));
        assertThat(all)
                .allSatisfy(file -> assertThat(PosixFilePermissions.toString(
                                Files.getPosixFilePermissions(file, LinkOption.NOFOLLOW_LINKS)))
                        .endsWith("------"));
    }

    // ---------------------------------------------------------------- bounds

    @Test
    void aFullJournalMakesTheWriterWaitAndFailBeforeAnythingIsAccepted() throws IOException {
        store = MemoryBackend.withCapabilities(PublishingStore.CAPABILITIES);
        ConveyorFactory living = factory(
                FaultInjectingBackend.over(store.another(), plan),
                JournalOptions.builder(journal())
                        .maxBytes(JournalOptions.LEAST_BYTES)
                        .build());
        Conveyor conveyor = living.open("key", WRITE, CREATE);
        ByteBuffer block = ByteBuffer.allocate(4 << 10);
        long accepted = 0;
        BackPressureTimeoutException full = null;
        while (full == null) {
            try {
                accepted += conveyor.write(block.clear(), accepted);
            } catch (BackPressureTimeoutException timeout) {
                assertThat(block.position()).isZero();
                // else a busy machine took long to make a file
                full = isUsedUp(JournalOptions.LEAST_BYTES) ? timeout : null;
            }
        }
        assertThat(conveyor.size()).isEqualTo(accepted);
        assertThat(accepted).isGreaterThan(JournalOptions.LEAST_BYTES / 2).isLessThan(JournalOptions.LEAST_BYTES);
        conveyor.flush();
        conveyor.write(block.clear(), accepted);
        conveyor.close();
        assertThat(store.attributes("key").size()).isEqualTo(accepted + block.capacity());
    }

    /** Whether another file would not fit. */
    private boolean isUsedUp(long most) throws IOException {
        long total = 0;
        long largest = 0;
        for (Path file : JournalRemains.files(journal())) {
            total += Files.size(file);
            largest = Math.max(largest, Files.size(file));
        }
        return total + largest > most;
    }

    @Test
    void aLongWriteLeavesNoMoreFilesThanAllowed() throws IOException {
        store = MemoryBackend.create();
        long most = 4 << 20;
        ConveyorFactory living = factory(
                store.another(),
                JournalOptions.builder(journal()).maxBytes(most).build());
        ConveyorOptions patient =
                ConveyorOptions.builder().writeTimeout(Duration.ofSeconds(30)).build();
        try (Conveyor conveyor = living.open("key", patient, WRITE, CREATE)) {
            ByteBuffer block = ByteBuffer.allocate(64 << 10);
            for (int i = 0; i < 500; i++) {
                conveyor.write(block.clear(), (i % 16) * (64L << 10));
            }
            long bytes = JournalRemains.files(journal()).stream()
                    .mapToLong(file -> file.toFile().length())
                    .sum();
            assertThat(bytes).isLessThanOrEqualTo(most + 64);
        }
    }

    @Test
    void aConveyorMayDoWithoutAJournal() throws IOException {
        ConveyorOptions without = ConveyorOptions.builder().journal(false).build();
        write(living().open("key", without, WRITE, CREATE), "text", 0);
        ConveyorFactory next = afterItsDeath();
        assertThat(next.journals()).isEmpty();
        assertThat(next.exists("key")).isFalse();
    }

    @Test
    void aWriteThatMustSurvivePowerLossIsForcedBeforeItReturns() throws IOException {
        ConveyorFactory living = factory(
                FaultInjectingBackend.over(store.another(), plan),
                JournalOptions.builder(journal())
                        .sync(JournalOptions.Sync.EVERY_WRITE)
                        .build());
        Conveyor conveyor = living.open("key", WRITE, CREATE);
        for (int i = 0; i < 10; i++) {
            write(conveyor, "text", 4L * i);
        }
        conveyor.truncate(39);
        assertThat(read(afterItsDeath(), "key")).isEqualTo("text".repeat(10).substring(0, 39));
    }

    /** The same objects by another name. */
    private static final class OtherStore implements StorageBackend {

        private final StorageBackend delegate;

        OtherStore(StorageBackend delegate) {
            this.delegate = delegate;
        }

        @Override
        public String name() {
            return delegate.name();
        }

        @Override
        public String identity() {
            return "another store";
        }

        @Override
        public StorageCapabilities capabilities() {
            return delegate.capabilities();
        }

        @Override
        public io.conveyor.spi.StorageHandle open(String key, java.util.Set<? extends java.nio.file.OpenOption> options)
                throws IOException {
            return delegate.open(key, options);
        }

        @Override
        public io.conveyor.ObjectAttributes attributes(String key) throws IOException {
            return delegate.attributes(key);
        }

        @Override
        public boolean delete(String key) throws IOException {
            return delegate.delete(key);
        }

        @Override
        public Stream<io.conveyor.ObjectAttributes> list(String prefix) throws IOException {
            return delegate.list(prefix);
        }

        @Override
        public void ping() throws IOException {
            delegate.ping();
        }

        @Override
        public void close() throws IOException {
            delegate.close();
        }
    }
}
