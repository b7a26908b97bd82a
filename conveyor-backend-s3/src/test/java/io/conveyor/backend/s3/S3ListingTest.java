package io.conveyor.backend.s3;

import static io.conveyor.backend.s3.S3Fixture.KEY;
import static io.conveyor.backend.s3.S3Fixture.random;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.ObjectAttributes;
import io.conveyor.StorageException;
import io.conveyor.StorageException.Kind;
import io.conveyor.spi.ObjectKeys;
import io.conveyor.spi.StorageHandle;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class S3ListingTest {

    private static final List<String> KEYS = List.of(
            "a b", "a%2Bb", "a+b", "bell\u0007", "ends\u000b", "line\nbreak", "\u00e4/&<>\"'?#", "\ud83d\ude42");

    /** An answer in XML has no place for some of their characters, and would be worthless with all keys that are in it. */
    @Test
    void keysAreListedAsTheyAreWhateverTheyAreMadeOf() throws Exception {
        try (S3ProxyServer server = S3ProxyServer.start();
                S3Backend backend =
                        S3Backend.create(server.options().prefix("p +").build())) {
            for (String key : KEYS) {
                try (StorageHandle handle = backend.open(key, Set.of(WRITE, CREATE))) {
                    handle.flush();
                }
            }
            try (var listing = backend.list("")) {
                assertThat(listing.map(ObjectAttributes::key)).containsExactlyInAnyOrderElementsOf(KEYS);
            }
        }
    }

    @Test
    void aKeyThatIsAsLongAsCanBeIsListed() throws Exception {
        S3Fixture fixture = new S3Fixture();
        String key = "k".repeat(ObjectKeys.MAX_BYTES);
        fixture.store.store(key, random(1, 100));

        try (var listing = fixture.backend.list(key)) {
            assertThat(listing.map(ObjectAttributes::key)).containsExactly(key);
        }
    }

    /** As old stores do, which answer as if they were asked in the first version's words. */
    @Test
    void aStoreThatDoesNotSayHowToGoOnIsNotTakenToHaveNoMore() throws Exception {
        S3Fixture fixture = new S3Fixture();
        for (int i = 0; i < 60; i++) {
            fixture.store.store("object-" + i, random(i, 1));
        }
        fixture.store.listWithoutTokens();

        assertThatThrownBy(() -> {
                    try (var listing = fixture.backend.list("")) {
                        listing.forEach(each -> {});
                    }
                })
                .isInstanceOf(UncheckedIOException.class)
                .cause()
                .isInstanceOfSatisfying(
                        StorageException.class, e -> assertThat(e.kind()).isEqualTo(Kind.PROTOCOL));
    }

    @Test
    void whoeverPaysSaysSoWhenListing() throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options().requesterPays(true));
        fixture.store.listToPayersOnly();
        fixture.store.store(KEY, random(1, 100));

        try (var listing = fixture.backend.list("")) {
            assertThat(listing.map(ObjectAttributes::key)).containsExactly(KEY);
        }
        assertThat(fixture.backend.orphans(Duration.ZERO)).isEmpty();
    }
}
