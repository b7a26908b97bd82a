package io.conveyor.testkit;

import io.conveyor.ConveyorOpenOption;
import io.conveyor.ObjectAttributes;
import io.conveyor.spi.ForwardingStorageBackend;
import io.conveyor.spi.StorageHandle;
import java.io.IOException;
import java.nio.file.OpenOption;
import java.nio.file.StandardOpenOption;
import java.text.Normalizer;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A store in memory behind a backend that makes one mistake, or none. */
final class WrongBackend extends ForwardingStorageBackend {

    /** Mistakes that the contract is to find. */
    enum Mistake {
        NONE,
        OVERWRITES_FROM_THE_SECOND_FLUSH_ON,
        OVERWRITES_AFTER_A_CONFLICT,
        OVERWRITES_WHERE_IT_TRUNCATES,
        WRITES_AT_THE_LOW_31_BITS,
        CUTS_SIZES_TO_AN_INT,
        FOLDS_CASE,
        COMPOSES_ACCENTS,
        KEEPS_THE_SIZE_OF_THE_OPENING,
        KEEPS_THE_BYTES_OF_THE_OPENING,
        SHOWS_WRITES_AFTER_A_FLUSH_ONLY,
        DROPS_LAST_WRITES,
        MOVES_LIMITS_OF_SCATTERED_READS,
        TAKES_WHAT_IT_REFUSES,
        READS_WHERE_IT_ONLY_WRITES,
        NAMES_ALL_VERSIONS_ALIKE,
        LEAVES_A_TEMPORARY,
        CHANGES_ITS_IDENTITY,
        HAS_A_LONG_IDENTITY,
        TELLS_THE_TIME_OF_ASKING,
        LISTS_ANOTHER_TIME,
        LISTS_ANOTHER_VERSION,
        EMPTIES_AS_IT_OPENS,
        EMPTIES_WHAT_A_DRAFT_REPLACES,
        ENDS_BY_AN_INTERRUPTED_QUESTION,
        ENDS_BY_AN_INTERRUPTED_SCATTERED_READ,
        READS_ZEROS_BESIDE_A_FLUSH,
        CUTS_WHAT_A_DRAFT_REPLACES
    }

    private final MemoryBackend store;
    private final Mistake mistake;
    private final TreeMap<String, String> names = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    private final AtomicLong asked = new AtomicLong();

    WrongBackend(MemoryBackend store, Mistake mistake) {
        super(store);
        this.store = store;
        this.mistake = mistake;
    }

    @Override
    public StorageHandle open(String key, Set<? extends OpenOption> options) throws IOException {
        Set<OpenOption> opened = new HashSet<>(options);
        if (mistake == Mistake.READS_WHERE_IT_ONLY_WRITES) {
            opened.add(StandardOpenOption.READ);
        }
        String stored = stored(key);
        boolean draft = options.contains(ConveyorOpenOption.ATOMIC_REPLACE);
        Mistake emptying = draft ? Mistake.EMPTIES_WHAT_A_DRAFT_REPLACES : Mistake.EMPTIES_AS_IT_OPENS;
        if (mistake == emptying && options.contains(StandardOpenOption.TRUNCATE_EXISTING) && store.contains(stored)) {
            store.put(stored, new byte[0]);
        }
        return new WrongHandle(store.open(stored, opened), store, stored, options, mistake);
    }

    private String stored(String key) {
        if (mistake == Mistake.COMPOSES_ACCENTS) {
            return Normalizer.normalize(key, Normalizer.Form.NFC);
        }
        return mistake == Mistake.FOLDS_CASE ? names.computeIfAbsent(key, first -> first) : key;
    }

    @Override
    public ObjectAttributes attributes(String key) throws IOException {
        ObjectAttributes told = store.attributes(stored(key));
        return mistake == Mistake.TELLS_THE_TIME_OF_ASKING
                ? changed(told, told.lastModified().plusSeconds(asked.getAndIncrement()), told.version())
                : told;
    }

    @Override
    public boolean delete(String key) throws IOException {
        return store.delete(stored(key));
    }

    @Override
    public Stream<ObjectAttributes> list(String prefix) throws IOException {
        return store.list(prefix).map(told -> switch (mistake) {
            case LISTS_ANOTHER_TIME -> changed(told, Instant.EPOCH, told.version());
            case LISTS_ANOTHER_VERSION -> changed(told, told.lastModified(), "another");
            default -> told;
        });
    }

    private static ObjectAttributes changed(ObjectAttributes told, Instant lastModified, @Nullable String version) {
        return new ObjectAttributes(told.key(), told.size(), lastModified, version);
    }

    @Override
    public String identity() {
        return switch (mistake) {
            case CHANGES_ITS_IDENTITY -> "memory " + asked.getAndIncrement();
            case HAS_A_LONG_IDENTITY -> "\u00e9".repeat(1_025);
            default -> store.identity();
        };
    }
}
