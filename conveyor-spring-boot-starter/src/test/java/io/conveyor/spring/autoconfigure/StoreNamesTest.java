package io.conveyor.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.ConveyorFactory;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.support.SystemEnvironmentPropertySourceEnvironmentPostProcessor;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/** How stores are called whose properties come from several places, variables of the environment among them. */
class StoreNamesTest {

    @TempDir
    Path directory;

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(ConveyorAutoConfiguration.class))
            .withInitializer(context -> context.getEnvironment()
                    .getPropertySources()
                    .addLast(new MapPropertySource("file", Map.of("conveyor.posix.root", root("default")))));

    /** Spring Boot's own form has neither dashes nor case; its older one has an underscore for a dash. */
    @ParameterizedTest
    @CsvSource({
        "archive, CONVEYOR_STORES_ARCHIVE_POSIX_FILELOCK",
        "my-archive, CONVEYOR_STORES_MYARCHIVE_POSIX_FILELOCK",
        "my-archive, CONVEYOR_STORES_MY_ARCHIVE_POSIX_FILE_LOCK",
        "myArchive, CONVEYOR_STORES_MYARCHIVE_POSIX_FILELOCK"
    })
    void aVariableCountsForTheStoreThatAFileNames(String name, String variable) {
        withVariables(Map.of(variable, "true"))
                .withPropertyValues("conveyor.stores." + name + ".posix.root=" + root("archive"))
                .run(context -> {
                    assertThat(context).getBeanNames(ConveyorFactory.class).containsExactly("conveyorFactory", name);
                    assertThat(context.getBean(ConveyorProperties.class).getStores())
                            .containsOnlyKeys(name)
                            .hasEntrySatisfying(
                                    name,
                                    store -> assertThat(store.getPosix().isFileLock())
                                            .isTrue());
                });
    }

    /** What Spring Boot does not bind for the store is no store of its own. */
    @Test
    void aVariableInNoFormOfSpringBootsIsPassedOver() {
        withVariables(Map.of("CONVEYOR_STORES_MY_ARCHIVE_POSIX_FILELOCK", "true"))
                .withPropertyValues("conveyor.stores.my-archive.posix.root=" + root("archive"))
                .run(context -> assertThat(context)
                        .getBeanNames(ConveyorFactory.class)
                        .containsExactly("conveyorFactory", "my-archive"));
    }

    @Test
    void aStoreMayHaveNothingButVariables() {
        withVariables(Map.of("CONVEYOR_STORES_ARCHIVE_POSIX_ROOT", root("archive")))
                .run(context -> assertThat(context)
                        .getBeanNames(ConveyorFactory.class)
                        .containsExactly("conveyorFactory", "archive"));
    }

    @Test
    void aVariableThatIsCalledAsAPropertySpellsTheName() {
        withVariables(Map.of("conveyor.stores.my-archive.posix.root", root("archive")))
                .run(context -> assertThat(context)
                        .getBeanNames(ConveyorFactory.class)
                        .containsExactly("conveyorFactory", "my-archive"));
    }

    @ParameterizedTest
    @CsvSource({
        "app, APP_CONVEYOR_STORES_ARCHIVE_POSIX_ROOT, archive",
        "my-app, MYAPP_CONVEYOR_STORES_ARCHIVE_POSIX_ROOT, archive",
        "app, app.conveyor.stores.my-archive.posix.root, my-archive"
    })
    void aStoreMayHaveVariablesBelowThePrefixOfTheApplication(String prefix, String variable, String name) {
        withPrefixedVariables(prefix, Map.of(variable, root("archive"))).run(context -> {
            assertThat(context).getBeanNames(ConveyorFactory.class).containsExactly("conveyorFactory", name);
            assertThat(context.getBean(ConveyorProperties.class).getStores()).containsOnlyKeys(name);
        });
    }

    @ParameterizedTest
    @CsvSource({
        "app, CONVEYOR_STORES_ARCHIVE_POSIX_ROOT",
        "app, conveyor.stores.archive.posix.root",
        "app, APP_CONVEYOR_STORES_ARCHIVE_SERVICE_HOST",
        "my-app, MY_APP_CONVEYOR_STORES_ARCHIVE_POSIX_ROOT"
    })
    void otherVariablesMakeNoStoresWhereTheApplicationHasAPrefix(String prefix, String variable) {
        withPrefixedVariables(prefix, Map.of(variable, root("archive"))).run(context -> {
            assertThat(context).getBeanNames(ConveyorFactory.class).containsExactly("conveyorFactory");
            assertThat(context.getBean(ConveyorProperties.class).getStores()).isEmpty();
        });
    }

    @Test
    void variablesThatKubernetesSetsForServicesCalledAlikeMakeNoStores() {
        withVariables(Map.of(
                        "CONVEYOR_STORES_SERVICE_HOST", "10.0.0.1",
                        "CONVEYOR_STORES_SERVICE_PORT", "9000",
                        "CONVEYOR_STORES_PORT", "tcp://10.0.0.1:9000",
                        "CONVEYOR_STORES_PORT_9000_TCP_ADDR", "10.0.0.1",
                        "CONVEYOR_STORES_ARCHIVE_SERVICE_HOST", "10.0.0.2",
                        "CONVEYOR_STORES_ARCHIVE_PORT", "tcp://10.0.0.2:9000"))
                .run(context -> {
                    assertThat(context).getBeanNames(ConveyorFactory.class).containsExactly("conveyorFactory");
                    assertThat(context.getBean(ConveyorProperties.class).getStores())
                            .isEmpty();
                });
    }

    /** What the parent passes over is nothing to its children. */
    @Test
    void aChildContextHasStoresThatItsParentDoesNotKnow() {
        withVariables(Map.of("CONVEYOR_STORES_SERVICE_HOST", "10.0.0.1"))
                .run(parent -> runner.withParent(parent)
                        .withPropertyValues("conveyor.stores.archive.posix.root=" + root("archive"))
                        .run(child -> assertThat(child).hasBean("archive")));
    }

    @Test
    void aSourceThatOverridesAPropertyInAnotherSpellingDoesNotRenameItsStore() {
        runner.withInitializer(context -> context.getEnvironment()
                        .getPropertySources()
                        .addLast(new MapPropertySource(
                                "base", Map.of("conveyor.stores.my-archive.posix.root", root("archive")))))
                .withPropertyValues("conveyor.stores.myArchive.posix.file-lock=true")
                .run(context -> {
                    assertThat(context)
                            .getBeanNames(ConveyorFactory.class)
                            .containsExactly("conveyorFactory", "my-archive");
                    assertThat(context.getBean(ConveyorProperties.class).getStores())
                            .hasEntrySatisfying(
                                    "my-archive",
                                    store -> assertThat(store.getPosix().isFileLock())
                                            .isTrue());
                });
    }

    /** Below such a name no property is looked for by its full name, so that nothing there would be checked. */
    @ParameterizedTest
    @ValueSource(strings = {"my.store", "a/b", "größe"})
    void aNameThatNeedsBracketsIsRefused(String name) {
        runner.withPropertyValues("conveyor.stores[" + name + "].posix.root=" + root("archive"))
                .run(context -> assertThat(context)
                        .getFailure()
                        .hasMessageContaining("conveyor.stores[" + name + "]")
                        .hasMessageContaining("letters, digits"));
    }

    private String root(String store) {
        return directory.resolve(store).toString();
    }

    private ApplicationContextRunner withVariables(Map<String, Object> variables) {
        return runner.withInitializer(context -> context.getEnvironment()
                .getPropertySources()
                .replace(
                        StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
                        new SystemEnvironmentPropertySource(
                                StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME, variables)));
    }

    private ApplicationContextRunner withPrefixedVariables(String prefix, Map<String, Object> variables) {
        SpringApplication application = new SpringApplication();
        application.setEnvironmentPrefix(prefix);
        return withVariables(variables)
                .withInitializer(context -> new SystemEnvironmentPropertySourceEnvironmentPostProcessor()
                        .postProcessEnvironment(context.getEnvironment(), application));
    }
}
