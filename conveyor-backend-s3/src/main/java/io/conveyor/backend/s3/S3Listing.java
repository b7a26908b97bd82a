package io.conveyor.backend.s3;

import io.conveyor.ObjectAttributes;
import io.conveyor.spi.ObjectKeys;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.InvalidPathException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.S3Object;

/** The objects below a prefix, page by page as they are asked for. One thread at a time. */
final class S3Listing implements Iterator<ObjectAttributes> {

    private final S3Session session;
    private final String prefix;
    private final String asked;
    private final Deque<ObjectAttributes> page = new ArrayDeque<>();
    private @Nullable String token;
    private boolean begun;

    S3Listing(S3Session session, String prefix) {
        this.session = session;
        this.prefix = prefix;
        this.asked = asked(prefix);
    }

    @Override
    public boolean hasNext() {
        while (page.isEmpty() && (!begun || token != null)) {
            fetch();
        }
        return !page.isEmpty();
    }

    @Override
    public ObjectAttributes next() {
        if (!hasNext()) {
            throw new NoSuchElementException("there are no more objects below '" + prefix + "'");
        }
        return page.remove();
    }

    /** Stores that keep objects as files refuse {@code ..} at the end of a prefix, although it may begin a key: those ask for more. */
    private static String asked(String prefix) {
        String parent = prefix.substring(0, prefix.lastIndexOf('/') + 1);
        String last = prefix.substring(parent.length());
        return last.equals(".") || last.equals("..") ? parent : prefix;
    }

    /** What other programs store under keys that cannot be opened, such as directories with a slash at the end, is not shown. */
    private static boolean isValid(String key) {
        try {
            ObjectKeys.requireValid(key);
            return true;
        } catch (InvalidPathException e) {
            return false;
        }
    }

    private void fetch() {
        S3Options options = session.options();
        ListObjectsV2Response response;
        try {
            response = session.requests().list("list", prefix, options.prefix + asked, token);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        begun = true;
        token = response.nextContinuationToken();
        for (S3Object object : response.contents()) {
            String key = session.errors().name(object.key());
            if (key.startsWith(prefix) && !key.startsWith(S3Options.HIDDEN) && isValid(key)) {
                page.add(new ObjectAttributes(key, object.size(), object.lastModified(), object.eTag()));
            }
        }
    }
}
