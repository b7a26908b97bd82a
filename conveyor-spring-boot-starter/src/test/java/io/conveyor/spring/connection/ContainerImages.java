package io.conveyor.spring.connection;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.exception.DockerClientException;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.exception.NotFoundException;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.testcontainers.DockerClientFactory;

/** The images that tests use, and whether they are here; what cannot be run is skipped, not failed. */
final class ContainerImages {

    /** The last one that its makers published. */
    static final String MINIO = "quay.io/minio/minio:RELEASE.2025-09-07T16-13-09Z";

    /** Later ones ask for an account. */
    static final String LOCALSTACK = "localstack/localstack:4.12.0";

    static final String HADOOP = "apache/hadoop:3.4.1";

    private static final int PULL_MINUTES = 5;
    private static final Map<String, Boolean> KNOWN = new ConcurrentHashMap<>();

    private ContainerImages() {}

    static boolean minIo() {
        return isHere(MINIO);
    }

    static boolean localStack() {
        return isHere(LOCALSTACK);
    }

    /** A client talks to datanodes at their addresses in the network of the containers, which only Linux routes to. */
    static boolean hadoop() {
        return System.getProperty("os.name").equals("Linux") && isHere(HADOOP);
    }

    static boolean compose() {
        try {
            Process process = new ProcessBuilder("docker", "compose", "version")
                    .redirectErrorStream(true)
                    .start();
            process.getInputStream().readAllBytes();
            return process.waitFor() == 0;
        } catch (IOException noDocker) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Whether there is an engine and it has the image, or gets it. */
    private static boolean isHere(String image) {
        return DockerClientFactory.instance().isDockerAvailable()
                && KNOWN.computeIfAbsent(image, ContainerImages::isThereOrComes);
    }

    private static boolean isThereOrComes(String image) {
        DockerClient engine = DockerClientFactory.instance().client();
        try {
            engine.inspectImageCmd(image).exec();
            return true;
        } catch (NotFoundException absent) {
            return comes(engine, image);
        }
    }

    private static boolean comes(DockerClient engine, String image) {
        try {
            return engine.pullImageCmd(image).start().awaitCompletion(PULL_MINUTES, TimeUnit.MINUTES);
        } catch (DockerException | DockerClientException noRegistry) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
