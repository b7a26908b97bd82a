package io.conveyor.spring.resource;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.ObjectAttributes;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.NoSuchFileException;
import java.nio.file.StandardOpenOption;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One object as one request sees it: the store is asked for its attributes once, and the length that is announced is that of the version whose bytes
 * are sent. If the object is replaced between the two, the time of the answer is that of the version before, which makes a cache ask again. For the
 * thread of the request.
 */
final class ServedObject {

    private static final Logger log = LoggerFactory.getLogger(ServedObject.class);

    private final ConveyorFactory factory;
    private final String key;
    private final boolean sendsBytes;
    private final LongFunction<RequestedRanges> ranges;
    private @Nullable ObjectAttributes attributes;
    private @Nullable NoSuchFileException absent;
    private @Nullable IOException failure;
    private @Nullable Conveyor conveyor;
    private long openedSize;

    /**
     * An object that nobody has asked for.
     *
     * @param sendsBytes whether the answer may have a body
     * @param ranges what is asked for of an object of this many bytes
     */
    ServedObject(ConveyorFactory factory, String key, boolean sendsBytes, LongFunction<RequestedRanges> ranges) {
        this.factory = factory;
        this.key = key;
        this.sendsBytes = sendsBytes;
        this.ranges = ranges;
    }

    /** What the store said when it was asked first. */
    ObjectAttributes attributes() throws IOException {
        if (absent != null) {
            throw absent;
        }
        ObjectAttributes known = attributes;
        if (known == null) {
            try {
                known = factory.attributes(key);
            } catch (NoSuchFileException missing) {
                absent = missing;
                throw missing;
            }
            attributes = known;
        }
        return known;
    }

    boolean exists() throws IOException {
        try {
            attributes();
            return true;
        } catch (NoSuchFileException missing) {
            return false;
        }
    }

    /** How many bytes {@link #stream()} has, if the answer has a body. */
    long length() throws IOException {
        if (!sendsBytes) {
            return attributes().size();
        }
        open();
        return openedSize;
    }

    /** The bytes, from the first on. Several streams are of one version. */
    InputStream stream() throws IOException {
        Conveyor opened = open();
        return new ServedStream(opened, ranges.apply(openedSize), openedSize);
    }

    /**
     * A failure stays one for the request: Spring takes a length that it cannot learn for a range that cannot be satisfied, and asks for the length once
     * more to say so. If that had an answer, the client would hear 416 of a range that is there.
     */
    private Conveyor open() throws IOException {
        if (failure != null) {
            throw failure;
        }
        Conveyor opened = conveyor;
        if (opened == null) {
            try {
                opened = factory.open(key, ranges.apply(attributes().size()).options(), StandardOpenOption.READ);
                conveyor = opened;
                openedSize = opened.size();
            } catch (IOException first) {
                failure = first;
                throw first;
            }
        }
        return opened;
    }

    /** The request has ended, and with it all streams. What fails now changes nothing for who asked. */
    void close() {
        if (conveyor != null) {
            try {
                conveyor.close();
            } catch (IOException failure) {
                log.warn("closing '{}' after it was served failed", key, failure);
            }
        }
    }
}
