package io.conveyor.spring.resource;

import io.conveyor.ConveyorFactory;
import io.conveyor.ConveyorOpenOption;
import io.conveyor.ObjectAttributes;
import io.conveyor.spi.ObjectKeys;
import java.io.File;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URL;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.StandardOpenOption;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.AbstractResource;
import org.springframework.core.io.Resource;
import org.springframework.core.io.WritableResource;
import org.springframework.util.StringUtils;

/**
 * A stored object as a resource. Made without asking the store, which need not be there before the first use. Any thread.
 *
 * <p>Reading goes through a conveyor of its own for each stream or channel, with read-ahead; a stream skips without reading, a channel is seekable.
 * Writing replaces the object in one step when the stream or channel is closed, unless a write has failed. There are no directories: a location with a slash at its end exists
 * only as what others are relative to.
 */
final class ConveyorResource extends AbstractResource implements WritableResource {

    private final ConveyorLocation location;
    private final Function<String, ConveyorFactory> stores;

    /**
     * A resource.
     *
     * @param location where it is
     * @param stores finds a store by its name, at each use
     */
    ConveyorResource(ConveyorLocation location, Function<String, ConveyorFactory> stores) {
        this.location = location;
        this.stores = stores;
    }

    private ConveyorFactory factory() {
        return stores.apply(location.store());
    }

    private @Nullable ServedObject served() {
        return ServedRequest.objectAt(location, this::factory);
    }

    // ---------------------------------------------------------------- what it is

    /**
     * Whether the object is there; a location that can be no key is not.
     *
     * @throws UncheckedIOException if the store does not tell
     */
    @Override
    public boolean exists() {
        if (location.key().isEmpty() || location.key().endsWith("/")) {
            return false;
        }
        try {
            ServedObject served = served();
            return served == null ? factory().exists(location.key()) : served.exists();
        } catch (InvalidPathException noKey) {
            return false;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    @Override
    public boolean isFile() {
        return false;
    }

    @Override
    public long contentLength() throws IOException {
        ServedObject served = served();
        try {
            return served == null ? attributes().size() : served.length();
        } catch (NoSuchFileException absent) {
            throw notFound(absent);
        }
    }

    @Override
    public long lastModified() throws IOException {
        return attributes().lastModified().toEpochMilli();
    }

    private ObjectAttributes attributes() throws IOException {
        ServedObject served = served();
        try {
            return served == null ? factory().attributes(key()) : served.attributes();
        } catch (NoSuchFileException absent) {
            throw notFound(absent);
        }
    }

    private String key() throws FileNotFoundException {
        try {
            return ObjectKeys.requireValid(location.key());
        } catch (InvalidPathException noKey) {
            throw notFound(noKey);
        }
    }

    private FileNotFoundException notFound(Exception cause) {
        FileNotFoundException absent = new FileNotFoundException(getDescription() + " does not exist");
        absent.initCause(cause);
        return absent;
    }

    // ---------------------------------------------------------------- reading and writing

    @Override
    public InputStream getInputStream() throws IOException {
        ServedObject served = served();
        try {
            return served == null ? factory().newInputStream(key()) : served.stream();
        } catch (NoSuchFileException absent) {
            throw notFound(absent);
        }
    }

    @Override
    public ReadableByteChannel readableChannel() throws IOException {
        try {
            return factory().open(key(), StandardOpenOption.READ);
        } catch (NoSuchFileException absent) {
            throw notFound(absent);
        }
    }

    @Override
    public OutputStream getOutputStream() throws IOException {
        return factory()
                .newOutputStream(
                        key(),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        ConveyorOpenOption.ATOMIC_REPLACE);
    }

    @Override
    public WritableByteChannel writableChannel() throws IOException {
        return new ReplacingChannel(factory()
                .open(
                        key(),
                        StandardOpenOption.WRITE,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        ConveyorOpenOption.ATOMIC_REPLACE));
    }

    // ---------------------------------------------------------------- where it is

    @Override
    public Resource createRelative(String relativePath) {
        return new ConveyorResource(location.relative(relativePath), stores);
    }

    @Override
    public @Nullable String getFilename() {
        return StringUtils.getFilename(location.key());
    }

    @Override
    public URI getURI() {
        return location.toUri();
    }

    /** A URL that this JVM can open, though no handler is registered. */
    @Override
    public URL getURL() throws IOException {
        return new URL(null, location.toUri().toString(), new ConveyorUrlHandler(this));
    }

    /** Never: an object is no file, even where the store keeps it in one. */
    @Override
    public File getFile() throws IOException {
        throw new FileNotFoundException(getDescription() + " is no file; use its stream or channel");
    }

    @Override
    public String getDescription() {
        return "conveyor resource [" + location + "]";
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ConveyorResource that && that.location.equals(location);
    }

    @Override
    public int hashCode() {
        return location.hashCode();
    }
}
