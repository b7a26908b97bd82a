package io.conveyor.benchmarks.s3;

import io.conveyor.benchmarks.contest.Contest;
import io.conveyor.benchmarks.contest.Result;
import io.conveyor.benchmarks.contest.Task;
import java.util.List;

/** A few bytes in the middle of an object, until the object has them. */
public final class S3Edits {

    private static final int PATCH = 100;

    private S3Edits() {}

    /** Measures, each contender {@code rounds} times, an object of {@code -Dconveyor.benchmarks.s3-mib=} (1024). */
    public static List<Result> run(int rounds) throws Exception {
        try (S3Contenders contenders = S3Contenders.start()) {
            contenders.put("edited", S3Contenders.BYTES);
            Contest contest = Contest.perRun(
                            PATCH + " bytes in the middle of " + (S3Contenders.BYTES >> 20) + " MiB of S3, ms", 1, 0)
                    .target("<= 0.05 x any other that is not bare requests");
            return List.of(
                    contenders.with(contest, "edited", new Edit(contenders)).run(0, Math.min(rounds, 5)));
        }
    }

    /** Writes what is there already, but for one byte, so that the outcome can be compared. */
    private record Edit(S3Contenders contenders) implements S3Contenders.Work {

        @Override
        public double run(S3Access access, String key, long bytes) throws Exception {
            access.edit(key, patch(bytes / 2), bytes / 2);
            return Task.ELAPSED;
        }

        private byte[] patch(long offset) {
            byte[] chunk = contenders.chunk();
            byte[] patch = new byte[PATCH];
            System.arraycopy(chunk, (int) (offset % chunk.length), patch, 0, PATCH);
            patch[0] = (byte) (patch[0] ^ 1);
            return patch;
        }

        @Override
        public void after(String key, long bytes) throws Exception {
            contenders.check(key, bytes, bytes / 2, patch(bytes / 2)[0]);
            contenders.put(key, bytes);
        }
    }
}
