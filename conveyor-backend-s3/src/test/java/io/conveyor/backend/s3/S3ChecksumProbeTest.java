package io.conveyor.backend.s3;

import static io.conveyor.backend.s3.S3Fixture.KEY;
import static io.conveyor.backend.s3.S3Fixture.MIB;
import static io.conveyor.backend.s3.S3Fixture.assertSame;
import static io.conveyor.backend.s3.S3Fixture.patched;
import static io.conveyor.backend.s3.S3Fixture.random;
import static io.conveyor.backend.s3.S3Fixture.write;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.backend.s3.FakeS3.Crc;
import io.conveyor.backend.s3.FakeS3.Fate;
import io.conveyor.spi.ResumeToken;
import io.conveyor.spi.StorageHandle;
import java.net.URI;
import java.nio.file.OpenOption;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.junit.jupiter.params.provider.ValueSource;

/** Large objects go to a store of one's own with a CRC32C if it compares that, which it shows once, and with MD5 otherwise. */
class S3ChecksumProbeTest {

    private static final URI OWN = URI.create("http://127.0.0.1:9");
    private static final byte[] CONTENT = random(1, 17 * MIB);

    private final S3Fixture fixture = own(OWN);

    S3ChecksumProbeTest() throws Exception {
        fixture.store.crcOfParts(Crc.COMPARED);
        fixture.store.wantAllParts();
    }

    private static S3Fixture own(@Nullable URI endpoint) throws Exception {
        return new S3Fixture(S3Fixture.options().partBytes(6 * MIB).endpoint(endpoint));
    }

    @AfterEach
    void close() throws Exception {
        fixture.backend.close();
    }

    private void replace() throws Exception {
        try (StorageHandle handle = fixture.open(READ, WRITE, CREATE, TRUNCATE_EXISTING)) {
            fixture.store.heal();
            write(handle, CONTENT, 0);
            handle.flush();
        }
        assertSame(fixture.store.content(KEY), CONTENT);
    }

    @Test
    void aStoreThatRefusesAWrongCrcGetsPartsWithCrcs() throws Exception {
        replace();
        assertThat(fixture.store.sentWith())
                .as("the probe, and three parts")
                .containsExactly("CRC32C", "CRC32C", "CRC32C", "CRC32C");
    }

    /** Some stores do not complete an upload of which they have a part that is not named. */
    @Test
    void theProbeIsAnUploadOfItsOwnThatIsGivenUp() throws Exception {
        replace();
        assertThat(fixture.store.log())
                .startsWith(
                        "CreateMultipartUpload",
                        "UploadPart",
                        "UploadPart",
                        "AbortMultipartUpload",
                        "CreateMultipartUpload")
                .endsWith("CompleteMultipartUpload");
    }

    @Test
    void aProbeThatCannotBeGivenUpIsLeft() throws Exception {
        try (StorageHandle handle = fixture.create()) {
            fixture.store.script(
                    (operation, index) -> operation.equals("AbortMultipartUpload") ? Fate.SLOW_DOWN : Fate.SERVED);
            write(handle, CONTENT, 0);
            handle.flush();
        }
        assertSame(fixture.store.content(KEY), CONTENT);
        assertThat(fixture.store.sentWith()).containsOnly("CRC32C");
    }

    @Test
    void itIsAskedOnce() throws Exception {
        replace();
        replace();
        assertThat(fixture.store.log())
                .containsExactly(
                        "CreateMultipartUpload", "UploadPart", "UploadPart", "UploadPart", "CompleteMultipartUpload");
        assertThat(fixture.store.sentWith()).containsOnly("CRC32C");
    }

    /** Nobody computed an MD5, but what the store says follows from parts each of which it compared. */
    @Test
    void nobodyLooksWhatWasStoredIfTheTagIsTheMd5OfWhatTheStoreSaysOfItsParts() throws Exception {
        replace();
        assertThat(fixture.store.log()).doesNotContain("HeadObject");
    }

    @Test
    void whereATagIsNoMd5SomebodyLooks() throws Exception {
        fixture.store.giveOpaqueTags();
        replace();
        assertThat(fixture.store.log()).endsWith("HeadObject");
    }

