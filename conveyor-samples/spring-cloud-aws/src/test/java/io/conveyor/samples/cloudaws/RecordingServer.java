package io.conveyor.samples.cloudaws;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** As much of an S3 server as writing a small object needs: every bucket is there, nothing is in it, and what is put is taken. Remembers who asked. */
final class RecordingServer implements AutoCloseable {

    private final HttpServer server;
    private final List<String> requests = new CopyOnWriteArrayList<>();

    RecordingServer() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            exchange.getRequestBody().readAllBytes();
            requests.add(
                    exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath() + " "
                            + exchange.getRequestHeaders().getFirst("Authorization"));
            exchange.getResponseHeaders().add("ETag", "\"1\"");
            boolean isBucket = exchange.getRequestURI().getPath().lastIndexOf('/') == 0;
            exchange.sendResponseHeaders(isBucket || exchange.getRequestMethod().equals("PUT") ? 200 : 404, -1);
        }
    }

    /** Method, path and authorization, each. */
    List<String> requests() {
        return requests;
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
