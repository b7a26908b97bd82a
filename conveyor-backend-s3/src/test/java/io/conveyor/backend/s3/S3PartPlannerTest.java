package io.conveyor.backend.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.backend.s3.S3Piece.Local;
import io.conveyor.backend.s3.S3Piece.Remote;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class S3PartPlannerTest {

    private static final long MIB = 1 << 20;

    /** The store's bounds scaled down, so that every small object can be tried. */
    private static final S3Limits SMALL = new S3Limits(3, 1_000, 10_000);

    private final S3PartPlanner small = new S3PartPlanner(SMALL, 1_000, 1_000, 9);
    private final S3PartPlanner real = new S3PartPlanner(S3Limits.AWS, 16 * MIB, 256 * MIB, 9);

    @Test
    void everyObjectOfUpToElevenBytesMovesTheFewestBytesPossible() {
        for (int size = 1; size <= 11; size++) {
            int patterns = (int) Math.pow(3, size);
            for (int pattern = 0; pattern < patterns; pattern++) {
                check(pieces(pattern, size));
            }
        }
    }

    @Test
    void randomObjectsMoveTheFewestBytesPossible() {
        long seed = Long.getLong("conveyor.seed", System.nanoTime());
        Random random = new Random(seed);
        for (int round = 0; round < 20_000; round++) {
            List<S3Piece> pieces = randomPieces(random, 1 + random.nextInt(60), 9);
            assertThat(cost(pieces, validated(small.plan(pieces), pieces, SMALL)))
                    .as("%s with -Dconveyor.seed=%d", pieces, seed)
                    .isEqualTo(leastCost(pieces, SMALL));
        }
    }

    @Test
    void plansStayWithinTheNumberOfPartsHoweverManyIslandsThereAre() {
        long seed = Long.getLong("conveyor.seed", System.nanoTime());
        Random random = new Random(seed);
        for (int round = 0; round < 2_000; round++) {
            S3Limits limits = new S3Limits(3, 12 + random.nextInt(40), 3 + random.nextInt(12));
            int size = 1 + random.nextInt((int) limits.maxObjectBytes());
            List<S3Piece> pieces = randomPieces(random, size, 1 + random.nextInt(20));
            List<S3Part> parts = new S3PartPlanner(limits, 6, 12, 1 + random.nextInt(9)).plan(pieces);
            assertThat(validated(parts, pieces, limits))
                    .as("%s in %s with -Dconveyor.seed=%d", pieces, limits, seed)
                    .hasSizeLessThanOrEqualTo(limits.maxParts());
        }
    }

    @Test
    void copiesOfALargeObjectAreManyEnoughToKeepAllThatRunSideBySideBusy() {
        assertThat(copiesOf(1024 * MIB)).hasSize(9).allMatch(part -> part.length() <= 114 * MIB);
        assertThat(copiesOf(1L << 40)).hasSize(4096);
    }

    @Test
    void copiesOfASmallObjectAreNotMoreThanIsWorthwhile() {
        assertThat(copiesOf(100 * MIB)).hasSize(2);
        assertThat(copiesOf(64 * MIB)).hasSize(1);
    }

    private List<S3Part> copiesOf(long size) {
        List<S3Piece> pieces = List.of(new S3Piece(0, size, new Remote("object", "etag", 0, size)));
        return validated(real.plan(pieces), pieces, S3Limits.AWS);
    }

    @Test
    void aSmallPatchInALargeObjectSendsOnePartOfTheLeastSize() {
        long size = 1024 * MIB;
        List<S3Piece> pieces = List.of(
                new S3Piece(0, size / 2, base(0)),
                new S3Piece(size / 2, 100, Local.STAGED),
                new S3Piece(size / 2 + 100, size / 2 - 100, base(size / 2 + 100)));

        List<S3Part> parts = validated(real.plan(pieces), pieces, S3Limits.AWS);

        assertThat(parts.stream().filter(part -> !part.isCopy()).mapToLong(S3Part::length))
                .containsExactly(5 * MIB);
    }

    @Test
    void aShortAppendSendsTheAppendedBytesAlone() {
        List<S3Piece> pieces = List.of(new S3Piece(0, 1024 * MIB, base(0)), new S3Piece(1024 * MIB, 100, Local.STAGED));

        List<S3Part> parts = validated(real.plan(pieces), pieces, S3Limits.AWS);

        assertThat(parts.stream().filter(part -> !part.isCopy()).mapToLong(S3Part::length))
                .containsExactly(100L);
    }

    @Test
    void aTruncatedObjectIsCopiedWithoutSendingAByte() {
        List<S3Piece> pieces = List.of(new S3Piece(0, 700 * MIB + 1, base(0)));

        assertThat(validated(real.plan(pieces), pieces, S3Limits.AWS)).allMatch(S3Part::isCopy);
    }

    @Test
    void theLargestObjectFits() {
        long size = S3Limits.AWS.maxObjectBytes();
        List<S3Piece> pieces = List.of(new S3Piece(0, size - 7, base(0)), new S3Piece(size - 7, 7, Local.STAGED));

        assertThat(validated(real.plan(pieces), pieces, S3Limits.AWS)).hasSizeLessThanOrEqualTo(10_000);
    }

    @Test
    void aHundredThousandPatchesInAHundredGibibytesArePlanned() {
        Random random = new Random(Long.getLong("conveyor.seed", 42));
        List<S3Piece> pieces = new ArrayList<>();
        long offset = 0;
        while (offset < 100L << 30) {
            long clean = 4096L * (1 + random.nextInt(500));
            pieces.add(new S3Piece(offset, clean, base(offset)));
            pieces.add(new S3Piece(offset + clean, 4096, Local.STAGED));
            offset += clean + 4096;
        }

        assertThat(validated(real.plan(pieces), pieces, S3Limits.AWS)).hasSizeLessThanOrEqualTo(10_000);
    }

    private void check(List<S3Piece> pieces) {
        List<S3Part> parts = validated(small.plan(pieces), pieces, SMALL);
        if (cost(pieces, parts) != leastCost(pieces, SMALL)) {
            assertThat(cost(pieces, parts))
                    .as("%s planned as %s", pieces, parts)
                    .isEqualTo(leastCost(pieces, SMALL));
        }
    }

    /** Each digit of {@code pattern} to the base 3 says what a byte is: new, of the base, or of another stored object. */
    private static List<S3Piece> pieces(int pattern, int size) {
        List<S3Piece> pieces = new ArrayList<>();
        int rest = pattern;
        for (int offset = 0; offset < size; offset++, rest /= 3) {
            append(pieces, offset, rest % 3);
        }
        return pieces;
    }

    private static List<S3Piece> randomPieces(Random random, int size, int longest) {
        List<S3Piece> pieces = new ArrayList<>();
        int offset = 0;
        while (offset < size) {
            int kind = random.nextInt(8);
            int length = Math.min(size - offset, 1 + random.nextInt(longest));
            for (int i = 0; i < length; i++, offset++) {
                append(pieces, offset, kind < 3 ? 0 : kind < 7 ? 1 : 2);
            }
        }
        return pieces;
    }

    private static void append(List<S3Piece> pieces, int offset, int kind) {
        S3Piece last = pieces.isEmpty() ? null : pieces.get(pieces.size() - 1);
        if (last != null && kind == kind(last)) {
            pieces.set(pieces.size() - 1, new S3Piece(last.offset(), last.length() + 1, last.content()));
        } else {
            pieces.add(new S3Piece(
                    offset,
                    1,
                    kind == 0
                            ? Local.STAGED
                            : kind == 1 ? base(offset) : new Remote("other", "\"o\"", offset, 1L << 50)));
        }
    }

    private static int kind(S3Piece piece) {
        return piece.content() instanceof Remote remote ? (remote.key().equals("base") ? 1 : 2) : 0;
    }

    private static Remote base(long offset) {
        return new Remote("base", "\"b\"", offset, 1L << 50);
    }

    /** Checks everything that makes a plan legal. */
    private static List<S3Part> validated(List<S3Part> parts, List<S3Piece> pieces, S3Limits limits) {
        long position = 0;
        for (S3Part part : parts) {
            boolean last = part.number() == parts.size();
            boolean legal = part.offset() == position
                    && part.number() == parts.indexOf(part) + 1
                    && part.length() >= (last ? 1 : limits.minPartBytes())
                    && part.length() <= limits.maxPartBytes()
                    && (!part.isCopy() || isWithinItsSource(part, pieces));
            if (!legal) {
                assertThat(legal).as("%s of %s for %s", part, parts, pieces).isTrue();
            }
            position = part.end();
        }
        assertThat(position).isEqualTo(pieces.get(pieces.size() - 1).end());
        return parts;
    }

    private static boolean isWithinItsSource(S3Part part, List<S3Piece> pieces) {
        return pieces.stream()
                .filter(piece -> piece.offset() <= part.offset() && part.end() <= piece.end())
                .anyMatch(piece ->
                        piece.within(part.offset(), part.end()).content().equals(part.source()));
    }

    private static long cost(List<S3Piece> pieces, List<S3Part> parts) {
        return parts.stream()
                .filter(part -> !part.isCopy())
                .mapToLong(part -> copyable(pieces, part.offset(), part.end()))
                .sum();
    }

    private static long copyable(List<S3Piece> pieces, long from, long to) {
        return pieces.stream()
                .filter(S3Piece::isCopyable)
                .mapToLong(piece -> Math.max(0, Math.min(to, piece.end()) - Math.max(from, piece.offset())))
                .sum();
    }

    /** The same question answered by trying every cut. */
    private static long leastCost(List<S3Piece> pieces, S3Limits limits) {
        int size = (int) pieces.get(pieces.size() - 1).end();
        int[] owner = new int[size];
        long[] before = new long[size + 1];
        for (int i = 0; i < pieces.size(); i++) {
            for (long at = pieces.get(i).offset(); at < pieces.get(i).end(); at++) {
                owner[(int) at] = i;
                before[(int) at + 1] = before[(int) at] + (pieces.get(i).isCopyable() ? 1 : 0);
            }
        }
        long[] best = new long[size + 1];
        for (int end = 1; end <= size; end++) {
            best[end] = Long.MAX_VALUE / 2;
            for (int start = 0; start < end; start++) {
                if (end < size && end - start < limits.minPartBytes()) {
                    continue;
                }
                boolean copy = owner[start] == owner[end - 1]
                        && pieces.get(owner[start]).isCopyable();
                best[end] = Math.min(best[end], best[start] + (copy ? 0 : before[end] - before[start]));
            }
        }
        return best[size];
    }
}
