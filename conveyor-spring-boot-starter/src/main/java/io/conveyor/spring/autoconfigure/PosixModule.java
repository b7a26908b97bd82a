package io.conveyor.spring.autoconfigure;

import io.conveyor.backend.posix.PosixBackendProvider;
import io.conveyor.spi.StorageBackend;
import io.conveyor.spi.StorageSettings;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes stores of files below a directory. */
final class PosixModule implements BackendModule {

    @Override
    public String name() {
        return "posix";
    }

    @Override
    public Class<?> properties() {
        return StoreProperties.Posix.class;
    }

    /** The starter brings it. */
    @Override
    public boolean isPresent(@Nullable ClassLoader classLoader) {
        return true;
    }

    @Override
    public StorageBackend create(StoreDefinition store) throws IOException {
        return new PosixBackendProvider()
                .create(StorageSettings.of(settings(store.properties().getPosix())));
    }

    private static Map<String, String> settings(StoreProperties.Posix posix) {
        Map<String, String> settings = new HashMap<>();
        settings.put("root", posix.getRoot());
        settings.put("create-root", String.valueOf(posix.isCreateRoot()));
        settings.put("file-lock", String.valueOf(posix.isFileLock()));
        settings.put("ignore-case", String.valueOf(posix.isIgnoreCase()));
        putGiven(settings, "permissions", posix.getPermissions());
        putGiven(settings, "directory-permissions", posix.getDirectoryPermissions());
        settings.put("preferred-read-bytes", posix.getPreferredReadBytes().toString());
        settings.put("preferred-write-bytes", posix.getPreferredWriteBytes().toString());
        settings.put("max-concurrent-reads", String.valueOf(posix.getMaxConcurrentReads()));
        settings.put("max-concurrent-writes", String.valueOf(posix.getMaxConcurrentWrites()));
        return settings;
    }

    private static void putGiven(Map<String, String> settings, String name, @Nullable String value) {
        if (value != null && !value.isEmpty()) {
            settings.put(name, value);
        }
    }
}
