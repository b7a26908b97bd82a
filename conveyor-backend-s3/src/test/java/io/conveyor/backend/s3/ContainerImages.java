package io.conveyor.backend.s3;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.exception.DockerClientException;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.exception.NotFoundException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.testcontainers.DockerClientFactory;

/** Whether images are here: what cannot be run is skipped, not failed. */
final class ContainerImages {

    private static final int PULL_MINUTES = 5;
    private static final Map<String, Boolean> KNOWN = new ConcurrentHashMap<>();

    private ContainerImages() {}

    /** Whether there is an engine and it has the image, or gets it. */
    static boolean isHere(String image) {
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
