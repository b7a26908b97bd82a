package io.conveyor.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.spring.ConveyorBackendFactory;
import io.conveyor.testkit.MemoryBackend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What a user reads when an application does not start. */
@ExtendWith(OutputCaptureExtension.class)
class FailureAnalysisTest {

    @TempDir
    Path directory;

    @Test
    void aBackendWhoseModuleIsMissingNamesTheDependency(CapturedOutput output) {
        start("--conveyor.backend=s3");

        assertThat(output)
                .contains("APPLICATION FAILED TO START")
                .contains("conveyor.backend is 's3', but the module conveyor-backend-s3 is not on the class path.")
                .contains("Add the dependency io.conveyor:conveyor-backend-s3")
                .containsPattern("available backends: .*memory");
    }

    @Test
    void aBackendThatNobodyKnowsNamesThoseThatAreThere(CapturedOutput output) {
        start("--conveyor.backend=floppy");

        assertThat(output)
                .contains("APPLICATION FAILED TO START")
                .contains("conveyor.backend is 'floppy', but no ConveyorBackendFactory bean and no module")
                .containsPattern("Check the spelling, or set conveyor.backend to one of .*memory")
                .doesNotContain("conveyor-backend-floppy");
    }

    @Test
    void aRootThatIsAFileIsNamedWithItsProperty(CapturedOutput output) throws IOException {
        Path file = Files.createFile(directory.resolve("file"));

        start("--conveyor.posix.root=" + file);

        assertThat(output)
                .contains("APPLICATION FAILED TO START")
                .contains("conveyor.posix.root is '" + file + "', and nothing can be stored there: '" + file
                        + "' is not a directory.")
                .contains("Set conveyor.posix.root to a directory");
    }

    @Test
    void aRootThatCannotBeMadeNamesWhatIsInTheWay(CapturedOutput output) throws IOException {
        Path file = Files.createFile(directory.resolve("file"));

        start("--conveyor.posix.root=" + file.resolve("below/it"));

        assertThat(output).contains("'" + file + "' is not a directory.");
    }

    @Test
    void aSettingThatABackendDoesNotKnowIsNamed(CapturedOutput output) {
        start("--conveyor.posix.root=" + directory, "--conveyor.posix.rot=elsewhere");

        assertThat(output)
                .contains("APPLICATION FAILED TO START")
                .contains("The backend 'posix' cannot be used: ")
                .contains("rot")
                .contains("Check the properties below 'conveyor.posix.'.");
    }

    @Test
    void aBoundThatIsBrokenIsNamedWithPropertyValueAndOrigin(CapturedOutput output) throws IOException {
        Path file = Files.writeString(directory.resolve("application.properties"), "conveyor.retry.attempts=0");

        start("--spring.config.location=" + file.toUri());

        assertThat(output)
                .contains("APPLICATION FAILED TO START")
                .contains("Property: conveyor.retry.attempts")
                .contains("Value: \"0\"")
                .containsPattern("Origin: .*application.properties.* - 1:25")
                .contains("Reason: must be from 1 to 100");
    }

    private static void start(String... arguments) {
        SpringApplication application = new SpringApplication(Application.class);
        application.setWebApplicationType(WebApplicationType.NONE);
        assertThatThrownBy(() -> application.run(arguments).close()).isNotNull();
    }

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration(ConveyorAutoConfiguration.class)
    static class Application {

        @Bean
        ConveyorBackendFactory memory() {
            return BackendFactories.of("memory", MemoryBackend.create());
        }
    }
}
