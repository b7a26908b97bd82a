package io.conveyor.spring.actuate;

import io.conveyor.ConflictResolution;
import io.conveyor.Conveyor;
import io.conveyor.JournalInfo;
import io.conveyor.spi.StorageBackend;
import io.conveyor.spring.ConveyorStore;
import io.conveyor.spring.ConveyorStores;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.OperationResponseBody;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;
import org.springframework.util.ClassUtils;

/**
 * The stores and their open conveyors. Reading asks no store, but for what was left behind in one. Unless {@code
 * management.endpoint.conveyor.access=unrestricted} allows it, nothing can be changed.
 *
 * <p>A conveyor is named by the number that the listing gives it; {@value #ORPHANS} in its place stands for what processes left behind in the store, {@value
 * #JOURNALS} for what they accepted and could not bring there. No two methods
 * have the same name: JMX knows operations by nothing else.
 */
@Endpoint(id = "conveyor", defaultAccess = Access.READ_ONLY)
final class ConveyorEndpoint {

    /** In place of a conveyor's number. */
    static final String ORPHANS = "orphans";

    /** In place of a conveyor's number. */
    static final String JOURNALS = "journals";

    /** What is younger may be somebody's work; the longest uploads take hours. */
    private static final Duration ORPHAN_AGE = Duration.ofDays(2);

    /** Nothing younger is removed, whatever is asked for: it would be the upload of a process that lives. */
    private static final Duration LEAST_REMOVED_AGE = Duration.ofHours(1);

    private static final boolean S3 =
            ClassUtils.isPresent("io.conveyor.backend.s3.S3Backend", ConveyorEndpoint.class.getClassLoader());

    private final ConveyorStores stores;
    private final boolean showKeys;
    private final ConveyorIds ids = new ConveyorIds();

    ConveyorEndpoint(ConveyorStores stores, boolean showKeys) {
        this.stores = stores;
        this.showKeys = showKeys;
    }

    // ---------------------------------------------------------------- reading

    /** All stores. */
    @ReadOperation
    Map<String, Map<String, StoreDescription>> stores() {
        Map<String, StoreDescription> all = new LinkedHashMap<>();
        stores.all().forEach(store -> all.put(store.name(), describe(store, null)));
        return Map.of("stores", all);
    }

    /** One store, or null. */
    @ReadOperation
    @Nullable
    StoreDescription store(@Selector String store) {
        return stores.find(store).map(found -> describe(found, null)).orElse(null);
    }

    /** One conveyor, or what was left behind, or the journals, or null. */
    @ReadOperation
    @Nullable
    OperationResponseBody conveyor(@Selector String store, @Selector String conveyor, @Nullable Duration olderThan) {
        ConveyorStore found = stores.find(store).orElse(null);
        if (found == null) {
            return null;
        }
        if (conveyor.equals(ORPHANS)) {
            return orphans(found, olderThan, false).orElse(null);
        }
        return conveyor.equals(JOURNALS)
                ? journals(found, null)
                : find(found, conveyor).map(open -> describe(open, null)).orElse(null);
    }

    // ---------------------------------------------------------------- writing

    /** {@code flush} or {@code clear-error} for all conveyors of a store. */
    @WriteOperation
    StoreDescription actOnStore(@Selector String store, String action) {
        ConveyorStore found = require(store);
        String failure = null;
        switch (normal(action)) {
            case "flush" -> failure = attempt(() -> found.factory().flush());
            case "clear-error" -> found.factory().openConveyors().forEach(Conveyor::clearError);
            default -> throw unknown(action, "flush, clear-error");
        }
        return describe(found, failure);
    }

    /**
     * {@code flush} or {@code clear-error} for one conveyor, {@code remove} for what was left behind; {@code replay}, {@code save-as} and {@code discard}
     * for the journal of that id.
     */
    @WriteOperation
    OperationResponseBody actOnConveyor(
            @Selector String store,
            @Selector String conveyor,
            String action,
            @Nullable Duration olderThan,
            @Nullable String journal,
            @Nullable String key) {
        ConveyorStore found = require(store);
        if (conveyor.equals(ORPHANS)) {
            if (!normal(action).equals("remove")) {
                throw unknown(action, "remove");
            }
            requireRemovable(olderThan);
            return orphans(found, olderThan, true)
                    .orElseThrow(() -> new InvalidEndpointRequestException(
                            "the store '" + store + "' keeps nothing that can be left behind", "No orphans here"));
        }
        if (conveyor.equals(JOURNALS)) {
            return resolve(found, action, journal, key);
        }
        Conveyor open = find(found, conveyor)
                .orElseThrow(() -> new InvalidEndpointRequestException(
                        "no conveyor " + conveyor + " is open in the store '" + store + "'", "No such conveyor"));
        String failure = null;
        switch (normal(action)) {
            case "flush" -> failure = attempt(open::flush);
            case "clear-error" -> open.clearError();
            default -> throw unknown(action, "flush, clear-error");
        }
        return describe(open, failure);
    }

