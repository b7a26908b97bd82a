package io.conveyor.backend.s3;

import static io.conveyor.backend.s3.S3Fixture.KEY;
import static io.conveyor.backend.s3.S3Fixture.MIB;
import static io.conveyor.backend.s3.S3Fixture.assertSame;
import static io.conveyor.backend.s3.S3Fixture.patched;
import static io.conveyor.backend.s3.S3Fixture.random;
import static io.conveyor.backend.s3.S3Fixture.readAll;
import static io.conveyor.backend.s3.S3Fixture.write;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.spi.ResumeToken;
import io.conveyor.spi.StorageHandle;
import java.net.URI;
import java.nio.file.OpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A CRC is for whole objects where the store does not tell that of a copy: what stands beside copies is sent with MD5 there, and all is stored. */
class S3CopyChecksumTest {

    private static final byte[] BASE = random(1, 17 * MIB);
    private static final byte[] PATCH = random(2, 100);

    private final S3Fixture amazon = fixture(null);
    private final S3Fixture own = fixture(URI.create("http://127.0.0.1:9"));

    S3CopyChecksumTest() throws Exception {
        own.store.copyWithoutChecksums();
    }

    private static S3Options.Builder crc32c(@Nullable URI endpoint) {
        return S3Fixture.options()
                .partBytes(6 * MIB)
                .endpoint(endpoint)
                .checksum(S3Checksum.CRC32C)
                .stagingBytes(64L * MIB);
    }

    private static S3Fixture fixture(@Nullable URI endpoint) throws Exception {
        return new S3Fixture(crc32c(endpoint));
    }

    @AfterEach
    void close() throws Exception {
        amazon.backend.close();
        own.backend.close();
    }

    @Test
    void aNewObjectHasItsChecksumsEverywhere() throws Exception {
        for (S3Fixture fixture : new S3Fixture[] {amazon, own}) {
            try (StorageHandle handle = fixture.create()) {
                write(handle, BASE, 0);
                handle.flush();
            }
            assertSame(fixture.store.content(KEY), BASE);
            assertThat(fixture.store.checksum(KEY)).endsWith("-3");
        }
    }

    @Test
    void anObjectThatIsReplacedHasThemToo() throws Exception {
        own.store.store(KEY, random(3, 17 * MIB));
        try (StorageHandle handle = own.open(WRITE, TRUNCATE_EXISTING)) {
            write(handle, BASE, 0);
            handle.flush();
        }
        assertSame(own.store.content(KEY), BASE);
        assertThat(own.store.checksum(KEY)).endsWith("-3");
    }

    @Test
    void aChangedObjectHasThemWhereTheStoreTellsThemOfCopies() throws Exception {
        change(amazon);
        assertThat(amazon.store.checksum(KEY)).isNotNull();
    }

    @Test
    void aChangedObjectIsCopiedWithoutThemElsewhere() throws Exception {
        change(own);
        assertThat(own.store.checksum(KEY)).isNull();
    }

    private static void change(S3Fixture fixture) throws Exception {
        fixture.store.store(KEY, BASE);
        try (StorageHandle handle = fixture.update()) {
            write(handle, PATCH, 12 * MIB);
            handle.flush();
        }
        assertSame(fixture.store.content(KEY), patched(BASE, PATCH, 12 * MIB));
        assertThat(fixture.store.log()).contains("UploadPartCopy");
        assertThat(fixture.store.sentBytes()).isLessThan(BASE.length);
    }

    /** Half of the staging is 32 MiB: what comes behind that waits in hidden objects. */
    @Test
    void aStreamThatWaitsInHiddenObjectsIsSentTwiceWhereItCannotBeCopied() throws Exception {
        byte[] content = random(1, 60 * MIB);
        for (S3Fixture fixture : new S3Fixture[] {amazon, own}) {
            try (StorageHandle handle = fixture.create()) {
                write(handle, content, 0);
                assertSame(readAll(handle), content);
                handle.flush();
            }
            assertSame(fixture.store.content(KEY), content);
            assertThat(fixture.store.checksum(KEY)).isNotNull();
        }
        assertThat(amazon.store.log()).contains("UploadPartCopy");
        assertThat(amazon.store.sentBytes()).isEqualTo(content.length);
        assertThat(own.store.log()).doesNotContain("UploadPartCopy");
        assertThat(own.store.sentBytes()).isGreaterThan(content.length);
    }

    @Test
    void whatOnlyTheStoreHasIsFetchedForAnUploadThatItDoesNotCopyInto() throws Exception {
        byte[] content = random(1, 60 * MIB);
        int size = 52 * MIB + 100;
        try (StorageHandle handle = own.create()) {
            write(handle, content, 0);
            handle.truncate(size);
            handle.flush();
        }
        assertSame(own.store.content(KEY), Arrays.copyOf(content, size));
        assertThat(own.store.log()).contains("GetObject").doesNotContain("UploadPartCopy");
    }

    @Test
    void anUploadThatIsBegunAnewTakesCopiesOfWhatTheStoreHas() throws Exception {
        byte[] content = random(1, 60 * MIB);
        try (StorageHandle handle = own.create()) {
            write(handle, content, 0);
            own.store.abortAllUploads();
            handle.flush();
        }
        assertSame(own.store.content(KEY), content);
        assertThat(own.store.log()).contains("UploadPartCopy");
        assertThat(own.store.checksum(KEY)).isNull();
    }

    @ParameterizedTest
    @EnumSource(
            value = S3Checksum.class,
            names = {"CRC32C", "MD5", "NONE"})
    void anUploadGoesOnAsItWasBegunWhateverTheSuccessorWouldBegin(S3Checksum other) throws Exception {
        StorageHandle dead = own.create();
        write(dead, BASE, 0);
        ResumeToken token = dead.resumeToken().orElseThrow();
        goesOn(crc32c(URI.create("http://127.0.0.1:9")).checksum(other), token, own.store);
        assertThat(own.store.checksum(KEY)).isNotNull();
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = "http://127.0.0.1:9")
    void anUploadThatWasBegunWithoutGoesOnWithout(@Nullable URI endpoint) throws Exception {
        S3Fixture md5 = new S3Fixture(crc32c(endpoint).checksum(S3Checksum.MD5));
        StorageHandle dead = md5.create();
        write(dead, BASE, 0);
        ResumeToken token = dead.resumeToken().orElseThrow();
        goesOn(crc32c(endpoint), token, md5.store);
        assertThat(md5.store.checksum(KEY)).isNull();
        md5.backend.close();
    }

    private static void goesOn(S3Options.Builder options, ResumeToken token, FakeS3 store) throws Exception {
        store.heal();
        try (S3Backend backend = S3Backend.create(
                        options.client(store).backoff(Duration.ZERO).build());
                StorageHandle next = backend.open(KEY, Set.<OpenOption>of(READ, WRITE, CREATE, token))) {
            write(next, BASE, 0);
            next.flush();
        }
        assertSame(store.content(KEY), BASE);
        assertThat(store.log()).doesNotContain("CreateMultipartUpload", "AbortMultipartUpload");
    }
}
