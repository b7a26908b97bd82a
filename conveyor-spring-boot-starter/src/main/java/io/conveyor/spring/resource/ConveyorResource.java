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
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.StandardOpenOption;
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
    private final Stores stores;

    /**
     * A resource.
     *
     * @param location where it is
     * @param stores finds a store by its name, at each use
     */
    ConveyorResource(ConveyorLocation location, Stores stores) {
        this.location = location;
        this.stores = stores;
    }

    private @Nullable ServedObject served() {
        return ServedRequest.objectAt(location, stores);
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
        ServedObject served = served();
        try {
            return ask(store -> served == null ? store.exists(location.key()) : served.exists());
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
        return found(store -> served == null ? store.attributes(key()).size() : served.length());
    }

    @Override
    public long lastModified() throws IOException {
        return attributes().lastModified().toEpochMilli();
    }

    private ObjectAttributes attributes() throws IOException {
        ServedObject served = served();
        return found(store -> served == null ? store.attributes(key()) : served.attributes());
    }

    /** What the store is asked. */
    @FunctionalInterface
    private interface Question<T> {

        T ask(ConveyorFactory store) throws IOException;
    }

    /** Nothing tells Spring who uses a resource, so that the store may be closed before them. */
    private <T> T ask(Question<T> question) throws IOException {
        try {
            return question.ask(stores.find(location.store()));
        } catch (ClosedChannelException closed) {
            throw new IOException(
                    getDescription() + " cannot be used, as its store is closed. A bean that uses it while it is itself"
                            + " destroyed has to depend on the store: by @DependsOn, or by injecting the ConveyorFactory",
                    closed);
        }
    }

    private <T> T found(Question<T> question) throws IOException {
        try {
            return ask(question);
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
        return found(store -> served == null ? store.newInputStream(key()) : served.stream());
    }

    @Override
    public ReadableByteChannel readableChannel() throws IOException {
        return found(store -> store.open(key(), StandardOpenOption.READ));
    }

    @Override
    public OutputStream getOutputStream() throws IOException {
        return ask(store -> store.newOutputStream(
                key(),
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                ConveyorOpenOption.ATOMIC_REPLACE));
    }

    @Override
    public WritableByteChannel writableChannel() throws IOException {
        return new ReplacingChannel(ask(store -> store.open(
                key(),
                StandardOpenOption.WRITE,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                ConveyorOpenOption.ATOMIC_REPLACE)));
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
        return new URL(null, location.toUri().toString(), new ConveyorUrlHandler(stores));
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
