package io.conveyor.benchmarks.s3;

import io.conveyor.benchmarks.contest.Contest;
import io.conveyor.benchmarks.contest.Result;
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
                            PATCH + " bytes in the middle of " + (S3Contenders.BYTES >> 20) + " MiB of S3, ms",
                            1,
                            PATCH)
                    .target("<= 0.05 x any other that is not bare requests");
            return List.of(contenders
                    .with(contest, "edited", (access, key, bytes) -> edit(contenders, access, key, bytes))
                    .run(1, Math.min(rounds, 5)));
        }
    }

    /** Writes what is there already, but for one byte, so that the outcome can be compared, and then puts that byte back past the measurement. */
    private static double edit(S3Contenders contenders, S3Access access, String key, long bytes) throws Exception {
        long middle = bytes / 2;
        byte[] chunk = contenders.chunk();
        byte[] patch = new byte[PATCH];
        System.arraycopy(chunk, (int) (middle % chunk.length), patch, 0, PATCH);
        patch[0] = (byte) (patch[0] ^ 1);
        double millis = S3Contenders.millis(() -> access.edit(key, patch, middle));
        contenders.check(key, bytes, middle, patch[0]);
        contenders.put(key, bytes);
        return millis;
    }
}
