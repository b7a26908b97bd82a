package io.conveyor.spring.actuate;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a process left behind in a store.
 *
 * @param kind an unfinished upload, or a hidden object
 * @param key the full key, if keys may be shown
 * @param since when it was begun, by the store's clock
 */
record OrphanDescription(String kind, @Nullable String key, Instant since) {}
