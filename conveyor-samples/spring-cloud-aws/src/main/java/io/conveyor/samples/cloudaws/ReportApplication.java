package io.conveyor.samples.cloudaws;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** Publishes reports on S3. */
@SpringBootApplication
public class ReportApplication {

    /** Starts the application. */
    public static void main(String[] arguments) {
        SpringApplication.run(ReportApplication.class, arguments);
    }
}
