package io.conveyor.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** The BOM is written by hand; nobody should have to remember it. */
class BomTest {

    private static final Path HOUSE = Path.of("..");

    @Test
    void bomListsEveryPublishedModule() throws Exception {
        List<String> published = texts(pom(HOUSE), "module").stream()
                .filter(module -> !module.equals("conveyor-bom"))
                .filter(BomTest::isPublished)
                .toList();

        assertThat(texts(pom(HOUSE.resolve("conveyor-bom")), "artifactId"))
                .as("artifacts in conveyor-bom/pom.xml")
                .containsAll(published);
    }

    @Test
    void bomHasTheVersionOfTheHouse() throws Exception {
        String house = texts(pom(HOUSE), "version").get(0);

        assertThat(texts(pom(HOUSE.resolve("conveyor-bom")), "version").get(0))
                .as("version in conveyor-bom/pom.xml, which has no parent to inherit it from")
                .isEqualTo(house);
    }

    private static boolean isPublished(String module) {
        try {
            return !texts(pom(HOUSE.resolve(module)), "maven.deploy.skip").contains("true");
        } catch (Exception e) {
            throw new AssertionError("cannot read pom.xml of " + module, e);
        }
    }

    private static Document pom(Path directory) throws Exception {
        try (var in = Files.newInputStream(directory.resolve("pom.xml"))) {
            return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(in);
        }
    }

    private static List<String> texts(Document pom, String element) {
        NodeList found = pom.getElementsByTagName(element);
        return IntStream.range(0, found.getLength())
                .mapToObj(i -> ((Element) found.item(i)).getTextContent().strip())
                .toList();
    }
}
