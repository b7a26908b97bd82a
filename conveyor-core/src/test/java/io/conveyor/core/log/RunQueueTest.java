package io.conveyor.core.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.testkit.Seed;
import java.util.ArrayDeque;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RunQueueTest {

    @Test
    void aWriteThatContinuesTheNewestRunExtendsIt() {
        RunQueue runs = new RunQueue();

        runs.addWrite(100, 5, 10);
        runs.addWrite(110, 15, 7);

        assertThat(runs.size()).isOne();
        assertThat(runs.logStart(0)).isEqualTo(100);
        assertThat(runs.logEnd(0)).isEqualTo(117);
        assertThat(runs.fileOffset(0, 112)).isEqualTo(17);
    }

    @Test
    void aWriteElsewhereInTheFileOrTheLogIsARunOfItsOwn() {
        RunQueue runs = new RunQueue();

        runs.addWrite(100, 5, 10);
        runs.addWrite(110, 16, 7);
        runs.addWrite(118, 23, 1);

        assertThat(runs.size()).isEqualTo(3);
        assertThat(runs.fileOffset(1, 110)).isEqualTo(16);
        assertThat(runs.fileOffset(2, 118)).isEqualTo(23);
    }

    @Test
    void aCutTakesOnePositionAndIsNeverExtended() {
        RunQueue runs = new RunQueue();

        runs.addWrite(0, 0, 10);
        runs.addCut(10, 4);
        runs.addWrite(11, 5, 3);
        runs.addCut(14, 2);
        runs.addCut(15, 2);

        assertThat(runs.size()).isEqualTo(5);
        assertThat(runs.isCut(0)).isFalse();
        assertThat(runs.isCut(1)).isTrue();
        assertThat(runs.logStart(1)).isEqualTo(10);
        assertThat(runs.logEnd(1)).isEqualTo(11);
        assertThat(runs.fileOffset(1, 10)).isEqualTo(4);
        assertThat(runs.isCut(2)).isFalse();
        assertThat(runs.isCut(3)).isTrue();
        assertThat(runs.isCut(4)).isTrue();
    }

    @Test
    void aWriteIsNotExtendedOnceItWasForgotten() {
        RunQueue runs = new RunQueue();

        runs.addWrite(0, 0, 10);
        runs.removeHead();
        runs.addWrite(10, 10, 10);

        assertThat(runs.size()).isOne();
        assertThat(runs.logStart(runs.head())).isEqualTo(10);
    }

    @Test
    void clearingKeepsTheSequenceGrowing() {
        RunQueue runs = new RunQueue();
        for (int i = 0; i < 20; i++) {
            runs.addCut(i, 0);
        }
        long tail = runs.tail();

        runs.clear();

        assertThat(runs.size()).isZero();
        assertThat(runs.head()).isEqualTo(tail);
        runs.addWrite(20, 1000, 5);
        assertThat(runs.logStart(tail)).isEqualTo(20);
        assertThat(runs.fileOffset(tail, 22)).isEqualTo(1002);
    }

    private record Run(long logStart, long logEnd, long offset, boolean cut) {}

    @Test
    void runsComeAndGoThroughManyWrapsAndGrowths() {
        Seed seed = Seed.current();
        Random random = seed.random();
        RunQueue runs = new RunQueue();
        ArrayDeque<Run> model = new ArrayDeque<>();
        long log = 1L << 35;
        int most = 8;
        for (int step = 0; step < 50_000; step++) {
            if (step % 1000 == 0) {
                most = 1 << random.nextInt(10);
            }
            if (model.size() < most && random.nextInt(3) > 0) {
                log = add(runs, model, random, log);
            } else if (!model.isEmpty()) {
                runs.removeHead();
                model.removeFirst();
            }
            compare(runs, model, "step " + step + ", " + seed);
        }
    }

    private static long add(RunQueue runs, ArrayDeque<Run> model, Random random, long log) {
        if (random.nextInt(5) == 0) {
            long size = random.nextInt(100);
            runs.addCut(log, size);
            model.addLast(new Run(log, log + 1, size, true));
            return log + 1;
        }
        int length = 1 + random.nextInt(10);
        Run last = model.peekLast();
        if (last != null && !last.cut && random.nextBoolean()) {
            runs.addWrite(log, last.offset + (last.logEnd - last.logStart), length);
            model.removeLast();
            model.addLast(new Run(last.logStart, log + length, last.offset, false));
        } else {
            long offset = 1_000_000L + random.nextInt(1_000_000_000);
            runs.addWrite(log, offset, length);
            model.addLast(new Run(log, log + length, offset, false));
        }
        return log + length;
    }

    private static void compare(RunQueue runs, ArrayDeque<Run> model, String where) {
        if (runs.size() != model.size()) {
            throw new AssertionError(runs.size() + " runs, not " + model.size() + ", " + where);
        }
        long at = runs.head();
        for (Run run : model) {
            Run found =
                    new Run(runs.logStart(at), runs.logEnd(at), runs.fileOffset(at, runs.logStart(at)), runs.isCut(at));
            if (!found.equals(run)) {
                throw new AssertionError(found + " is not " + run + ", " + where);
            }
            at++;
        }
        if (at != runs.tail()) {
            throw new AssertionError("the tail is " + runs.tail() + ", not " + at + ", " + where);
        }
    }
}
