package io.conveyor.backend.s3;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.core.Conveyors;
import io.conveyor.testkit.Bytes;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.CopyPartResult;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.DeleteObjectRequest;
import software.amazon.awssdk.services.s3.model.DeleteObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadBucketRequest;
import software.amazon.awssdk.services.s3.model.HeadBucketResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;
import software.amazon.awssdk.services.s3.model.UploadPartCopyRequest;
import software.amazon.awssdk.services.s3.model.UploadPartCopyResponse;
import software.amazon.awssdk.services.s3.model.UploadPartRequest;
import software.amazon.awssdk.services.s3.model.UploadPartResponse;

/**
 * A long stream runs in a JVM whose heap and direct memory together are the budget and 64 MiB. It has 768 MiB; with {@code
 * -Dconveyor.s3.stream-mib=4096} it has four gibibytes.
 */
class S3StreamingMemoryTest {

    private static final int BUDGET_MIB = 32;
    private static final String STREAM_MIB = System.getProperty("conveyor.s3.stream-mib", "768");

    @TempDir
    Path directory;

    @Test
    @Timeout(600)
    void aStreamNeedsNoMoreThanTheBudgetAndSixtyFourMebibytes() throws Exception {
        Path log = directory.resolve("child.log");
        Process process = ChildProcess.start(
                log,
                Streamer.class,
                List.of("-Xmx56m", "-XX:MaxDirectMemorySize=40m"),
                List.of(STREAM_MIB, directory.toString()));

        assertThat(process.waitFor(590, TimeUnit.SECONDS)).isTrue();
        System.out.print(Files.readString(log));
        assertThat(Files.readString(log)).contains("stored " + STREAM_MIB + " MiB");
        assertThat(process.exitValue()).isZero();
    }

    /** Streams into a store that only counts. */
    static final class Streamer {

        private static final int MIB = 1 << 20;

        public static void main(String[] arguments) throws IOException {
            long total = Long.parseLong(arguments[0]) * MIB;
            CountingS3 store = new CountingS3();
            S3Backend backend = S3Backend.create(S3Options.builder("bucket")
                    .client(store)
                    .stagingDirectory(Path.of(arguments[1]))
                    .stagingBytes(512L * MIB)
                    .build());
            try (ConveyorFactory factory = Conveyors.builder(backend)
                    .memoryBudget((long) BUDGET_MIB * MIB)
                    .build()) {
                try (Conveyor conveyor = factory.open("object", WRITE, CREATE)) {
                    ByteBuffer chunk = ByteBuffer.wrap(Bytes.at(0, MIB, 1));
                    for (long done = 0; done < total; done += MIB) {
                        conveyor.write(chunk.clear());
                    }
                }
            }
            System.out.println("stored " + store.published.get() / MIB + " MiB" + peak());
        }

        /** The most memory that the process ever had, where the system tells. */
        private static String peak() throws IOException {
            Path status = Path.of("/proc/self/status");
            return Files.exists(status)
                    ? Files.readAllLines(status).stream()
                            .filter(line -> line.startsWith("VmHWM"))
                            .findFirst()
                            .map(line -> ", " + line.replaceAll("\\s+", " "))
                            .orElse("")
                    : "";
        }
    }

    /** Takes everything and keeps the sizes alone. */
    private static final class CountingS3 implements S3Client {

        private final AtomicLong published = new AtomicLong();

        private static long drain(RequestBody body) {
            try (InputStream in = body.contentStreamProvider().newStream()) {
                return in.transferTo(OutputStream.nullOutputStream());
            } catch (IOException e) {
                throw SdkClientException.create("body", e);
            }
        }

        @Override
        public HeadBucketResponse headBucket(HeadBucketRequest request) {
            return HeadBucketResponse.builder().build();
        }

        @Override
        public HeadObjectResponse headObject(HeadObjectRequest request) {
            throw FakeS3.failure(404, null);
        }

        @Override
        public PutObjectResponse putObject(PutObjectRequest request, RequestBody body) {
            return PutObjectResponse.builder().eTag("\"" + drain(body) + "\"").build();
        }

        @Override
        public CreateMultipartUploadResponse createMultipartUpload(CreateMultipartUploadRequest request) {
            return CreateMultipartUploadResponse.builder()
                    .uploadId(UUID.randomUUID().toString())
                    .build();
        }

        @Override
        public UploadPartResponse uploadPart(UploadPartRequest request, RequestBody body) {
            return UploadPartResponse.builder().eTag("\"" + drain(body) + "\"").build();
        }

        /** The tags carry the sizes, for whole hidden objects as for parts. */
        @Override
        public UploadPartCopyResponse uploadPartCopy(UploadPartCopyRequest request) {
            return UploadPartCopyResponse.builder()
                    .copyPartResult(CopyPartResult.builder()
                            .eTag(request.copySourceIfMatch())
                            .build())
                    .build();
        }

        @Override
        public CompleteMultipartUploadResponse completeMultipartUpload(CompleteMultipartUploadRequest request) {
            request.multipartUpload()
                    .parts()
                    .forEach(part ->
                            published.addAndGet(Long.parseLong(part.eTag().replace("\"", ""))));
            return CompleteMultipartUploadResponse.builder().eTag("\"whole\"").build();
        }

        @Override
        public DeleteObjectResponse deleteObject(DeleteObjectRequest request) {
            return DeleteObjectResponse.builder().build();
        }

        @Override
        public String serviceName() {
            return "s3";
        }

        @Override
        public void close() {}
    }
}