    private static void requireRemovable(@Nullable Duration olderThan) {
        if (olderThan != null && olderThan.compareTo(LEAST_REMOVED_AGE) < 0) {
            throw new InvalidEndpointRequestException(
                    "olderThan is " + olderThan + ", and what is younger than " + LEAST_REMOVED_AGE
                            + " may be the upload of a process that lives",
                    "olderThan must be at least " + LEAST_REMOVED_AGE);
        }
    }

    private JournalsDescription resolve(
            ConveyorStore store, String action, @Nullable String journal, @Nullable String key) {
        ConflictResolution resolution = JournalAction.parse(normal(action), key);
        if (resolution == null) {
            throw unknown(action, JournalAction.KNOWN);
        }
        try {
            String id = Objects.requireNonNullElse(journal, "");
            return journals(store, attempt(() -> store.factory().resolveJournal(id, resolution)));
        } catch (NoSuchElementException absent) {
            throw new InvalidEndpointRequestException(
                    "the store '" + store.name() + "' has no journal '" + journal + "'", "No such journal");
        } catch (InvalidPathException noKey) {
            throw new InvalidEndpointRequestException("the key is none: " + noKey.getReason(), "No such key");
        } catch (UnsupportedOperationException impossible) {
            return journals(store, impossible.getClass().getName());
        }
    }

    /** Something that may fail as storage does. */
    @FunctionalInterface
    private interface Attempt {

        void make() throws IOException;
    }

    /** What became of it shows in the description that follows; a failure is no fault of the request. */
    private static @Nullable String attempt(Attempt attempt) {
        try {
            attempt.make();
            return null;
        } catch (IOException failure) {
            return failure.getClass().getName();
        }
    }

    private static String normal(String action) {
        return action.toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static InvalidEndpointRequestException unknown(String action, String known) {
        return new InvalidEndpointRequestException(
                "the action '" + action + "' is not one of " + known, "Unknown action; known are " + known);
    }

    private ConveyorStore require(String store) {
        return stores.find(store)
                .orElseThrow(() ->
                        new InvalidEndpointRequestException("there is no store '" + store + "'", "No such store"));
    }

    // ---------------------------------------------------------------- describing

    private Optional<Conveyor> find(ConveyorStore store, String id) {
        return store.factory().openConveyors().stream()
                .filter(conveyor -> String.valueOf(ids.of(conveyor)).equals(id))
                .findFirst();
    }

    private ConveyorDescription describe(Conveyor conveyor, @Nullable String actionFailure) {
        return ConveyorDescription.of(ids.of(conveyor), conveyor, showKeys, actionFailure);
    }

    /** What the order of the listing goes by, read once: it changes while others are sorted. */
    private record Ranked(Conveyor conveyor, boolean failed, long id) {}

    private StoreDescription describe(ConveyorStore store, @Nullable String failure) {
        List<ConveyorDescription> conveyors = store.factory().openConveyors().stream()
                .map(conveyor -> new Ranked(conveyor, conveyor.failure().isPresent(), ids.of(conveyor)))
                .sorted(Comparator.comparing(Ranked::failed).reversed().thenComparing(Ranked::id))
                .limit(StoreDescription.LISTED)
                .map(ranked -> describe(ranked.conveyor(), null))
                .toList();
        return StoreDescription.of(store.backendName(), store.factory().stats(), conveyors, failure);
    }

    private JournalsDescription journals(ConveyorStore store, @Nullable String failure) {
        Instant now = Instant.now();
        return new JournalsDescription(
                store.factory().journals().stream()
                        .sorted(Comparator.comparing(JournalInfo::created))
                        .limit(StoreDescription.LISTED)
                        .map(journal -> JournalDescription.of(journal, now, showKeys))
                        .toList(),
                failure);
    }

    private Optional<OrphansDescription> orphans(ConveyorStore store, @Nullable Duration olderThan, boolean remove) {
        StorageBackend backend = store.undecorated().orElse(null);
        return S3 && backend != null && Orphans.arePossible(backend)
                ? Optional.of(Orphans.of(backend, Objects.requireNonNullElse(olderThan, ORPHAN_AGE), remove, showKeys))
                : Optional.empty();
    }
}
