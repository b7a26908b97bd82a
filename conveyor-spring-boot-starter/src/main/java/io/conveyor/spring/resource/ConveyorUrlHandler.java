package io.conveyor.spring.resource;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLConnection;
import java.net.URLStreamHandler;
import org.springframework.core.io.Resource;

/** Opens the URL of one resource. */
final class ConveyorUrlHandler extends URLStreamHandler {

    private final Resource resource;

    ConveyorUrlHandler(Resource resource) {
        this.resource = resource;
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
