package io.conveyor.benchmarks.s3;

import io.conveyor.benchmarks.contest.Contest;
import io.conveyor.benchmarks.contest.Result;
import io.conveyor.benchmarks.contest.Task;
import java.util.List;

/** An object from its start to its end, and the first byte of one that was just opened. */
public final class S3Reads {

    private S3Reads() {}

    /** Measures, each contender {@code rounds} times, an object of {@code -Dconveyor.benchmarks.s3-mib=} (1024). */
    public static List<Result> run(int rounds) throws Exception {
        try (S3Contenders contenders = S3Contenders.start()) {
            contenders.put("read", S3Contenders.BYTES);
            return List.of(sequential(contenders, Math.min(rounds, 5)), firstByte(contenders, rounds));
        }
    }

    private static Result sequential(S3Contenders contenders, int rounds) throws Exception {
        byte[] buffer = new byte[S3Contenders.CHUNK];
        Contest contest = Contest.perRun(
                        (S3Contenders.BYTES >> 20) + " MiB of S3 in 64 KiB reads from the start to the end, ms",
                        S3Contenders.BYTES / S3Contenders.CHUNK,
                        S3Contenders.CHUNK)
                .target("<= 1.18 x the bare parallel GETs, and less than any other");
        return contenders
                .with(contest, "read", (access, key, bytes) -> {
                    S3Contenders.Check check = contenders.check();
                    access.read(key, buffer, check);
                    return check.end(bytes);
                })
                .run(0, rounds);
    }

    private static Result firstByte(S3Contenders contenders, int rounds) throws Exception {
        int first = contenders.chunk()[0] & 0xff;
        Contest contest = Contest.perRun("The first byte of an object that was just opened, ms", 1, 0)
                .target("<= getObject and one round trip");
        return contenders
                .with(contest, "read", (access, key, bytes) -> {
                    if (access.firstByte(key) != first) {
                        throw new IllegalStateException("a wrong byte");
                    }
                    return Task.ELAPSED;
                })
                .run(2, rounds);
    }
}
