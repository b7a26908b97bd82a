package io.conveyor.spring.resource;

import java.net.URI;
import java.net.URISyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * Where a resource is.
 *
 * @param store the name of the store
 * @param key the key, or what a key or a pattern begins with; a slash at its end is kept
 */
record ConveyorLocation(String store, String key) {

    static final String DEFAULT_STORE = "default";

    private static final String PREFIX = "conveyor:";

    /** What the text says; null if it is about something else. */
    static @Nullable ConveyorLocation parse(String location) {
        if (!location.startsWith(PREFIX)) {
            return null;
        }
        String rest = location.substring(PREFIX.length());
        if (!rest.startsWith("//")) {
            return new ConveyorLocation(DEFAULT_STORE, rest);
        }
        int slash = rest.indexOf('/', 2);
        return slash < 0
                ? new ConveyorLocation(rest.substring(2), "")
                : new ConveyorLocation(rest.substring(2, slash), rest.substring(slash + 1));
    }

    ConveyorLocation withKey(String other) {
        return new ConveyorLocation(store, other);
    }

    /** Escaped as a URI asks for it. */
    URI toUri() {
        try {
            return new URI("conveyor", store, "/" + key, null, null);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("the store '" + store + "' has a name that fits in no URI", e);
        }
    }

    @Override
    public String toString() {
        return store.equals(DEFAULT_STORE) ? PREFIX + key : PREFIX + "//" + store + "/" + key;
    }
}
