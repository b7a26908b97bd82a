package io.conveyor.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.ConveyorOptions;
import io.conveyor.FactoryStats;
import io.conveyor.ObjectAttributes;
import io.conveyor.spi.ForwardingStorageBackend;
import io.conveyor.spi.StorageBackend;
import io.conveyor.spring.ConveyorBackendDecorator;
import io.conveyor.spring.ConveyorBackendFactory;
import io.conveyor.spring.ConveyorFactoryCustomizer;
import io.conveyor.spring.ConveyorOptionsCustomizer;
import io.conveyor.spring.ConveyorStore;
import io.conveyor.spring.ConveyorStores;
import io.conveyor.spring.RecordingFactory;
import io.conveyor.testkit.Bytes;
import io.conveyor.testkit.MemoryBackend;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Scope;
import org.springframework.context.annotation.ScopedProxyMode;
import org.springframework.core.annotation.Order;

class NamedStoresTest {

    @TempDir
    Path directory;

    private final MemoryBackend memory = MemoryBackend.create();

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(ConveyorAutoConfiguration.class))
            .withBean("memory", ConveyorBackendFactory.class, () -> BackendFactories.of("memory", memory));

    @Test
    void eachStoreIsABeanQualifiedByItsNameAndTheDefaultOneIsPrimary() {
        runner.withPropertyValues(
                        "conveyor.posix.root=" + directory.resolve("default"),
                        "conveyor.stores.archive.posix.root=" + directory.resolve("archive"),
                        "conveyor.stores.scratch.backend=memory")
                .withBean(Client.class)
                .run(context -> {
                    Client client = context.getBean(Client.class);
                    client.unqualified().write("key", out -> out.write(Bytes.buffer("one")));
                    client.archive().write("key", out -> out.write(Bytes.buffer("two")));
                    client.scratch().write("key", out -> out.write(Bytes.buffer("three")));

                    assertThat(directory.resolve("default/key")).hasContent("one");
                    assertThat(directory.resolve("archive/key")).hasContent("two");
                    assertThat(memory.snapshot("key")).asString().isEqualTo("three");
                });
    }

    record Client(
            ConveyorFactory unqualified,
            @Qualifier("archive") ConveyorFactory archive,
            @Qualifier("scratch") ConveyorFactory scratch) {

        List<ConveyorFactory> all() {
            return List.of(unqualified, archive, scratch);
        }
    }

    @Test
    void allStoresAreKnownTheDefaultOneFirst() {
        runner.withPropertyValues("conveyor.posix.root=" + directory, "conveyor.stores.archive.backend=memory")
                .run(context -> assertThat(context.getBean(ConveyorStores.class).all())
                        .extracting(ConveyorStore::name, ConveyorStore::backendName)
                        .containsExactly(tuple("default", "posix"), tuple("archive", "memory")));
    }

    @Test
    void twoStoresInOnePlaceEndTheStart() {
        runner.withPropertyValues(
                        "conveyor.posix.root=" + directory, "conveyor.stores.archive.posix.root=" + directory + "/.")
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .isInstanceOf(SharedPlaceException.class)
                        .hasMessageContaining("the stores 'default' and 'archive' both store in posix:"));
    }

    @Test
    void aStoreWithinAnotherEndsTheStart() {
        assertNested("posix.root=" + directory, "posix.root=" + directory.resolve("archive"));
        assertNested("posix.root=" + directory.resolve("all/default"), "posix.root=" + directory.resolve("all"));
        assertNested("s3.bucket=b", "s3.bucket=b", "s3.prefix=archive");
        assertNested("s3.bucket=b", "s3.prefix=a/b", "s3.bucket=b", "s3.prefix=a");
        assertNested("hdfs.base-directory=/", "hdfs.base-directory=/archive");
        assertNested("hdfs.base-directory=/all", "hdfs.base-directory=/all/archive");
    }

    private void assertNested(String... properties) {
        withTwoStores(properties)
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .isInstanceOf(SharedPlaceException.class)
                        .hasMessageMatching(
                                "the stores 'default' and 'archive' store one within the other, in \\w+:.+ and in"
                                        + " \\w+:.+"));
    }

    /** The first half belongs to the default store, the other to the one that is called archive. */
    private ApplicationContextRunner withTwoStores(String... properties) {
        String backend = properties[0].substring(0, properties[0].indexOf('.'));
        ApplicationContextRunner with = runner.withPropertyValues(
                "conveyor.backend=" + backend,
                "conveyor.stores.archive.backend=" + backend,
                "conveyor.s3.region=eu-west-1",
                "conveyor.stores.archive.s3.region=eu-west-1",
                "conveyor.hdfs.uri=hdfs://127.0.0.1:1",
                "conveyor.stores.archive.hdfs.uri=hdfs://127.0.0.1:1");
        for (int i = 0; i < properties.length; i++) {
            with = with.withPropertyValues(
                    (i < properties.length / 2 ? "conveyor." : "conveyor.stores.archive.") + properties[i]);
        }
        return with;
    }

    @Test
    void storesBesideOneAnotherMayHaveNamesThatBeginAlike() {
        for (String[] properties : List.of(
                new String[] {"posix.root=" + directory.resolve("a"), "posix.root=" + directory.resolve("ab")},
                new String[] {"s3.bucket=b", "s3.prefix=a", "s3.bucket=b", "s3.prefix=ab"},
                new String[] {"s3.bucket=b", "s3.bucket=bb"},
                new String[] {"hdfs.base-directory=/a", "hdfs.base-directory=/ab"})) {
            withTwoStores(properties).run(context -> assertThat(context).hasNotFailed());
        }
    }

    /** Only of our own backends is it known that a slash means within. */
    @Test
    void identitiesOfOtherBackendsAreTheSameOrHaveNothingInCommon() {
        StorePlaces places = new StorePlaces();
        places.take(store("default"), "other", "other:a");

        assertThatCode(() -> places.take(store("archive"), "other", "other:a/b"))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> places.take(store("third"), "other", "other:a"))
                .isInstanceOf(SharedPlaceException.class)
                .hasMessage("the stores 'default' and 'third' both store in other:a");
    }

    private static StoreDefinition store(String name) {
        return StoreDefinition.named(name, new StoreProperties());
    }

    @Test
    void backendsThatDoNotTellWhereTheyAreMayHaveOneName() {
        runner.withPropertyValues("conveyor.backend=memory", "conveyor.stores.archive.backend=memory")
                .run(context -> assertThat(context).hasNotFailed());
    }

    @Test
    void closesANamedStoreWithTheContext() {
        runner.withPropertyValues("conveyor.posix.root=" + directory, "conveyor.stores.archive.backend=memory")
                .run(context -> {
                    var left = context.getBean("archive", ConveyorFactory.class)
                            .open("left-open", StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    left.write(Bytes.buffer("content"));

                    context.getSourceApplicationContext().close();

                    assertThat(memory.snapshot("left-open")).asString().isEqualTo("content");
                    assertThat(memory.isClosed()).isTrue();
                });
    }

    @Test
    void allStoresGoOnAfterTheContextWasStoppedAndStartedAgain() {
        runner.withPropertyValues(
                        "conveyor.posix.root=" + directory.resolve("default"),
                        "conveyor.stores.archive.posix.root=" + directory.resolve("archive"),
                        "conveyor.stores.scratch.backend=memory")
                .withBean(Client.class)
                .run(context -> {
                    Client client = context.getBean(Client.class);
                    List<Conveyor> open = new ArrayList<>();
                    for (ConveyorFactory store : client.all()) {
                        open.add(store.open("kept", StandardOpenOption.CREATE, StandardOpenOption.WRITE));
                    }
                    writeAll(open, "before ");

                    context.getSourceApplicationContext().stop();
                    assertThat(contents("kept")).containsOnly("before ");

                    context.getSourceApplicationContext().start();
                    writeAll(open, "after");
                    for (ConveyorFactory store : client.all()) {
                        store.write("new", out -> out.write(Bytes.buffer("made after it")));
                    }
                    context.getSourceApplicationContext().stop();
                    assertThat(contents("kept"))
                            .as("flushed by the second stop")
                            .containsOnly("before after");
                    assertThat(contents("new")).containsOnly("made after it");
                });
    }

    private static void writeAll(List<Conveyor> conveyors, String content) throws IOException {
        for (Conveyor conveyor : conveyors) {
            conveyor.write(Bytes.buffer(content));
        }
    }

    /** What the stores themselves have. */
    private List<String> contents(String key) throws IOException {
        return List.of(
                Files.readString(directory.resolve("default").resolve(key)),
                Files.readString(directory.resolve("archive").resolve(key)),
                new String(memory.snapshot(key), StandardCharsets.UTF_8));
    }

    @Test
    void theBackendOfANamedStoreThatCannotBeMadeIsClosed() {
        runner.withPropertyValues("conveyor.posix.root=" + directory, "conveyor.stores.archive.backend=memory")
                .withBean(ConveyorOptionsCustomizer.class, () -> (options, store) -> {
                    if (store.equals("archive")) {
                        throw new IllegalStateException("no options for it");
                    }
                })
                .run(context -> {
                    assertThat(context).getFailure().rootCause().hasMessage("no options for it");
                    assertThat(memory.isClosed()).isTrue();
                });
    }

    /** The decorator may hold something itself: a buffer, a thread, a connection. */
    @Test
    void theDecoratorsOfAStoreThatCannotBeMadeAreClosed() {
        List<String> closed = new CopyOnWriteArrayList<>();
        for (String unusable : List.of("default", "archive")) {
            runner.withPropertyValues("conveyor.backend=memory", "conveyor.stores.archive.backend=memory")
                    .withBean(
                            ConveyorBackendDecorator.class,
                            () -> (backend, store) -> new Closing(backend, () -> closed.add(store)))
                    .withBean(ConveyorFactoryCustomizer.class, () -> (builder, store) -> {
                        if (store.equals(unusable)) {
                            throw new IllegalStateException("not this one");
                        }
                    })
                    .run(context -> {
                        assertThat(context).getFailure().rootCause().hasMessage("not this one");
                        assertThat(closed).contains(unusable);
                        assertThat(memory.isClosed()).isTrue();
                    });
        }
    }

    private static final class Closing extends ForwardingStorageBackend {

        private final Runnable whenClosed;

        Closing(StorageBackend backend, Runnable whenClosed) {
            super(backend);
            this.whenClosed = whenClosed;
        }

        @Override
        public void close() throws IOException {
            whenClosed.run();
            super.close();
        }
    }

    /** Two of one name would have two writers for one object, who do not know of each other. */
    @Test
    void aChildContextUsesTheStoresOfItsParentAndLeavesThemOpen() {
        ApplicationContextRunner both = runner.withPropertyValues(
                "conveyor.posix.root=" + directory.resolve("default"),
                "conveyor.stores.archive.posix.root=" + directory.resolve("archive"));
        both.run(parent -> {
            ConveyorFactory archive = parent.getBean("archive", ConveyorFactory.class);

            both.withParent(parent)
                    .withPropertyValues("conveyor.stores.scratch.backend=memory")
                    .withBean(Client.class)
                    .run(child -> {
                        assertThat(child.getBean("archive")).isSameAs(archive);
                        assertThat(child.getBean(Client.class).archive()).isSameAs(archive);
                        assertThat(child.getBean(Client.class).unqualified())
                                .isSameAs(parent.getBean("conveyorFactory"));
                    });

            archive.write("after the child", out -> out.write(Bytes.buffer("content")));
            assertThat(directory.resolve("archive/after the child")).hasContent("content");
        });
    }

    @Test
    void aStoreOfAChildContextInThePlaceOfOneOfItsParentEndsTheStart() {
        ApplicationContextRunner both =
                runner.withPropertyValues("conveyor.posix.root=" + directory.resolve("default"));
        both.run(parent -> {
            both.withParent(parent)
                    .withPropertyValues("conveyor.stores.archive.posix.root=" + directory.resolve("default"))
                    .run(child -> assertThat(child)
                            .getFailure()
                            .rootCause()
                            .isInstanceOf(SharedPlaceException.class)
                            .hasMessageContaining("the stores 'default' and 'archive' both store in posix:"));

            both.withParent(parent)
                    .withPropertyValues(
                            "conveyor.stores.archive.backend=memory",
                            "conveyor.stores.archive.journal.enabled=true",
                            "conveyor.stores.archive.journal.directory=" + directory.resolve("default/journal"))
                    .run(child -> assertThat(child)
                            .getFailure()
                            .hasStackTraceContaining("conveyor.stores.archive.journal.directory '"
                                    + directory.resolve("default/journal") + "' lies below conveyor.posix.root"));
        });
    }

    /** Whoever goes on writing in the parent does not want half an object to be published. */
    @Test
    void aChildContextThatIsClosedFlushesItsOwnStoresAlone() {
        RecordingFactory ofParent = new RecordingFactory();
        RecordingFactory ofChild = new RecordingFactory();

        runner.withBean("shared", ConveyorFactory.class, () -> ofParent).run(parent -> {
            runner.withParent(parent)
                    .withBean("own", ConveyorFactory.class, () -> ofChild)
                    .run(child -> assertThat(child).getBean("own").isSameAs(ofChild));

            assertThat(ofChild.events()).containsExactly("flush", "close");
            assertThat(ofParent.events()).isEmpty();
        });
        assertThat(ofParent.events()).containsExactly("flush", "close");
    }

    @Test
    void aStoreBehindAScopedProxyIsFlushedOnce() {
        List<String> events = new CopyOnWriteArrayList<>();

        runner.withUserConfiguration(ScopedStore.class)
                .withInitializer(context -> context.getBeanFactory().registerSingleton("events", new Events(events)))
                .run(context -> assertThat(context).hasBean("scopedTarget.scoped"));

        assertThat(events).containsExactly("flush", "close");
    }

    @Configuration(proxyBeanMethods = false)
    static class ScopedStore {

        @Bean
        @Scope(proxyMode = ScopedProxyMode.INTERFACES)
        ConveyorFactory scoped(Events events) {
            return new RecordingFactory(events.list());
        }
    }

    record Events(List<String> list) {}

    @Test
    void aStoreIsFlushedThoughSomebodyAskedForAllLifecyclesWhileItWasMade() {
        List<String> events = new CopyOnWriteArrayList<>();

        runner.withUserConfiguration(AsksForLifecycles.class)
                .withInitializer(context -> context.getBeanFactory().registerSingleton("events", new Events(events)))
                .run(context -> assertThat(context).hasSingleBean(ConveyorLifecycle.class));

        assertThat(events).containsExactly("flush", "close");
    }

    @Configuration(proxyBeanMethods = false)
    static class AsksForLifecycles {

        @Bean
        ConveyorFactory own(ListableBeanFactory beans, Events events) {
            beans.getBeansOfType(SmartLifecycle.class);
            return new RecordingFactory(events.list());
        }
    }

    @Test
    void anApplicationsOwnFactoryReplacesTheDefaultStoreAndLeavesTheNamedOnes() {
        RecordingFactory own = new RecordingFactory();

        runner.withPropertyValues("conveyor.stores.archive.backend=memory")
                .withBean("own", ConveyorFactory.class, () -> own)
                .run(context -> {
                    assertThat(context).getBeanNames(ConveyorFactory.class).containsExactly("own", "archive");
                    assertThat(context).doesNotHaveBean(StorageBackend.class);
                });
    }

    @Test
    void theNameOfTheDefaultStoreIsTaken() {
        runner.withPropertyValues("conveyor.backend=memory", "conveyor.stores.default.backend=memory")
                .run(context -> assertThat(context)
                        .getFailure()
                        .isInstanceOf(InvalidConfigurationPropertyValueException.class)
                        .hasMessageContaining("conveyor.stores.default"));
    }

    @Test
    void aDisabledConveyorHasNoNamedStores() {
        runner.withPropertyValues("conveyor.enabled=false", "conveyor.stores.archive.backend=memory")
                .run(context -> assertThat(context)
                        .doesNotHaveBean(ConveyorFactory.class)
                        .doesNotHaveBean(ConveyorStores.class)
                        .doesNotHaveBean(StoreAssembly.class));
    }

    @Test
    void customizersComeAfterThePropertiesInTheirOrderAndKnowTheStore() {
        List<String> told = new CopyOnWriteArrayList<>();

        runner.withPropertyValues(
                        "conveyor.backend=memory",
                        "conveyor.workers=3",
                        "conveyor.stores.archive.posix.root=" + directory)
                .withBean("b", ConveyorOptionsCustomizer.class, () -> new Later(told))
                .withBean("a", ConveyorOptionsCustomizer.class, () -> new Earlier(told))
                .withBean(
                        ConveyorFactoryCustomizer.class,
                        () -> (builder, store) -> builder.workers(store.equals("archive") ? 7 : 5))
                .withBean(ConveyorBackendDecorator.class, () -> (backend, store) -> {
                    told.add("decorate " + store);
                    return backend;
                })
                .run(context -> {
                    assertThat(told)
                            .containsExactly(
                                    "decorate default",
                                    "earlier default",
                                    "later default",
                                    "decorate archive",
                                    "earlier archive",
                                    "later archive");
                    assertThat(context.getBean(ConveyorFactory.class).stats().workers())
                            .isEqualTo(5);
                    assertThat(context.getBean("archive", ConveyorFactory.class)
                                    .stats()
                                    .workers())
                            .isEqualTo(7);
                });
    }

    @Test
    void aBackendFactoryServesEachStoreThatChoosesIt() {
        List<String> told = new CopyOnWriteArrayList<>();
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(ConveyorAutoConfiguration.class))
                .withBean(ConveyorBackendFactory.class, () -> new PerStore(told))
                .withPropertyValues("conveyor.backend=tape", "conveyor.stores.archive.backend=tape")
                .run(context -> {
                    context.getBean(ConveyorFactory.class).write("key", out -> out.write(Bytes.buffer("one")));
                    assertThat(context.getBean("archive", ConveyorFactory.class).exists("key"))
                            .isFalse();
                    assertThat(told).containsExactly("default", "archive");
                });
    }

    private record PerStore(List<String> told) implements ConveyorBackendFactory {

        @Override
        public String name() {
            return "tape";
        }

        @Override
        public StorageBackend create() {
            return MemoryBackend.create();
        }

        @Override
        public StorageBackend create(String store) {
            told.add(store);
            return create();
        }
    }

    @Test
    void aStoreWhoseFactoryIsWrappedKeepsItsBackend() {
        runner.withPropertyValues(
                        "conveyor.backend=memory", "conveyor.stores.archive.posix.root=" + directory.resolve("archive"))
                .withBean(WrapsFactories.class)
                .run(context -> {
                    ConveyorStores stores = context.getBean(ConveyorStores.class);
                    assertThat(context.getBean(ConveyorFactory.class)).isInstanceOf(Wrapped.class);
                    assertThat(stores.find("default").orElseThrow().backendName())
                            .isEqualTo("memory");
                    assertThat(stores.find("archive").orElseThrow().backendName())
                            .isEqualTo("posix");
                });
    }

    private static final class WrapsFactories implements BeanPostProcessor {

        @Override
        public Object postProcessAfterInitialization(Object bean, String name) {
            return bean instanceof ConveyorFactory factory ? new Wrapped(factory) : bean;
        }
    }

    private record Wrapped(ConveyorFactory factory) implements ConveyorFactory {

        @Override
        public Conveyor open(String key, ConveyorOptions overrides, OpenOption... options) throws IOException {
            return factory.open(key, overrides, options);
        }

        @Override
        public ObjectAttributes attributes(String key) throws IOException {
            return factory.attributes(key);
        }

        @Override
        public boolean delete(String key) throws IOException {
            return factory.delete(key);
        }

        @Override
        public Stream<ObjectAttributes> list(String prefix) throws IOException {
            return factory.list(prefix);
        }

        @Override
        public List<Conveyor> openConveyors() {
            return factory.openConveyors();
        }

        @Override
        public FactoryStats stats() {
            return factory.stats();
        }

        @Override
        public void flush() throws IOException {
            factory.flush();
        }

        @Override
        public void close() throws IOException {
            factory.close();
        }
    }

    @Order(1)
    private record Earlier(List<String> told) implements ConveyorOptionsCustomizer {
        @Override
        public void customize(ConveyorOptions.Builder options, String store) {
            told.add("earlier " + store);
        }
    }

    @Order(2)
    private record Later(List<String> told) implements ConveyorOptionsCustomizer {
        @Override
        public void customize(ConveyorOptions.Builder options, String store) {
            told.add("later " + store);
        }
    }
}
