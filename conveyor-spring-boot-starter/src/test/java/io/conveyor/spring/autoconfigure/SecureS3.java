package io.conveyor.spring.autoconfigure;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** Listens as S3 does over TLS, has every bucket that it is asked for, and keeps the TLS sessions of those who ask. */
final class SecureS3 implements AutoCloseable {

    private final HttpsServer server;
    private final List<SSLSession> sessions = new CopyOnWriteArrayList<>();

    private SecureS3(HttpsServer server) {
        this.server = server;
        server.createContext("/", this::answer);
    }

    /** Shows the key of a file to whoever comes. */
    static SecureS3 start(Path key) throws IOException, GeneralSecurityException {
        return start(key, null);
    }

    /** Lets in only who has the key of a certificate that is trusted. */
    static SecureS3 startForClientsOf(Path key, Path trust) throws IOException, GeneralSecurityException {
        return start(key, trust);
    }

    private static SecureS3 start(Path key, @Nullable Path trust) throws IOException, GeneralSecurityException {
        HttpsServer server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context(key, trust)) {
            @Override
            public void configure(HttpsParameters parameters) {
                SSLParameters tls = getSSLContext().getDefaultSSLParameters();
                tls.setNeedClientAuth(trust != null);
                parameters.setSSLParameters(tls);
            }
        });
        SecureS3 started = new SecureS3(server);
        server.start();
        return started;
    }

    private static SSLContext context(Path key, @Nullable Path trust) throws IOException, GeneralSecurityException {
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(KeyStores.load(key), KeyStores.PASSWORD.toCharArray());
        TrustManagerFactory trusted = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trusted.init(KeyStores.load(trust == null ? key : trust));
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trusted.getTrustManagers(), null);
        return context;
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            sessions.add(((HttpsExchange) exchange).getSSLSession());
            exchange.sendResponseHeaders(200, -1);
        }
    }

    int port() {
        return server.getAddress().getPort();
    }

    /** The sessions of all requests that were answered. */
    List<SSLSession> sessions() {
        return sessions;
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
