package io.conveyor.benchmarks.s3;

import io.conveyor.benchmarks.contest.Contest;
import io.conveyor.benchmarks.contest.Result;
import java.util.List;
import java.util.stream.LongStream;

/** What the time of a conveyor on S3 grows with: the size of the object, how many requests run at a time, how many places are changed. */
public final class S3Growth {

    /** For the curves in which the size is not what changes. */
    private static final long FIXED = S3Contenders.BYTES / 4;

    /** The last part of most objects is no whole one. */
    private static final long[] NO_WHOLE_NUMBER_OF_PARTS = {
        23 << 20, 47 << 20, 100 << 20, FIXED - (3 << 20), S3Contenders.BYTES - (3 << 20)
    };

    private static final int[] AT_ONCE = {1, 2, 4, 8, 16};

    private S3Growth() {}

    /** Measures, each point {@code rounds} times, objects of up to {@code -Dconveyor.benchmarks.s3-mib=} (1024). */
    public static List<Result> run(int rounds) throws Exception {
        try (S3Contenders contenders = S3Contenders.start()) {
            int few = Math.min(rounds, 5);
            contenders.put("fixed", FIXED);
            return List.of(
                    writesBySize(contenders, few),
                    editsBySize(contenders, few),
                    editsByPlaces(contenders, few),
                    writesByParts(contenders, few),
                    readsByRequests(contenders, few));
        }
    }

    private static String mebibytes(long bytes) {
        return (bytes >> 20) + " MiB";
    }

    private static Contest contest(String title) {
        return Contest.ofFigures(title, "ms").note(SlowS3.slowness());
    }

    private static double millis(Call call) throws Exception {
        long began = System.nanoTime();
        call.run();
        return (System.nanoTime() - began) / 1e6;
    }

    private interface Call {
        void run() throws Exception;
    }

    private static Result writesBySize(S3Contenders contenders, int rounds) throws Exception {
        Contest contest = contest("S3, by the size of the object: ms per MiB written to a new one");
        for (long bytes : NO_WHOLE_NUMBER_OF_PARTS) {
            contest.contender(mebibytes(bytes), () -> {
                contenders.remove("written");
                return millis(() ->
                                contenders.conveyor().write("written", contenders.chunk(), bytes / S3Contenders.CHUNK))
                        / (bytes >> 20);
            });
        }
        return contest.run(1, rounds);
    }

    private static Result editsBySize(S3Contenders contenders, int rounds) throws Exception {
        Contest contest = contest("S3, by the size of the object: 100 bytes in the middle");
        for (long size = S3Contenders.BYTES / 64; size <= S3Contenders.BYTES; size *= 4) {
            long bytes = size;
            String key = "edited-" + bytes;
            contest.contender(
                    mebibytes(bytes),
                    () -> contenders.put(key, bytes),
                    () -> millis(() -> contenders.conveyor().edit(key, new byte[100], bytes / 2)),
                    () -> contenders.remove(key));
        }
        return contest.run(0, rounds);
    }

    private static Result editsByPlaces(S3Contenders contenders, int rounds) throws Exception {
        Contest contest = contest("S3, by the places that are changed: 100 bytes each in " + mebibytes(FIXED));
        for (int places : new int[] {1, 4, 16, 64}) {
            long[] offsets = LongStream.range(0, places)
                    .map(place -> (2 * place + 1) * FIXED / (2L * places))
                    .toArray();
            contest.contender(
                    places + " places",
                    () -> contenders.put("fixed", FIXED),
                    () -> millis(() -> contenders.conveyor().edit("fixed", new byte[100], offsets)),
                    Contest.Step.NONE);
        }
        return contest.run(0, rounds);
    }

    private static Result writesByParts(S3Contenders contenders, int rounds) throws Exception {
        Contest contest = contest("S3, by the parts that are sent at a time: " + mebibytes(FIXED) + " to a new object");
        for (int count : AT_ONCE) {
            contest.contender(
                    count + " parts",
                    () -> contenders.remove("written"),
                    () -> alone(
                            contenders,
                            count,
                            conveyor -> conveyor.write("written", contenders.chunk(), FIXED / S3Contenders.CHUNK)),
                    Contest.Step.NONE);
        }
        return contest.run(1, rounds);
    }

    private static Result readsByRequests(S3Contenders contenders, int rounds) throws Exception {
        Contest contest = contest("S3, by the requests that read at a time: " + mebibytes(FIXED) + " in order");
        for (int count : AT_ONCE) {
            contest.contender(
                    count + " requests",
                    () -> alone(contenders, count, conveyor -> {
                        S3Contenders.Check check = contenders.check();
                        conveyor.read("fixed", new byte[S3Contenders.CHUNK], check);
                    }));
        }
        contenders.put("fixed", FIXED);
        return contest.run(1, rounds);
    }

    private interface Use {
        void with(ConveyorAccess conveyor) throws Exception;
    }

    /** With a factory of its own, which has no connections yet. */
    private static double alone(S3Contenders contenders, int atOnce, Use use) throws Exception {
        try (ConveyorAccess conveyor = new ConveyorAccess(
                "conveyor",
                contenders.address(),
                options -> options.readConcurrency(atOnce).writeConcurrency(atOnce))) {
            return millis(() -> use.with(conveyor));
        }
    }
}
