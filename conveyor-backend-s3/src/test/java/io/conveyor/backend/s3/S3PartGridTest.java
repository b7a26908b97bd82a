package io.conveyor.backend.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.StorageException;
import io.conveyor.StorageException.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class S3PartGridTest {

    private static final long MIB = 1 << 20;

    private final S3PartSizes sizes = new S3PartSizes(S3Limits.AWS, 8 * MIB, S3Limits.AWS.maxPartBytes());

    @ParameterizedTest
    @ValueSource(
            longs = {
                0,
                1,
                5 * MIB - 1,
                5 * MIB,
                16 * MIB,
                21 * MIB - 1,
                21 * MIB,
                1L << 30,
                31L << 30,
                (1L << 40) + 17,
                9L << 40
            })
    void partsLieEndToEndAndKeepTheBounds(long base) throws Exception {
        S3PartGrid grid = new S3PartGrid(S3Limits.AWS, sizes, base);

        long position = 0;
        for (int number = 1; number < 10_000; number++) {
            assertThat(grid.start(number)).isEqualTo(position);
            long length = grid.end(number) - grid.start(number);
            assertThat(length).isBetween(S3Limits.AWS.minPartBytes(), S3Limits.AWS.maxPartBytes());
            assertThat(grid.numberAt("pwrite", "k", position)).isEqualTo(number);
            assertThat(grid.numberAt("pwrite", "k", position + length - 1)).isEqualTo(number);
            position += length;
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 5 * MIB - 1, 5 * MIB, 16 * MIB + 1, 1L << 30, (1L << 40) + 17})
    void theTailTakesLessThanOnePartOfTheBase(long base) {
        S3PartGrid grid = new S3PartGrid(S3Limits.AWS, sizes, base);

        assertThat(base - grid.tailStart()).isBetween(0L, 5 * MIB - 1);
        assertThat(grid.start(grid.firstTailNumber())).isEqualTo(grid.tailStart());
    }

    @Test
    void aStreamOfUnknownLengthReachesFiftyTerabytes() throws Exception {
        S3PartGrid grid = new S3PartGrid(S3Limits.AWS, sizes, 0);

        assertThat(grid.numberAt("pwrite", "k", 45L << 40)).isLessThanOrEqualTo(10_000);
    }

    @Test
    void theLastPartOfAnObjectOfAGigabyteIsNoLongerOnItsWayThanTheFirst() {
        S3PartGrid grid = new S3PartGrid(S3Limits.AWS, sizes, 0);

        for (int number = 1; number <= 256; number++) {
            assertThat(grid.end(number) - grid.start(number)).isEqualTo(8 * MIB);
        }
        assertThat(grid.end(300) - grid.start(300)).isGreaterThan(8 * MIB);
    }

    @Test
    void beyondTheLastPartAWriteIsRefusedAtOnce() {
        S3PartGrid grid = new S3PartGrid(S3Limits.AWS, new S3PartSizes(S3Limits.AWS, 8 * MIB, 8 * MIB), 0);

        assertThatThrownBy(() -> grid.numberAt("pwrite", "k", 80_000 * MIB))
                .isInstanceOfSatisfying(
                        StorageException.class, e -> assertThat(e.kind()).isEqualTo(Kind.TOO_LARGE));
    }
}
