package io.conveyor.spring.resource;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLConnection;
import java.net.URLStreamHandler;
import org.jspecify.annotations.Nullable;

/**
 * Opens URLs of stored objects: that of a resource, and those that are made relative to it, which have the same handler. A query or a fragment means nothing. Any thread.
 */
final class ConveyorUrlHandler extends URLStreamHandler {

    private final Stores stores;

    ConveyorUrlHandler(Stores stores) {
        this.stores = stores;
    }

    /** A store is no host: nobody asks the name service for it. */
    @Override
    protected @Nullable InetAddress getHostAddress(URL url) {
        return null;
    }

    @Override
    protected boolean hostsEqual(URL one, URL other) {
        return one.getHost().equals(other.getHost());
    }

    @Override
    protected int hashCode(URL url) {
        return url.toExternalForm().hashCode();
    }

    @Override
    protected URLConnection openConnection(URL url) throws MalformedURLException {
        ConveyorResource resource = new ConveyorResource(ConveyorLocation.of(url), stores);
        return new URLConnection(url) {
            @Override
            public void connect() {}

            @Override
            public InputStream getInputStream() throws IOException {
                return resource.getInputStream();
            }
        };
    }
}
