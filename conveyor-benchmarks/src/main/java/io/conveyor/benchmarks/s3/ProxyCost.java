package io.conveyor.benchmarks.s3;

import io.conveyor.benchmarks.contest.Contest;
import io.conveyor.benchmarks.contest.Result;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;

/** What the slow store itself costs in processor time: what the machine spends on it, the contenders do not have. */
public final class ProxyCost {

    private static final int CHUNK = 64 << 10;
    private static final int BYTES = 256 << 20;

    private ProxyCost() {}

    /** Measures a read and a write, each {@code rounds} times. */
    public static List<Result> run(int rounds) throws Exception {
        try (SlowS3 store = SlowS3.start();
                S3Client client = store.address().client()) {
            byte[] object = new byte[BYTES];
            Work write = () -> client.putObject(
                    request -> request.bucket(store.address().bucket()).key("object"), RequestBody.fromBytes(object));
            Work read = () -> drain(client, store.address().bucket());
            write.run();
            return List.of(cost("getObject", store, read, rounds), cost("putObject", store, write, rounds));
        }
    }

    private interface Work {
        void run() throws Exception;
    }

    private static void drain(S3Client client, String bucket) throws IOException {
        byte[] buffer = new byte[CHUNK];
        try (var in = client.getObject(request -> request.bucket(bucket).key("object"))) {
            while (in.read(buffer) >= 0) {
                // only the way here is of interest
            }
        }
    }

    private static Result cost(String call, SlowS3 store, Work work, int rounds) throws Exception {
        Contest contest = Contest.perRun(
                        "The slow store (" + SlowS3.slowness() + "): CPU ms per GiB of a " + call, 1, BYTES)
                .contender("proxy", () -> millisPerGib(store::proxyCpu, work));
        if (store.serverCpu().isPresent()) {
            contest.contender(
                    "server", () -> millisPerGib(() -> store.serverCpu().orElseThrow(), work));
        }
        return contest.run(1, Math.min(rounds, 5));
    }

    private static double millisPerGib(Supplier<Duration> cpu, Work work) throws Exception {
        Duration before = cpu.get();
        work.run();
        return cpu.get().minus(before).toNanos() / 1e6 * (1 << 30) / BYTES;
    }
}
