package io.conveyor.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** With the modules of all stores on the class path, only the library of the chosen one is loaded. The JVM itself says what it loads. */
@Timeout(300)
class ChosenStoreTest {

    private static final Predicate<String> OF_S3 =
            Pattern.compile("] software\\.amazon\\.").asPredicate();

    private static final Predicate<String> OF_HDFS =
            Pattern.compile("] org\\.apache\\.hadoop\\.").asPredicate();

    @TempDir
    Path directory;

    @Test
    void onPosixNothingOfS3AndHdfsIsLoaded() throws Exception {
        List<String> loaded = loaded(
                BareApplication.class,
                "written: 7",
                "--conveyor.posix.root=" + directory.resolve("root"),
                "--server.port=0",
                "--management.endpoints.web.exposure.include=*");

        assertThat(loaded).noneMatch(OF_S3).noneMatch(OF_HDFS);
    }

    @Test
    void onS3NothingOfHdfsIsLoaded() throws Exception {
        assertThat(loadedOnS3()).anyMatch(OF_S3).noneMatch(OF_HDFS);
    }

    /** Boot's Netty is of another generation than the one that the SDK's asynchronous client is built with. */
    @Test
    void onS3NoNettyIsLoaded() throws Exception {
        assertThat(loadedOnS3()).anyMatch(OF_S3).noneMatch(line -> line.contains("] io.netty."));
    }

    private List<String> loadedOnS3() throws Exception {
        return loaded(
                AheadOfTimeApplication.class,
                "backend: s3",
                "--conveyor.backend=s3",
                "--conveyor.s3.bucket=b",
                "--conveyor.s3.region=eu-central-1");
    }

    @Test
    void onHdfsNothingOfS3IsLoaded() throws Exception {
        List<String> loaded = loaded(
                AheadOfTimeApplication.class,
                "backend: hdfs",
                "--conveyor.backend=hdfs",
                "--conveyor.hdfs.uri=hdfs://127.0.0.1:1");

        assertThat(loaded).anyMatch(OF_HDFS).noneMatch(OF_S3);
    }

    private List<String> loaded(Class<?> application, String said, String... arguments) throws Exception {
        Path log = directory.resolve("loaded");
        String output =
                ChildJvm.run(ChildJvm.classPath(), List.of("-Xlog:class+load:file=" + log), application, arguments);
        assertThat(output).contains(said);
        return Files.readAllLines(log);
    }
}
