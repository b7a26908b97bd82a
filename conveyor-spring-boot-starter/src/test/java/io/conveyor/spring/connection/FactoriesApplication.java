package io.conveyor.spring.connection;

import java.util.List;
import org.springframework.boot.autoconfigure.service.connection.ConnectionDetailsFactories;
import org.springframework.boot.testcontainers.service.connection.ContainerConnectionDetailsFactory;
import org.springframework.core.ResolvableType;

/** Has Spring Boot read all factories, as it does for the first container of an application, and says what is left of ours. */
class FactoriesApplication {

    public static void main(String[] arguments) {
        new ConnectionDetailsFactories(null).getConnectionDetails(List.of(), false);
        System.out.println("connects: "
                + ResolvableType.forClass(
                                ContainerConnectionDetailsFactory.class, MinIoContainerConnectionDetailsFactory.class)
                        .getGeneric(0)
                        .toClass()
                        .getSimpleName());
    }
}
