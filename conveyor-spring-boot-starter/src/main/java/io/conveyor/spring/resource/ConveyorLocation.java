package io.conveyor.spring.resource;

import java.net.MalformedURLException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import org.springframework.util.StringUtils;

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

    /**
     * What a path means that is relative to this key, or to what stands before its last slash. Only {@code /} separates: a backslash is a character of a
     * key like others. What leads out of the store keeps a segment {@code ..}, and so is no key.
     */
    ConveyorLocation relative(String path) {
        Deque<String> segments = new ArrayDeque<>();
        String base = key.substring(0, key.lastIndexOf('/') + 1);
        String[] all = (base + (path.startsWith("/") ? path.substring(1) : path)).split("/", -1);
        for (String segment : all) {
            if (segment.equals("..")
                    && !segments.isEmpty()
                    && !segments.getLast().equals("..")) {
                segments.removeLast();
            } else if (!segment.equals(".")) {
                segments.addLast(segment);
            }
        }
        String last = all[all.length - 1];
        String end = last.equals(".") || last.equals("..") ? "/" : "";
        return withKey(segments.isEmpty() ? "" : String.join("/", segments) + end);
    }

    ConveyorLocation withKey(String other) {
        return new ConveyorLocation(store, other);
    }

    /**
     * What a URL says whose text is that of {@link #toUri()}, or one that is relative to it.
     *
     * @throws MalformedURLException if it is not escaped as a URI is
     */
    static ConveyorLocation of(URL url) throws MalformedURLException {
        try {
            String path = StringUtils.uriDecode(url.getPath(), StandardCharsets.UTF_8);
            return new ConveyorLocation(
                    StringUtils.uriDecode(url.getAuthority(), StandardCharsets.UTF_8),
                    path.startsWith("/") ? path.substring(1) : path);
        } catch (IllegalArgumentException e) {
            throw new MalformedURLException(url + " is no location of a stored object: " + e.getMessage());
        }
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
