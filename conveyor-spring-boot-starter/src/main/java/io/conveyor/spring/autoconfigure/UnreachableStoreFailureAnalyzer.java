package io.conveyor.spring.autoconfigure;

import io.conveyor.StorageException;
import io.conveyor.StorageException.Kind;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Says why a store does not answer, as far as its failure tells, and what says where it is: properties, or a bean of the application. */
final class UnreachableStoreFailureAnalyzer extends AbstractFailureAnalyzer<UnreachableStoreException> {

    private static final String BEAN = "the StorageBackend bean of the application";

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, UnreachableStoreException cause) {
        StoreDefinition store = cause.store();
        String backend = cause.backend();
        return new FailureAnalysis(
                store.property("fail-fast") + " is true, and the store '" + store.name() + "' on '" + backend
                        + "' does not answer: " + UnreachableStoreException.inWords(cause.reason()),
                remedy(store, backend, cause.reason()) + " To start without the store, set "
                        + store.property("fail-fast") + " to false.",
                cause);
    }

    private static String remedy(StoreDefinition store, String backend, Throwable reason) {
        if (reason instanceof AccessDeniedException) {
            return "The store answers and refuses: check what these credentials may do.";
        }
        if (reason instanceof NoSuchFileException) {
            return "What was asked for is not there: check " + place(store, backend) + ".";
        }
        if (reason instanceof StorageException storage && storage.kind() == Kind.CREDENTIALS) {
            return "Check the credentials: " + credentials(store, backend) + ".";
        }
        for (Throwable cause = reason; cause != null; cause = cause.getCause()) {
            if (cause instanceof SSLException tls && backend.equals("s3") && !store.isOnBean()) {
                return "TLS failed (" + tls.getMessage() + "): check that " + store.property("s3.ssl.bundle")
                        + " names an SSL bundle that trusts the store and has the key that it asks for, and that "
                        + store.property("s3.endpoint") + " has the name of its certificate.";
            }
        }
        return "Check that it runs, and " + place(store, backend) + "."
                + (reason instanceof TimeoutException
                        ? " If it is only slow, set conveyor.health.timeout higher."
                        : "");
    }

    private static String place(StoreDefinition store, String backend) {
        if (store.isOnBean()) {
            return BEAN;
        }
        return switch (backend) {
            case "posix" -> store.property("posix.root");
            case "s3" ->
                store.property("s3.bucket") + ", " + store.property("s3.region") + " and "
                        + store.property("s3.endpoint");
            case "hdfs" -> store.property("hdfs.uri");
            default -> "the properties below " + store.property(backend);
        };
    }

    private static String credentials(StoreDefinition store, String backend) {
        if (store.isOnBean()) {
            return "those of " + BEAN;
        }
        return switch (backend) {
            case "s3" ->
                store.property("s3.access-key-id") + " and " + store.property("s3.secret-access-key")
                        + ", or where the SDK looks for them";
            case "hdfs" -> store.property("hdfs.principal") + " and " + store.property("hdfs.keytab");
            default -> "the properties below " + store.property(backend);
        };
    }
}
