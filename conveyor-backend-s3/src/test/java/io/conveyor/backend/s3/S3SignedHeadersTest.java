package io.conveyor.backend.s3;

import static io.conveyor.backend.s3.S3Fixture.MIB;
import static io.conveyor.backend.s3.S3Fixture.assertSame;
import static io.conveyor.backend.s3.S3Fixture.random;
import static io.conveyor.backend.s3.S3Fixture.readAll;
import static io.conveyor.backend.s3.S3Fixture.write;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.spi.StorageHandle;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.http.SdkHttpRequest;

/** What is signed over plain HTTP, seen where requests leave, against a server that checks signatures. */
class S3SignedHeadersTest {

    private static final String UNSIGNED = "UNSIGNED-PAYLOAD";

    private final List<SdkHttpRequest> sent = Collections.synchronizedList(new ArrayList<>());
    private S3ProxyServer server;

    @BeforeEach
    void start() throws Exception {
        server = S3ProxyServer.start();
    }

    @AfterEach
    void stop() throws Exception {
        server.close();
    }

    @ParameterizedTest
    @EnumSource(
            value = S3Checksum.class,
            names = {"MD5", "CRC32", "CRC32C"})
    void aBodyWhoseChecksumIsSignedIsNotHashedForTheSignature(S3Checksum checksum) throws Exception {
        storeAnObject(options -> options.checksum(checksum));
        assertThat(bodies()).hasSizeGreaterThanOrEqualTo(4).containsOnly(UNSIGNED);
        assertThat(sent)
                .filteredOn(S3SignedHeadersTest::isBody)
                .allMatch(request -> request.firstMatchingHeader("Authorization")
                        .orElse("")
                        .contains(checksum == S3Checksum.MD5 ? "content-md5" : "x-amz-checksum-"));
    }

    @Test
    void aBodyWithoutAChecksumIsSigned() throws Exception {
        storeAnObject(options -> options.checksum(S3Checksum.NONE));
        assertThat(bodies()).hasSizeGreaterThanOrEqualTo(4).doesNotContain(UNSIGNED);
    }

    @Test
    void bodiesAreSignedWhereThatIsAskedFor() throws Exception {
        storeAnObject(options -> options.signBodies(true));
        assertThat(bodies()).hasSizeGreaterThanOrEqualTo(4).doesNotContain(UNSIGNED);
    }

    /** The server compares a CRC, as it shows when it is asked with a wrong one; a whole object has what any server compares. */
    @Test
    void partsHaveACrcAndWholeObjectsAnMd5IfNobodyChooses() throws Exception {
        storeAnObject(options -> options);
        assertThat(sent)
                .filteredOn(S3SignedHeadersTest::isBody)
                .allMatch(request -> request.firstMatchingHeader("Authorization")
                        .orElse("")
                        .contains(
                                request.rawQueryParameters().containsKey("uploadId")
                                        ? "x-amz-checksum-crc32c"
                                        : "content-md5"));
    }

    @Test
    void theListOfPartsIsSigned() throws Exception {
        storeAnObject(options -> options);
        assertThat(sent)
                .filteredOn(request -> request.method().name().equals("POST")
                        && request.rawQueryParameters().containsKey("uploadId"))
                .isNotEmpty()
                .noneMatch(request -> payload(request).equals(UNSIGNED));
    }

    private void storeAnObject(UnaryOperator<S3Options.Builder> own) throws Exception {
        S3Options options = own.apply(server.options()
                        .client(null)
                        .partBytes(5 * MIB)
                        .singlePutBytes(5 * MIB)
                        .clientCustomizer(
                                client -> client.overrideConfiguration(client.overrideConfiguration().toBuilder()
                                        .addExecutionInterceptor(new Listener())
                                        .build())))
                .build();
        byte[] content = random(1, 17 * MIB);
        try (S3Backend backend = S3Backend.create(options)) {
            for (String key : List.of("parts", "whole")) {
                try (StorageHandle handle = backend.open(key, Set.of(READ, WRITE, CREATE))) {
                    write(handle, key.equals("parts") ? content : random(2, MIB), 0);
                    handle.flush();
                    assertSame(readAll(handle), key.equals("parts") ? content : random(2, MIB));
                }
            }
        }
    }

    private List<String> bodies() {
        return sent.stream()
                .filter(S3SignedHeadersTest::isBody)
                .map(S3SignedHeadersTest::payload)
                .toList();
    }

    private static boolean isBody(SdkHttpRequest request) {
        return request.method().name().equals("PUT");
    }

    private static String payload(SdkHttpRequest request) {
        return request.firstMatchingHeader("x-amz-content-sha256").orElse("");
    }

    private final class Listener implements ExecutionInterceptor {
        @Override
        public void afterTransmission(Context.AfterTransmission context, ExecutionAttributes attributes) {
            sent.add(context.httpRequest());
        }
    }
}