    @ParameterizedTest
    @EnumSource(value = Crc.class, mode = Mode.EXCLUDE, names = "COMPARED")
    void anyOtherGetsMd5(Crc treatment) throws Exception {
        fixture.store.crcOfParts(treatment);
        replace();
        replace();
        assertThat(fixture.store.sentWith()).containsExactly("MD5", "MD5", "MD5");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void aStoreThatDoesNotAnswerIsAskedAgainAtTheNextUpload(int unanswered) throws Exception {
        try (StorageHandle handle = fixture.create()) {
            fixture.store.script((operation, index) -> index == unanswered ? Fate.SLOW_DOWN : Fate.SERVED);
            write(handle, CONTENT, 0);
            handle.flush();
        }
        assertSame(fixture.store.content(KEY), CONTENT);
        assertThat(fixture.store.sentWith()).endsWith("MD5", "MD5", "MD5");
        replace();
        assertThat(fixture.store.sentWith()).containsOnly("CRC32C");
    }

    @Test
    void afterThreeProbesWithoutAnAnswerItIsNotAskedAnyMore() throws Exception {
        for (int i = 0; i < 4; i++) {
            try (StorageHandle handle = fixture.open(READ, WRITE, CREATE, TRUNCATE_EXISTING)) {
                fixture.store.script((operation, index) -> index == 1 ? Fate.SLOW_DOWN : Fate.SERVED);
                write(handle, CONTENT, 0);
                handle.flush();
            }
        }
        replace();
        assertThat(fixture.store.log())
                .containsExactly(
                        "CreateMultipartUpload", "UploadPart", "UploadPart", "UploadPart", "CompleteMultipartUpload");
        assertThat(fixture.store.sentWith()).containsOnly("MD5");
    }

    @Test
    void whatIsSentBesideCopiesIsNotWorthAProbe() throws Exception {
        byte[] patch = random(2, 100);
        fixture.store.store(KEY, CONTENT);
        change(patch, 12 * MIB);
        assertThat(fixture.store.sentWith()).containsExactly("MD5");
        assertSame(fixture.store.content(KEY), patched(CONTENT, patch, 12 * MIB));
    }

    @Test
    void copiesAreTakenBesidePartsWithCrcs() throws Exception {
        fixture.store.copyWithoutChecksums();
        replace();
        byte[] patch = random(2, 100);
        change(patch, 12 * MIB);
        assertThat(fixture.store.sentWith()).containsExactly("CRC32C");
        assertThat(fixture.store.log()).contains("UploadPartCopy").endsWith("HeadObject");
        assertSame(fixture.store.content(KEY), patched(CONTENT, patch, 12 * MIB));
    }

    private void change(byte[] patch, int offset) throws Exception {
        try (StorageHandle handle = fixture.update()) {
            fixture.store.heal();
            write(handle, patch, offset);
            handle.flush();
        }
    }

    @Test
    void theUploadOfADeadProcessGoesOn() throws Exception {
        StorageHandle dead = fixture.create();
        write(dead, CONTENT, 0);
        ResumeToken token = dead.resumeToken().orElseThrow();
        fixture.store.heal();
        try (StorageHandle next = fixture.backend.open(KEY, Set.<OpenOption>of(READ, WRITE, CREATE, token))) {
            write(next, CONTENT, 0);
            next.flush();
        }
        assertSame(fixture.store.content(KEY), CONTENT);
        assertThat(fixture.store.log()).doesNotContain("CreateMultipartUpload", "AbortMultipartUpload");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://s3.eu-central-1.amazonaws.com",
                "https://bucket.vpce-1a2b.s3.cn-north-1.vpce.amazonaws.com.cn",
                "https://s3.dualstack.eu-central-1.API.aws"
            })
    void anotherWayToAmazonIsNotAsked(String endpoint) throws Exception {
        S3Fixture amazon = own(URI.create(endpoint));
        amazon.store.crcOfParts(Crc.COMPARED);
        try (StorageHandle handle = amazon.create()) {
            write(handle, CONTENT, 0);
            handle.flush();
        }
        assertThat(amazon.store.sentWith()).containsExactly("MD5", "MD5", "MD5");
        amazon.backend.close();
    }

    @Test
    void whoeverChoosesIsObeyed() throws Exception {
        S3Fixture md5 = new S3Fixture(
                S3Fixture.options().partBytes(6 * MIB).endpoint(OWN).checksum(S3Checksum.MD5));
        md5.store.crcOfParts(Crc.COMPARED);
        try (StorageHandle handle = md5.create()) {
            write(handle, CONTENT, 0);
            handle.flush();
        }
        assertThat(md5.store.sentWith()).containsExactly("MD5", "MD5", "MD5");
        md5.backend.close();
    }
}
