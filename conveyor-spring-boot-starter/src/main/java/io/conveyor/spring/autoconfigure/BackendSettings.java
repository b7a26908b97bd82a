package io.conveyor.spring.autoconfigure;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.core.env.Environment;

/** What the properties say to one backend: everything below {@code conveyor.} and the backend's name. */
final class BackendSettings {

    private static final Bindable<Map<String, String>> STRINGS = Bindable.mapOf(String.class, String.class);

    private final Environment environment;
    private final ConveyorProperties properties;

    BackendSettings(Environment environment, ConveyorProperties properties) {
        this.environment = environment;
        this.properties = properties;
    }

    /** The settings of the backend of that name. */
    Map<String, String> of(String backend) {
        ConfigurationPropertyName prefix = ConfigurationPropertyName.adapt("conveyor." + backend, '.');
        Map<String, String> given =
                Binder.get(environment).bind(prefix, STRINGS).orElseGet(Map::of);
        return backend.equals("posix") ? posix(given) : given;
    }

    /** The typed values; and what has no type, so that the backend refuses it by name. */
    private Map<String, String> posix(Map<String, String> given) {
        Map<String, String> settings = typed(properties.getPosix());
        Set<String> known =
                settings.keySet().stream().map(BackendSettings::uniform).collect(Collectors.toSet());
        given.forEach((name, value) -> {
            if (known.add(uniform(name))) {
                settings.put(name, value);
            }
        });
        settings.values().removeIf(String::isEmpty);
        return settings;
    }

    private static Map<String, String> typed(ConveyorProperties.Posix posix) {
        Map<String, String> settings = new HashMap<>();
        settings.put("root", posix.getRoot());
        settings.put("create-root", String.valueOf(posix.isCreateRoot()));
        settings.put("file-lock", String.valueOf(posix.isFileLock()));
        settings.put("ignore-case", String.valueOf(posix.isIgnoreCase()));
        settings.put("permissions", Objects.requireNonNullElse(posix.getPermissions(), ""));
        settings.put("directory-permissions", Objects.requireNonNullElse(posix.getDirectoryPermissions(), ""));
        settings.put("preferred-read-bytes", posix.getPreferredReadBytes().toString());
        settings.put("preferred-write-bytes", posix.getPreferredWriteBytes().toString());
        settings.put("max-concurrent-reads", String.valueOf(posix.getMaxConcurrentReads()));
        settings.put("max-concurrent-writes", String.valueOf(posix.getMaxConcurrentWrites()));
        return settings;
    }

    /** A name without what relaxed binding overlooks: {@code fileLock}, {@code file-lock} and {@code filelock} are one. */
    private static String uniform(String name) {
        return name.replace("-", "").replace("_", "").toLowerCase(Locale.ROOT);
    }
}
