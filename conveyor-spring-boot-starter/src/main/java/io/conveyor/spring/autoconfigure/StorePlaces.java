package io.conveyor.spring.autoconfigure;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** Where the stores of an application are, and those that its parent had before, by the identities of their backends. Any thread. */
final class StorePlaces {

    /** Whose places are directories or prefixes, so that one can lie within another. Elsewhere an identity means nothing but itself. */
    private static final Set<String> NESTING = Set.of("posix", "s3", "hdfs");

    private final Map<String, StoreDefinition> taken = new LinkedHashMap<>(); // guarded by this

    /** Places of which none is taken. */
    StorePlaces() {}

    /** Places of which those are taken that have been given away in {@code parent}. */
    StorePlaces(StorePlaces parent) {
        synchronized (parent) {
            taken.putAll(parent.taken);
        }
    }

    /**
     * Gives a store its place. A backend that has no identity but its name does not tell where it is, and may be anywhere.
     *
     * @param store the store
     * @param backend the name of its backend
     * @param place the identity of its backend
     * @throws SharedPlaceException if another store is there, around it, or within
     */
    synchronized void take(StoreDefinition store, String backend, String place) {
        if (place.equals(backend)) {
            return;
        }
        taken.forEach((other, owner) -> {
            boolean shared = place.equals(other) || (NESTING.contains(backend) && isNested(place, other));
            if (shared && !owner.name().equals(store.name())) {
                throw new SharedPlaceException(store, place, owner, other);
            }
        });
        taken.putIfAbsent(place, store);
    }

    private static boolean isNested(String one, String other) {
        return isWithin(one, other) || isWithin(other, one);
    }

    private static boolean isWithin(String inner, String outer) {
        return inner.startsWith(outer.endsWith("/") ? outer : outer + "/");
    }
}
