package io.conveyor.spring.resource;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.URL;
import java.net.URLConnection;
import java.net.URLStreamHandler;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.Resource;

/** Opens the URL of one resource. */
final class ConveyorUrlHandler extends URLStreamHandler {

    private final Resource resource;

    ConveyorUrlHandler(Resource resource) {
        this.resource = resource;
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
    protected URLConnection openConnection(URL url) {
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
