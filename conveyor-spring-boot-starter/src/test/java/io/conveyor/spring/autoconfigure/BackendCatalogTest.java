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
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.support.SystemEnvironmentPropertySourceEnvironmentPostProcessor;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.mock.env.MockEnvironment;

class BackendCatalogTest {

    @TempDir
    Path services;

    private final MockEnvironment environment = new MockEnvironment();

    @Test
    void providerGetsTheSettingsBelowItsName() throws IOException {
        environment.setProperty("conveyor.noted.buffer-size", "8MB");
        environment.setProperty("conveyor.other.buffer-size", "1MB");

        catalog(NotingProvider.class.getName()).create(store("Noted"));

        assertThat(NotingProvider.noted).contains("8MB");
    }

    /** Kubernetes describes a service that is called conveyor-noted. */
    @Test
    void variablesOfTheEnvironmentAreSettingsToo() throws IOException {
        variables(Map.of(
                "CONVEYOR_NOTED_BUFFER_SIZE", "8MB",
                "CONVEYOR_NOTED_PORT", "tcp://10.0.0.1:9000",
                "CONVEYOR_NOTED_PORT_9000_TCP_ADDR", "10.0.0.1",
                "CONVEYOR_NOTED_SERVICE_HOST", "10.0.0.1"));

        catalog(NotingProvider.class.getName()).create(store("noted"));

        assertThat(NotingProvider.noted).contains("8MB");
    }

    @ParameterizedTest
    @CsvSource({"app, APP_CONVEYOR_NOTED_BUFFER_SIZE", "my-app, MY_APP_CONVEYOR_NOTED_BUFFER_SIZE"})
    void variablesBelowThePrefixOfTheApplicationAreSettingsToo(String prefix, String variable) throws IOException {
        SpringApplication application = new SpringApplication();
        application.setEnvironmentPrefix(prefix);
        variables(Map.of(variable, "8MB", "CONVEYOR_NOTED_UNKNOWN", "1"));
        new SystemEnvironmentPropertySourceEnvironmentPostProcessor().postProcessEnvironment(environment, application);

        catalog(NotingProvider.class.getName()).create(store("noted"));

        assertThat(NotingProvider.noted).contains("8MB");
    }

    @Test
    void aVariableIsTheSettingThatAnotherSourceNames() throws IOException {
        environment
                .getPropertySources()
                .addLast(new MapPropertySource("file", Map.of("conveyor.noted.buffer-size", "1MB")));
        variables(Map.of("CONVEYOR_NOTED_BUFFERSIZE", "8MB"));

        catalog(NotingProvider.class.getName()).create(store("noted"));

        assertThat(NotingProvider.noted).contains("8MB");
    }

    @Test
    void anUnderscoreIsADotWhereAnotherSourceHasOne() throws IOException {
        environment.setProperty("conveyor.noted.buffer.size", "1MB");
        variables(Map.of("CONVEYOR_NOTED_BUFFER_SIZE", "8MB"));

        assertThat(new GivenSettings(environment).below("conveyor.noted"))
                .containsExactly(Map.entry("buffer.size", "8MB"));
    }

    private void variables(Map<String, Object> variables) {
        environment
                .getPropertySources()
                .addFirst(new SystemEnvironmentPropertySource(
                        StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME, variables));
    }

    @Test
    void aProviderThatCannotBeLoadedKeepsNoOtherAway() throws IOException {
        BackendCatalog catalog = catalog("io.conveyor.absent.Provider\n" + NotingProvider.class.getName());

        assertThat(catalog.create(store("noted"))).isNotNull();
        assertThatThrownBy(() -> catalog.create(store("absent")))
                .isInstanceOfSatisfying(UnknownBackendException.class, unknown -> {
                    assertThat(unknown.available()).contains("noted");
                    assertThat(unknown.unloadable()).singleElement().asString().contains("io.conveyor.absent.Provider");
                });
    }

    @Test
    void whatABackendRejectsIsReportedWithItsName() throws IOException {
        environment.setProperty("conveyor.noted.unknown", "1");
        BackendCatalog catalog = catalog(NotingProvider.class.getName());

        assertThatThrownBy(() -> catalog.create(store("noted")))
                .isInstanceOf(UnusableBackendException.class)
                .hasMessageContaining("'noted'")
                .hasMessageContaining("unknown");
    }

    @Test
    void aNamedStoreReadsTheSettingsBelowItsOwnName() throws IOException {
        environment.setProperty("conveyor.noted.buffer-size", "8MB");
        environment.setProperty("conveyor.stores.archive.noted.buffer-size", "2MB");
        StoreProperties properties = new StoreProperties();
        properties.setBackend("noted");

        catalog(NotingProvider.class.getName()).create(StoreDefinition.named("archive", properties));

        assertThat(NotingProvider.noted).contains("2MB");
    }

    @Test
    void providersAreNotLookedAtForAModuleWithTypes() throws IOException {
        environment.setProperty("conveyor.posix.root", services.resolve("root").toString());

        assertThat(catalog("not a class name").create(store("posix"))).isNotNull();
    }

    private StoreDefinition store(String backend) {
        environment.setProperty("conveyor.backend", backend);
        return StoreDefinition.ofDefault(Binder.get(environment).bindOrCreate("conveyor", ConveyorProperties.class));
    }

    private BackendCatalog catalog(String providers) throws IOException {
        Path file = services.resolve("META-INF/services/" + StorageBackendProvider.class.getName());
        Files.createDirectories(file.getParent());
        Files.writeString(file, providers);
        URL[] path = {services.toUri().toURL()};
        return new BackendCatalog(
                List.of(),
                List.of(new PosixModule()),
                new URLClassLoader(path, getClass().getClassLoader()),
                new GivenSettings(environment));
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
