package io.conveyor.backend.s3;

import static io.conveyor.backend.s3.S3Fixture.KEY;
import static io.conveyor.backend.s3.S3Fixture.MIB;
import static io.conveyor.backend.s3.S3Fixture.assertSame;
import static io.conveyor.backend.s3.S3Fixture.patched;
import static io.conveyor.backend.s3.S3Fixture.random;
import static io.conveyor.backend.s3.S3Fixture.read;
import static io.conveyor.backend.s3.S3Fixture.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.StorageException;
import io.conveyor.backend.s3.S3Requests.StoredPart;
import io.conveyor.spi.StorageHandle;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.junit.jupiter.params.provider.ValueSource;

/** After a commit somebody looks what was stored, unless the store's answer tells that it is just what was sent. */
class S3ReceiptTest {

    private static final int SMALL = 1 * MIB;
    private static final int IN_PARTS = 17 * MIB;

    /** As with an endpoint of one's own, which is not told how long all parts are. */
    private static S3Fixture with(S3Checksum checksum) throws Exception {
        return new S3Fixture(
                S3Fixture.options().checksum(checksum).partBytes(6 * MIB).endpoint(URI.create("http://127.0.0.1:9")));
    }

    /** What was asked of the store at the commit of so many new bytes. */
    private static List<String> asked(S3Fixture fixture, int bytes) throws Exception {
        try (StorageHandle handle = fixture.create()) {
            fixture.store.heal();
            write(handle, random(1, bytes), 0);
            handle.flush();
            assertSame(read(handle, bytes - 100, 100), Arrays.copyOfRange(random(1, bytes), bytes - 100, bytes));
        }
        assertSame(fixture.store.content(KEY), random(1, bytes));
        return fixture.store.log();
    }

    @ParameterizedTest
    @ValueSource(ints = {SMALL, IN_PARTS})
    void nobodyLooksIfTheTagIsTheMd5OfWhatWasSent(int bytes) throws Exception {
        assertThat(asked(with(S3Checksum.MD5), bytes)).isNotEmpty().doesNotContain("HeadObject");
    }

    @ParameterizedTest
    @ValueSource(ints = {SMALL, IN_PARTS})
    void whereATagIsNoMd5SomebodyLooks(int bytes) throws Exception {
        S3Fixture fixture = with(S3Checksum.MD5);
        fixture.store.giveOpaqueTags();
        assertThat(asked(fixture, bytes)).contains("HeadObject");
    }

    @Test
    void whereATagHasNoQuotesSomebodyLooksHowItIsElsewhere() throws Exception {
        S3Fixture fixture = with(S3Checksum.MD5);
        fixture.store.giveBareTags();
        assertThat(asked(fixture, IN_PARTS)).contains("HeadObject");
    }

    /** Some gateways say again what they were told. */
    @ParameterizedTest
    @CsvSource({"CRC32C," + SMALL, "CRC32C," + IN_PARTS, "NONE," + SMALL, "NONE," + IN_PARTS})
    void aCrcInTheAnswerProvesNothing(S3Checksum checksum, int bytes) throws Exception {
        assertThat(asked(with(checksum), bytes)).contains("HeadObject");
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "CRC32")
    void whereTheStoreCopiedSomebodyLooks(S3Checksum checksum) throws Exception {
        S3Fixture fixture = with(checksum);
        byte[] base = random(1, IN_PARTS);
        byte[] patch = random(2, 100);
        fixture.store.store(KEY, base);
        try (StorageHandle handle = fixture.update()) {
            fixture.store.heal();
            write(handle, patch, 12 * MIB);
            handle.flush();
        }
        assertSame(fixture.store.content(KEY), patched(base, patch, 12 * MIB));
        assertThat(fixture.store.log()).contains("UploadPartCopy").endsWith("HeadObject");
    }

    /** In parts with a CRC the store sees it itself. */
    @ParameterizedTest
    @CsvSource({"MD5," + SMALL, "MD5," + IN_PARTS, "CRC32C," + SMALL, "NONE," + SMALL, "NONE," + IN_PARTS})
    void whatTheStoreLosesIsSeenAtTheCommit(S3Checksum checksum, int bytes) throws Exception {
        S3Fixture fixture = with(checksum);
        StorageHandle handle = fixture.create();
        fixture.store.lose(1);
        write(handle, random(1, bytes), 0);
        assertThatThrownBy(handle::flush)
                .isInstanceOfSatisfying(
                        StorageException.class,
                        failure -> assertThat(failure.kind()).isEqualTo(StorageException.Kind.CORRUPT))
                .hasMessageContaining("bytes of the " + bytes);
        handle.abort();
    }

    @Test
    void anObjectWhosePartsLoseAByteIsNotPublishedByAmazon() throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options().partBytes(6 * MIB));
        StorageHandle handle = fixture.create();
        fixture.store.lose(1);
        write(handle, random(1, IN_PARTS), 0);
        assertThatThrownBy(handle::flush).isInstanceOf(StorageException.class);
        assertThat(fixture.store.content(KEY)).as("published").isNull();
        handle.abort();
    }

    @Test
    void theTagOfAnObjectInPartsIsTheMd5OfTheMd5sOfItsParts() {
        // of 'a' and of 'b', by md5sum; then of both, as bytes
        List<StoredPart> parts =
                List.of(part(1, "0cc175b9c0f1b6a831c399e269772661"), part(2, "92eb5ffee6ae2fec3ad71c777531578f"));
        String tag = "\"96e024ba2074fe77e8e965ba43a704be-2\"";
        assertThat(S3Receipt.of(tag, parts)).isEqualTo(new S3Receipt(tag, true));
    }

    private static StoredPart part(int number, String md5) {
        return new StoredPart(new S3Part(number, number - 1, 1, null), "any", null, md5);
    }
}
