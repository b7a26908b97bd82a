package io.conveyor.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is optional may be missing. A filtered class loader would not tell: it hides classes that are there and loaded. */
@Timeout(300)
class BareClassPathTest {

    private static final Predicate<String> MICROMETER = Pattern.compile(
                    "micrometer-|context-propagation|spring-boot-(starter-)?(micrometer|actuator|health|webmvc|tomcat|validation)|testcontainers|spring-tx|hibernate-validator")
            .asPredicate();

    @TempDir
    Path root;

    @Test
    void startsWithoutMicrometerAndActuator() throws Exception {
        assertThat(ChildJvm.classPath()).anyMatch(MICROMETER);

        assertThat(run(MICROMETER.negate())).contains("micrometer: false, written: 7, decorators: []");
    }

    @Test
    void startsWithMicrometerAndWithoutActuator() throws Exception {
        assertThat(run(entry -> !entry.contains("spring-boot-actuator")))
                .contains("micrometer: true, written: 7, decorators: [")
                .contains("conveyorBackendTimer");
    }

    @Test
    void startsWithActuatorAndWithoutHealth() throws Exception {
        assertThat(run(entry -> !entry.contains("spring-boot-health"))).contains("micrometer: true, written: 7");
    }

    @Test
    void startsWithObservationsAndNothingToCarryTheirContext() throws Exception {
        assertThat(ChildJvm.classPath()).anyMatch(entry -> entry.contains("context-propagation"));

        assertThat(run(entry -> !entry.contains("context-propagation")))
                .contains("micrometer: true, written: 7, decorators: [")
                .contains("conveyorBackendObserver");
    }

    @Test
    void startsWithoutTheModulesOfOtherStores() throws Exception {
        assertThat(run(entry -> !entry.contains("conveyor-backend-s3")
                        && !entry.contains("conveyor-backend-hdfs")
                        && !entry.contains("software/amazon")
                        && !entry.contains("hadoop")))
                .contains("written: 7");
    }

    @Test
    void boundsAreCheckedWithoutAValidationProvider() throws Exception {
        String output = run(entry -> !entry.contains("validat"), "--conveyor.retry.attempts=0");

        assertThat(output).contains("Property: conveyor.retry.attempts", "Reason: must be from 1 to 100");
    }

    @Test
    void boundsAreCheckedBesideAValidationProvider() throws Exception {
        assertThat(ChildJvm.classPath()).anyMatch(entry -> entry.contains("hibernate-validator"));

        String output = run(entry -> true, "--conveyor.retry.attempts=0");

        assertThat(output).contains("Property: conveyor.retry.attempts", "Reason: must be from 1 to 100");
    }

    private String run(Predicate<String> entries, String... more) throws Exception {
        return ChildJvm.run(
                ChildJvm.classPath().filter(entries),
                List.of(),
                BareApplication.class,
                Stream.concat(
                                Stream.of("--conveyor.posix.root=" + root, "--spring.main.web-application-type=none"),
                                Stream.of(more))
                        .toArray(String[]::new));
    }
}
