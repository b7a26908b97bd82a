package io.conveyor.backend.hdfs;

import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.crypto.key.JavaKeyStoreProvider;
import org.apache.hadoop.crypto.key.KeyProvider;
import org.apache.hadoop.crypto.key.KeyProviderFactory;
import org.apache.hadoop.security.UserGroupInformation;
import org.jspecify.annotations.Nullable;

/** Keys in a Java key store, in the place of a key server; remembers as whom a client asks for one to read or write a file. */
final class RecordingKeys extends KeyProvider {

    /** Finds the provider by the scheme {@code recording}; the rest is that of {@code jceks}. */
    public static final class Factory extends KeyProviderFactory {

        @Override
        public @Nullable KeyProvider createProvider(URI uri, Configuration configuration) throws IOException {
            if (!uri.getScheme().equals("recording")) {
                return null;
            }
            URI store = URI.create("jceks" + uri.toString().substring("recording".length()));
            return new RecordingKeys(
                    configuration, new JavaKeyStoreProvider.Factory().createProvider(store, configuration));
        }
    }

    private static final Set<String> USERS = ConcurrentHashMap.newKeySet();

    private final KeyProvider keys;

    private RecordingKeys(Configuration configuration, KeyProvider keys) {
        super(configuration);
        this.keys = keys;
    }

    /** As whom clients have asked so far. */
    static Set<String> users() {
        return USERS;
    }

    @Override
    public KeyVersion getKeyVersion(String name) throws IOException {
        USERS.add(UserGroupInformation.getCurrentUser().getShortUserName());
        return keys.getKeyVersion(name);
    }

    /** What the namenode asks for, when it makes the key of a new file. */
    @Override
    public KeyVersion getCurrentKey(String name) throws IOException {
        return keys.getCurrentKey(name);
    }

    @Override
    public List<String> getKeys() throws IOException {
        return keys.getKeys();
    }

    @Override
    public List<KeyVersion> getKeyVersions(String name) throws IOException {
        return keys.getKeyVersions(name);
    }

    @Override
    public Metadata getMetadata(String name) throws IOException {
        return keys.getMetadata(name);
    }

    @Override
    public KeyVersion createKey(String name, byte[] material, Options options) throws IOException {
        return keys.createKey(name, material, options);
    }

    @Override
    public void deleteKey(String name) throws IOException {
        keys.deleteKey(name);
    }

    @Override
    public KeyVersion rollNewVersion(String name, byte[] material) throws IOException {
        return keys.rollNewVersion(name, material);
    }

    @Override
    public void flush() throws IOException {
        keys.flush();
    }
}
