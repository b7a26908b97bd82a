package io.conveyor.spring.startup;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;

/** Says how many milliseconds after its JVM it was ready, how many of processor time that took, and in which store it could write. Knows no type of Conveyor. */
@EnableAutoConfiguration
class StartUpApplication {

    public static void main(String[] arguments) {
        var context = SpringApplication.run(StartUpApplication.class, arguments);
        Duration processor = ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
        System.out.println("ready after " + ManagementFactory.getRuntimeMXBean().getUptime() + " with "
                + processor.toMillis() + " of processors, store: "
                + (context.containsBean("conveyorFactory") ? "posix" : "none"));
        System.exit(0);
    }
}
