package io.conveyor.core.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.core.log.CountedSegments;
import io.conveyor.core.read.AccessPattern.Stream;
import io.conveyor.testkit.Bytes;
import io.conveyor.testkit.Seed;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ReadAheadTest {

    private static final int SEGMENT = 1024;
    private static final int BLOCK = 4096;
    private static final int MOST = 16 * BLOCK;
    private static final int FETCHES = 4;
    private static final long END = 1 << 20;
    private static final long SLOW = 1_000_000;

    private final CountedSegments segments = new CountedSegments(SEGMENT, 1000);
    private final ReadAhead ahead = new ReadAhead(segments, BLOCK, MOST, true, FETCHES, false);

    @AfterEach
    void givesBackAllMemory() {
        ahead.invalidateAll();
        assertThat(segments.out()).isZero();
    }

    /** A stream that has read enough to be worth a block. */
    private Stream sequential(long from) {
        read(from - BLOCK / 2, BLOCK / 4);
        return read(from - BLOCK / 4, BLOCK / 4);
    }

    private Stream read(long from, int length) {
        return Objects.requireNonNull(ahead.observe(from, from + length));
    }

    /** Fetches a block as storage would, with the bytes that belong there. */
    private void fetch(Block block) {
        int done = 0;
        for (ByteBuffer buffer : block.buffers()) {
            int room = buffer.remaining();
            buffer.put(Bytes.at(block.start() + done, room, 1));
            done += room;
        }
        ahead.fetched(block, block.capacity(), SLOW);
    }

    private void fetchAll(List<Block> blocks) {
        blocks.forEach(this::fetch);
    }

    private boolean serves(long from, int length) {
        ByteBuffer dst = ByteBuffer.allocate(length);
        boolean served = ahead.serve(from, length, dst, 0);
        if (served) {
            assertThat(Bytes.difference(Bytes.at(from, length, 1), dst.array(), from))
                    .isEmpty();
        }
        return served;
    }

    // ---------------------------------------------------------------- windows

    @Test
    void nothingIsFetchedForTheFirstRead() {
        assertThat(ahead.plan(read(0, 100), null, END)).isEmpty();
        assertThat(ahead.isEmpty()).isTrue();
    }

    @Test
    void twoReadsThatLieSideBySideByChanceBringNoWholeBlock() {
        read(0, SEGMENT / 2);
        Stream stream = read(SEGMENT / 2, SEGMENT / 2);

        Block asked = Objects.requireNonNull(ahead.demand(stream, SEGMENT / 2, END));
        List<Block> planned = ahead.plan(stream, null, END);

        assertThat(asked.capacity()).isEqualTo(2 * SEGMENT);
        assertThat(planned).isEmpty();
        fetch(asked);
    }

    @Test
    void twoReadsBackwardBringNoWholeBlock() {
        read(BLOCK + 2 * SEGMENT, SEGMENT / 2);
        Stream stream = read(BLOCK + 2 * SEGMENT - SEGMENT / 2, SEGMENT / 2);

        Block asked = Objects.requireNonNull(ahead.demand(stream, BLOCK + 2 * SEGMENT - SEGMENT / 2, END));

        assertThat(asked.start()).isEqualTo(BLOCK);
        assertThat(asked.end()).as("what was read before is not fetched again").isEqualTo(BLOCK + 2 * SEGMENT);
        fetch(asked);
    }

    @Test
    void aStreamThatGoesOnIsWorthABlockAfterAFewReadsWithoutAWait() {
        Stream stream = read(0, 100);
        int reads = 1;
        for (long at = 100; stream.window() < BLOCK; at += 100) {
            stream = read(at, 100);
            fetchAll(ahead.plan(stream, null, END));
            reads++;
        }

        assertThat(reads * 100).isLessThanOrEqualTo(BLOCK / 2 + 100);
    }

    @Test
    void aSequentialStreamIsFetchedABlockAtATime() {
        List<Block> planned = ahead.plan(sequential(BLOCK), null, END);

        assertThat(planned).singleElement().satisfies(block -> {
            assertThat(block.start()).isEqualTo(BLOCK);
            assertThat(block.capacity()).isEqualTo(BLOCK);
        });
        fetchAll(planned);
    }

    @Test
    void blocksEndAtMultiplesOfTheirSize() {
        List<Block> planned = ahead.plan(sequential(BLOCK + 1000), null, END);

        assertThat(planned.get(0).start()).isEqualTo(BLOCK + 1000);
        assertThat(planned.get(0).end()).isEqualTo(2 * BLOCK);
        fetchAll(planned);
    }

    @Test
    void theWindowGrowsEightfoldWhenAReaderHadToWaitUpToAllThatBlocksMayHold() {
        Stream stream = sequential(BLOCK);
        fetchAll(ahead.plan(stream, null, END));

        ahead.countWait(stream);
        assertThat(stream.window()).isEqualTo(8 * BLOCK);
        for (int i = 0; i < 10; i++) {
            ahead.countWait(stream);
        }

        assertThat(stream.window()).isEqualTo(MOST);
        assertThat(ahead.stats().waits()).isEqualTo(11);
    }

    @Test
    void aReadFromTheStartOfAnObjectGetsFourTimesWhatItAsksForAndOthersExactlyThat() {
        assertThat(read(5000, 200).isPromising()).isFalse();
        Stream stream = read(0, 200);
        assertThat(stream.isPromising()).isTrue();

        Block first = Objects.requireNonNull(ahead.demand(stream, 0, END));

        assertThat(first.start()).isZero();
        assertThat(first.capacity()).isEqualTo(800);
        assertThat(ahead.plan(stream, first, END)).as("one read is no order").isEmpty();
        fetch(first);
    }

    @Test
    void aSmallReadFromTheStartOfAnObjectGetsAnEighthOfABlock() {
        Block first = Objects.requireNonNull(ahead.demand(read(0, 10), 0, END));

        assertThat(first.capacity()).isEqualTo(BLOCK / 8);
        fetch(first);
    }

    @Test
    void anObjectThatIsReadWholeAtOnceTakesNoMemory() {
        assertThat(ahead.demand(read(0, 100), 0, 100)).isNull();
    }

    @Test
    void aReaderThatWaitsIsAtTheEndOfWhatItWaitsForInNoTime() {
        Stream stream = sequential(BLOCK);
        Block first = Objects.requireNonNull(ahead.demand(stream, BLOCK, END));
        assertThat(ahead.plan(stream, null, END))
                .as("while it has half of its window before it")
                .isEmpty();

        List<Block> beyond = ahead.plan(stream, first, END);

        assertThat(beyond).isNotEmpty();
        assertThat(beyond.get(0).start()).isEqualTo(first.end());
        fetch(first);
        fetchAll(beyond);
    }

    @Test
    void aReaderThatRunsPastTheWindowGetsALargerOne() {
        Stream stream = sequential(BLOCK);
        ahead.countMiss(stream);
        assertThat(stream.window()).as("nothing was fetched ahead yet").isZero();
        fetchAll(ahead.plan(stream, null, END));

        ahead.countMiss(stream);

        assertThat(stream.window()).isEqualTo(8 * BLOCK);
    }

    @Test
    void nothingIsFetchedBeyondTheEndOfStorage() {
        List<Block> planned = ahead.plan(sequential(BLOCK), null, BLOCK + 10);

        assertThat(planned)
                .singleElement()
                .satisfies(block -> assertThat(block.end()).isEqualTo(BLOCK + 10));
        fetchAll(planned);
        assertThat(ahead.plan(sequential(BLOCK + 10), null, BLOCK + 10)).isEmpty();
    }

    @Test
    void noMoreBlocksAreFetchedAtATimeThanAllowed() {
        Stream stream = sequential(BLOCK);
        List<Block> under = new ArrayList<>(ahead.plan(stream, null, END));
        for (int i = 0; i < 10; i++) {
            ahead.countWait(stream);
            under.addAll(ahead.plan(stream, null, END));
        }

        assertThat(under).hasSize(FETCHES);
        fetchAll(under);
    }

    @Test
    void ofAWindowOfOneBlockMoreIsFetchedWhenHalfOfItIsUsed() {
        fetchAll(ahead.plan(sequential(BLOCK), null, END));

        assertThat(ahead.plan(read(BLOCK, BLOCK / 2 - 1), null, END)).isEmpty();
        List<Block> next = ahead.plan(read(BLOCK + BLOCK / 2 - 1, 1), null, END);

        assertThat(next)
                .singleElement()
                .satisfies(block -> assertThat(block.start()).isEqualTo(2 * BLOCK));
        fetchAll(next);
    }

    @Test
    void ofALargerWindowMoreIsFetchedAsSoonAsAFetchFitsIntoIt() {
        Stream stream = sequential(BLOCK);
        fetchAll(ahead.plan(stream, null, END));
        ahead.countWait(stream); // eight blocks now, fetched by two
        fetchAll(ahead.plan(stream, null, END));

        assertThat(ahead.plan(read(BLOCK, 3 * BLOCK - 1), null, END)).isEmpty();
        List<Block> next = ahead.plan(read(4 * BLOCK - 1, 1), null, END);

        assertThat(next)
                .singleElement()
                .satisfies(block -> assertThat(block.start()).isEqualTo(10 * BLOCK));
        fetchAll(next);
    }

    @Test
    void aBackwardStreamFetchesWhatLiesBelow() {
        read(10 * BLOCK + BLOCK / 4, BLOCK / 4);
        Stream stream = read(10 * BLOCK, BLOCK / 4);

        List<Block> planned = ahead.plan(stream, null, END);

        assertThat(planned).singleElement().satisfies(block -> {
            assertThat(block.start()).isEqualTo(9 * BLOCK);
            assertThat(block.end()).isEqualTo(10 * BLOCK);
        });
        fetchAll(planned);
    }

    @Test
    void aStridedStreamFetchesItsNextPlacesOnly() {
        read(0, 100);
        read(50_000, 100);
        Stream stream = read(100_000, 100);

        List<Block> planned = ahead.plan(stream, null, END);

        assertThat(planned).isNotEmpty();
        for (int i = 0; i < planned.size(); i++) {
            assertThat(planned.get(i).start()).isEqualTo(150_000 + i * 50_000L);
            assertThat(planned.get(i).capacity()).isEqualTo(100);
        }
        fetchAll(planned);
    }

    @Test
    void switchedOffItFollowsNoStream() {
        ReadAhead off = new ReadAhead(segments, BLOCK, MOST, false, FETCHES, false);

        assertThat(off.observe(0, 100)).isNull();
        assertThat(off.plan(off.observe(100, 200), null, END)).isEmpty();
    }

    // ---------------------------------------------------------------- in line

    @Test
    void aStoreThatDoesNotGoOnIsNeverAskedInLine() {
        assertThat(ahead.isInLine(sequential(BLOCK))).isFalse();
    }

    // ---------------------------------------------------------------- serving

    @Test
    void onlyWhatIsReadyIsServed() {
        List<Block> planned = ahead.plan(sequential(BLOCK), null, END);
        assertThat(serves(BLOCK, 100)).isFalse();

        fetchAll(planned);

        assertThat(serves(BLOCK, 100)).isTrue();
        assertThat(serves(BLOCK + 1000, 3 * SEGMENT)).isTrue();
        assertThat(serves(2 * BLOCK - 1, 2)).isFalse();
        assertThat(serves(BLOCK - 1, 2)).isFalse();
        assertThat(ahead.stats().hits()).isEqualTo(2);
    }

    @Test
    void aBlockThatStorageCouldNotFillServesWhatItHas() {
        Block block = ahead.plan(sequential(BLOCK), null, END).get(0);
        block.buffers()[0].put(Bytes.at(BLOCK, 500, 1));

        ahead.fetched(block, 500, SLOW);

        assertThat(block.end()).isEqualTo(BLOCK + 500);
        assertThat(serves(BLOCK, 500)).isTrue();
        assertThat(serves(BLOCK, 501)).isFalse();
    }

    @Test
    void aFetchThatFailedLeavesNothing() {
        Block block = ahead.plan(sequential(BLOCK), null, END).get(0);

        ahead.fetched(block, -1, SLOW);

        assertThat(block.isFailed()).isTrue();
        assertThat(ahead.find(BLOCK)).isNull();
        assertThat(segments.out()).isZero();
    }

    // ---------------------------------------------------------------- no stale bytes

    @Test
    void aWriteDropsTheBlocksThatItOverlapsAndNoOthers() {
        Stream stream = sequential(BLOCK);
        ahead.plan(stream, null, END).forEach(this::fetch);
        ahead.countWait(stream);
        fetchAll(ahead.plan(stream, null, END));

        ahead.invalidate(2 * BLOCK, 2 * BLOCK + 1);

        assertThat(serves(BLOCK, BLOCK)).isTrue();
        assertThat(serves(2 * BLOCK, 1)).isFalse();
        assertThat(serves(2 * BLOCK + 100, 1)).isFalse();
    }

    @Test
    void whatWasBeingFetchedDuringAWriteIsThrownAway() {
        Block block = ahead.plan(sequential(BLOCK), null, END).get(0);

        ahead.invalidate(2 * BLOCK - 1, 2 * BLOCK);
        assertThat(block.isStale()).isTrue();
        assertThat(segments.out()).as("storage still writes into it").isPositive();
        fetch(block);

        assertThat(serves(BLOCK, 1)).isFalse();
        assertThat(segments.out()).isZero();
        assertThat(ahead.stats().wastedBytes()).isEqualTo(BLOCK);
    }

    @Test
    void aWriteBesideABlockLeavesIt() {
        fetchAll(ahead.plan(sequential(BLOCK), null, END));

        ahead.invalidate(0, BLOCK);
        ahead.invalidate(2 * BLOCK, 3 * BLOCK);

        assertThat(serves(BLOCK, BLOCK)).isTrue();
    }

    @Test
    void blocksGrowOldAtTheSecondLook() {
        fetchAll(ahead.plan(sequential(BLOCK), null, END));

        ahead.dropOld();
        assertThat(serves(BLOCK, 1)).isTrue();
        ahead.dropOld();

        assertThat(serves(BLOCK, 1)).isFalse();
    }

    @Test
    void anAbandonedFetchKeepsItsMemoryUntilItEnds() {
        Block block = ahead.plan(sequential(BLOCK), null, END).get(0);

        ahead.abandon(block);
        assertThat(ahead.find(BLOCK)).isNull();
        assertThat(segments.out()).isEqualTo(BLOCK / SEGMENT);
        fetch(block);

        assertThat(serves(BLOCK, 1)).isFalse();
        assertThat(segments.out()).isZero();
    }

    // ---------------------------------------------------------------- no harm

    @Test
    void withoutMemoryNothingIsPlannedAndTheWindowShrinks() {
        Stream stream = sequential(BLOCK);
        fetchAll(ahead.plan(stream, null, END));
        ahead.countWait(stream);
        int before = segments.out();
        segments.allow(before + BLOCK / SEGMENT - 1);

        assertThat(ahead.plan(stream, null, END)).isEmpty();

        assertThat(stream.window()).isEqualTo(4 * BLOCK);
        assertThat(segments.out())
                .as("what was taken for a block that did not come about")
                .isEqualTo(before);
        assertThat(ahead.demand(stream, 50 * BLOCK, END)).isNull();
        assertThat(ahead.demandAll(50 * BLOCK, 51 * BLOCK)).isEmpty();
    }

    @Test
    void blocksNeverHoldMoreThanTheirShare() {
        for (int i = 0; i < 100; i++) {
            Stream stream = sequential(BLOCK + i * 64L * BLOCK);
            ahead.countWait(stream);
            fetchAll(ahead.plan(stream, null, Long.MAX_VALUE));
            fetchAll(ahead.demandAll(i * 64L * BLOCK, i * 64L * BLOCK + 2 * BLOCK));

            assertThat(segments.out() * SEGMENT).isLessThanOrEqualTo(MOST);
        }
    }

    @Test
    void aReaderThatGoesOnAndOnUsesTheSameFewBlocks() {
        Set<Block> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        for (long at = 0; at < END; at += SEGMENT) {
            List<Block> planned = ahead.plan(read(at, SEGMENT), null, END);
            seen.addAll(planned);
            fetchAll(planned);
            serves(at, SEGMENT);
        }

        assertThat(END / BLOCK).isGreaterThan(200);
        assertThat(seen).hasSizeLessThan(8);
    }

    @Test
    void aBlockThatIsPinnedIsNotUsedForOtherBytes() {
        Block pinned = ahead.plan(sequential(BLOCK), null, END).get(0);
        int life = pinned.life();
        pinned.pin();
        fetch(pinned);
        ahead.invalidateAll();

        fetchAll(ahead.demandAll(100 * BLOCK, 101 * BLOCK));

        assertThat(pinned.life()).isEqualTo(life);
        assertThat(pinned.start()).isEqualTo(BLOCK);
        assertThat(pinned.isReady()).isFalse();
        assertThat(pinned.isFetching()).isFalse();
    }

    @Test
    void anotherLifeOfABlockIsTold() {
        Block block = ahead.demandAll(0, BLOCK).get(0);
        int life = block.life();
        fetch(block);
        ahead.invalidate(0, BLOCK);

        Block again = ahead.demandAll(BLOCK, 2 * BLOCK).get(0);

        assertThat(again).isSameAs(block);
        assertThat(again.life()).isNotEqualTo(life);
        assertThat(again.isFetching()).isTrue();
        fetch(again);
        assertThat(serves(BLOCK, BLOCK)).isTrue();
    }

    @Test
    void anAbandonedBlockIsNeverUsedAgain() {
        Block block = ahead.demandAll(0, BLOCK).get(0);
        ahead.abandon(block);
        fetch(block);

        Block other = ahead.demandAll(0, BLOCK).get(0);

        assertThat(other).isNotSameAs(block);
        fetch(other);
    }

    @Test
    void whatAReaderAsksForIsFetchedExactly() {
        List<Block> blocks = ahead.demandAll(100, BLOCK + 200);

        assertThat(blocks.get(0).start()).isEqualTo(100);
        assertThat(blocks.get(blocks.size() - 1).end()).isEqualTo(BLOCK + 200);
        fetchAll(blocks);
        assertThat(serves(100, BLOCK + 100)).isTrue();
        assertThat(ahead.stats().fetchedBytes())
                .as("asked for, not fetched ahead")
                .isZero();
    }

    @Test
    void whatNobodyReadIsCountedAsWaste() {
        fetchAll(ahead.plan(sequential(BLOCK), null, END));
        serves(BLOCK, 1000);

        ahead.invalidateAll();

        assertThat(ahead.stats().fetchedBytes()).isEqualTo(BLOCK);
        assertThat(ahead.stats().wastedBytes()).isEqualTo(BLOCK - 1000);
    }

    @Test
    void aRandomLifeServesNothingStaleAndKeepsItsBounds() {
        Seed seed = Seed.current();
        Random random = seed.random();
        int[] version = new int[64 * 16]; // of each stretch of 256 bytes: what storage holds
        ArrayDeque<Fetch> under = new ArrayDeque<>();
        long cursor = 0;
        for (int step = 0; step < 30_000; step++) {
            switch (random.nextInt(8)) {
                case 0 -> cursor = random.nextInt(200_000);
                case 1 -> {
                    int slot = random.nextInt(version.length);
                    version[slot]++;
                    ahead.invalidate(slot * 256L, slot * 256L + 256);
                }
                case 2 -> ahead.dropOld();
                case 3, 4 -> {
                    if (!under.isEmpty()) {
                        under.removeFirst().end();
                    }
                }
                case 5 -> segments.allow(random.nextInt(4) == 0 ? 0 : 1000);
                default -> {
                    int length = 1 + random.nextInt(3000);
                    Stream stream = read(cursor, length);
                    check(version, cursor, length, step, seed);
                    for (Block block : ahead.plan(stream, null, version.length * 256L)) {
                        under.add(new Fetch(block, version));
                    }
                    cursor += length;
                }
            }
            assertThat(segments.out() * SEGMENT)
                    .as("step %d, %s", step, seed)
                    .isLessThanOrEqualTo(MOST + under.size() * BLOCK);
        }
        under.forEach(Fetch::end);
    }

    /** A fetch that saw storage when it began. */
    private final class Fetch {

        private final Block block;

        Fetch(Block block, int[] version) {
            this.block = block;
            int at = 0;
            for (ByteBuffer buffer : block.buffers()) {
                while (buffer.hasRemaining()) {
                    buffer.put((byte) version[(int) ((block.start() + at++) / 256)]);
                }
            }
        }

        void end() {
            ahead.fetched(block, block.capacity(), SLOW);
        }
    }

    private void check(int[] version, long from, int length, int step, Seed seed) {
        ByteBuffer dst = ByteBuffer.allocate(length);
        if (ahead.serve(from, length, dst, 0)) {
            for (int i = 0; i < length; i++) {
                assertThat(dst.get(i))
                        .as("byte at %d, step %d, %s", from + i, step, seed)
                        .isEqualTo((byte) version[(int) ((from + i) / 256)]);
            }
        }
    }
}
