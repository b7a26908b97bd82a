package io.conveyor.spring.autoconfigure;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.apache.hc.client5.http.ssl.DefaultHostnameVerifier;
import org.apache.hc.client5.http.ssl.TlsSocketStrategy;
import org.apache.hc.core5.reactor.ssl.SSLBufferMode;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslOptions;

/**
 * TLS to S3 as an SSL bundle says: its trust, its keys, its protocols and its ciphers. The SDK takes trust and keys by themselves, too, but has no place
 * for the rest.
 */
final class S3Tls {

    private S3Tls() {}

    /**
     * How connections are made secure.
     *
     * @param bundle what to use
     * @param source what named the bundle, for messages
     * @throws IllegalArgumentException if this JVM lacks a protocol or a cipher that the bundle asks for; found now and not by each connection
     */
    static TlsSocketStrategy of(SslBundle bundle, String source) {
        SSLContext context = bundle.createSslContext();
        SSLParameters supported = context.getSupportedSSLParameters();
        SslOptions options = bundle.getOptions();
        requireSupported(source, "enabled-protocols", options.getEnabledProtocols(), supported.getProtocols());
        requireSupported(source, "ciphers", options.getCiphers(), supported.getCipherSuites());
        return new DefaultClientTlsStrategy(
                context,
                options.getEnabledProtocols(),
                options.getCiphers(),
                SSLBufferMode.STATIC,
                new DefaultHostnameVerifier());
    }

    private static void requireSupported(String source, String option, String @Nullable [] wanted, String[] supported) {
        if (wanted == null) {
            return;
        }
        Set<String> unknown = new TreeSet<>(List.of(wanted));
        Arrays.asList(supported).forEach(unknown::remove);
        if (!unknown.isEmpty()) {
            throw new IllegalArgumentException("the SSL bundle of " + source + " has options." + option + " " + unknown
                    + ", which this JVM does not support; it supports " + new TreeSet<>(List.of(supported)));
        }
    }
}
