package io.conveyor.samples.fileservice;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** Starts the file service. */
@SpringBootApplication
public class FileServiceApplication {

    /**
     * Starts the application.
     *
     * @param args Spring Boot's command line arguments, such as {@code --server.port=8081}
     */
    public static void main(String[] args) {
        SpringApplication.run(FileServiceApplication.class, args);
    }
}
