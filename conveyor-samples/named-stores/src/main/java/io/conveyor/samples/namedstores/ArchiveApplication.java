package io.conveyor.samples.namedstores;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** Moves every file that has come in to the archive, and ends. */
@SpringBootApplication
public class ArchiveApplication {

    /** Starts the application. */
    public static void main(String[] arguments) {
        SpringApplication.run(ArchiveApplication.class, arguments);
    }
}
