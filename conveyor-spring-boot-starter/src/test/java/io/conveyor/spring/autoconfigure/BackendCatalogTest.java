package io.conveyor.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.spi.StorageBackend;
import io.conveyor.spi.StorageBackendProvider;
import io.conveyor.spi.StorageSettings;
import io.conveyor.testkit.MemoryBackend;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.mock.env.MockEnvironment;

class BackendCatalogTest {

    @TempDir
    Path services;

    private final MockEnvironment environment = new MockEnvironment();
    private final BackendSettings settings = new BackendSettings(environment, new ConveyorProperties());

    @Test
    void providerGetsTheSettingsBelowItsName() throws IOException {
        environment.setProperty("conveyor.noted.buffer-size", "8MB");
        environment.setProperty("conveyor.other.buffer-size", "1MB");

        catalog(NotingProvider.class.getName()).create("Noted", settings);

        assertThat(NotingProvider.noted).contains("8MB");
    }

    @Test
    void aProviderThatCannotBeLoadedKeepsNoOtherAway() throws IOException {
        BackendCatalog catalog = catalog("io.conveyor.absent.Provider\n" + NotingProvider.class.getName());

        assertThat(catalog.create("noted", settings)).isNotNull();
        assertThatThrownBy(() -> catalog.create("absent", settings))
                .isInstanceOfSatisfying(UnknownBackendException.class, unknown -> {
                    assertThat(unknown.available()).contains("noted");
                    assertThat(unknown.unloadable()).singleElement().asString().contains("io.conveyor.absent.Provider");
                });
    }

    @Test
    void whatABackendRejectsIsReportedWithItsName() throws IOException {
        environment.setProperty("conveyor.noted.unknown", "1");
        BackendCatalog catalog = catalog(NotingProvider.class.getName());

        assertThatThrownBy(() -> catalog.create("noted", settings))
                .isInstanceOf(UnusableBackendException.class)
                .hasMessageContaining("'noted'")
                .hasMessageContaining("unknown");
    }

    @Test
    void posixGetsItsTypedProperties() {
        environment.setProperty("conveyor.posix.fileLock", "true");
        ConveyorProperties properties = Binder.get(environment).bindOrCreate("conveyor", ConveyorProperties.class);

        assertThat(new BackendSettings(environment, properties).of("posix"))
                .containsEntry("root", "./data")
                .containsEntry("file-lock", "true")
                .containsEntry("preferred-read-bytes", "262144B")
                .doesNotContainKeys("fileLock", "permissions");
    }

    private BackendCatalog catalog(String providers) throws IOException {
        Path file = services.resolve("META-INF/services/" + StorageBackendProvider.class.getName());
        Files.createDirectories(file.getParent());
        Files.writeString(file, providers);
        URL[] path = {services.toUri().toURL()};
        return BackendCatalog.of(List.of(), new URLClassLoader(path, getClass().getClassLoader()));
    }

    /** Remembers a setting. */
    public static final class NotingProvider implements StorageBackendProvider {

        static volatile Optional<String> noted = Optional.empty();

        @Override
        public String name() {
            return "noted";
        }

        @Override
        public StorageBackend create(StorageSettings settings) {
            noted = settings.text("buffer-size");
            settings.rejectUnknown();
            return MemoryBackend.create();
        }
    }
}
