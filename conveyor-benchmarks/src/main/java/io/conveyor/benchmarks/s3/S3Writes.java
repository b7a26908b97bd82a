package io.conveyor.benchmarks.s3;

import io.conveyor.benchmarks.contest.Contest;
import io.conveyor.benchmarks.contest.Result;
import io.conveyor.benchmarks.contest.Task;
import java.util.List;

/** A new object, written from its start to its end, until it is there. */
public final class S3Writes {

    /** Less than a conveyor may have pending: there is no reason to wait. */
    private static final long FITTING = ConveyorAccess.WINDOW / 2;

    private S3Writes() {}

    /** Measures, each contender {@code rounds} times, an object of {@code -Dconveyor.benchmarks.s3-mib=} (1024). */
    public static List<Result> run(int rounds) throws Exception {
        try (S3Contenders contenders = S3Contenders.start()) {
            int few = Math.min(rounds, 5);
            return List.of(sequential(contenders, few), slowest(contenders, few), stalls(contenders, few));
        }
    }

    private static Result sequential(S3Contenders contenders, int rounds) throws Exception {
        Contest contest = Contest.perRun(
                        (S3Contenders.BYTES >> 20) + " MiB to a new object of S3 in 64 KiB writes, close included, ms",
                        S3Contenders.BYTES / S3Contenders.CHUNK,
                        S3Contenders.CHUNK)
                .target("<= 1.18 x the bare parallel parts, and less than any other");
        return contenders
                .with(contest, "written", new S3Contenders.Work() {
                    @Override
                    public void before(String key) {
                        contenders.remove(key);
                    }

                    @Override
                    public double run(S3Access access, String key, long bytes) throws Exception {
                        access.write(key, contenders.chunk(), bytes / S3Contenders.CHUNK);
                        return Task.ELAPSED;
                    }

                    @Override
                    public void after(String key, long bytes) throws Exception {
                        contenders.check(key, bytes, -1, (byte) 0);
                    }
                })
                .run(1, rounds);
    }

    private static Result slowest(S3Contenders contenders, int rounds) throws Exception {
        return Contest.ofFigures(
                        "The slowest 64 KiB write of " + (FITTING >> 20) + " MiB that fit into the budget", "ms")
                .target("less than a round trip: none waits for storage")
                .note(SlowS3.slowness())
                .contender("conveyor", () -> heldUp(contenders).slowestNanos() / 1e6)
                .run(1, rounds);
    }

    private static Result stalls(S3Contenders contenders, int rounds) throws Exception {
        return Contest.ofFigures("The same: writes that waited for room", "writes")
                .target("none")
                .contender("conveyor", () -> heldUp(contenders).stalls())
                .run(0, rounds);
    }

    private static ConveyorAccess.HeldUp heldUp(S3Contenders contenders) throws Exception {
        contenders.remove("written");
        return contenders.conveyor().heldUp("written", contenders.chunk(), FITTING / S3Contenders.CHUNK);
    }
}
