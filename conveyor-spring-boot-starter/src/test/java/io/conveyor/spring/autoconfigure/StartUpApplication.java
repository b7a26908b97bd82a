package io.conveyor.spring.autoconfigure;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;

/** Says how many milliseconds after its JVM it was ready, and how many of processor time that took. */
@EnableAutoConfiguration
class StartUpApplication {

    public static void main(String[] arguments) {
        SpringApplication.run(StartUpApplication.class, arguments);
        Duration processor = ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
        System.out.println("ready after " + ManagementFactory.getRuntimeMXBean().getUptime() + " with "
                + processor.toMillis() + " of processors");
        System.exit(0);
    }
}
