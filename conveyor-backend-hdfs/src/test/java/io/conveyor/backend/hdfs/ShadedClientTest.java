package io.conveyor.backend.hdfs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.JarURLConnection;
import java.net.URL;
import java.util.Collections;
import java.util.List;
import java.util.jar.JarFile;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the two jars of Hadoop put before the class loader of an application. */
class ShadedClientTest {

    /** What the runtime jar offers an implementation of although the interface is not Hadoop's; said in {@code docs/hdfs.md}. */
    private static final List<String> SERVICES_OF_OTHERS = List.of(
            "javax.xml.stream.XMLEventFactory",
            "javax.xml.stream.XMLInputFactory",
            "javax.xml.stream.XMLOutputFactory",
            "sun.net.spi.nameservice.NameServiceDescriptor");

    @ParameterizedTest
    @ValueSource(strings = {"hadoop-client-api", "hadoop-client-runtime"})
    void classesAreHadoopsOwnOrLieBelowItsPackage(String artifact) throws IOException {
        try (JarFile jar = jar(artifact)) {
            assertThat(jar.isMultiRelease())
                    .as("then classes below META-INF/versions would count, too")
                    .isFalse();
            assertThat(jar.stream().map(Object::toString).filter(name -> name.endsWith(".class")))
                    .hasSizeGreaterThan(1_000)
                    .allMatch(name -> name.startsWith("org/apache/hadoop/") || name.startsWith("META-INF/versions/"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"hadoop-client-api", "hadoop-client-runtime"})
    void noLogBindingIsNamedAndNoOtherServiceThanIsKnown(String artifact) throws IOException {
        String services = "META-INF/services/";
        try (JarFile jar = jar(artifact)) {
            assertThat(jar.stream()
                            .map(Object::toString)
                            .filter(name -> name.startsWith(services) && !name.endsWith("/"))
                            .map(name -> name.substring(services.length()))
                            .filter(name -> !name.startsWith("org.apache.hadoop.")))
                    .isSubsetOf(SERVICES_OF_OTHERS);
        }
    }

    /** The jar of that artifact on the class path of this test. */
    private static JarFile jar(String artifact) throws IOException {
        List<URL> manifests =
                Collections.list(ShadedClientTest.class.getClassLoader().getResources("META-INF/MANIFEST.MF"));
        URL manifest = manifests.stream()
                .filter(url -> url.toString().contains("/" + artifact + "-"))
                .findFirst()
                .orElseThrow();
        return new JarFile(
                ((JarURLConnection) manifest.openConnection()).getJarFile().getName());
    }
}
