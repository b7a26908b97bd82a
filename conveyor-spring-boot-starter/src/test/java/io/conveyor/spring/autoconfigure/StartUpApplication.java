package io.conveyor.spring.autoconfigure;

import java.lang.management.ManagementFactory;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;

/** Says how many milliseconds after its JVM it was ready. */
@EnableAutoConfiguration
class StartUpApplication {

    public static void main(String[] arguments) {
        SpringApplication.run(StartUpApplication.class, arguments);
        System.out.println("ready after " + ManagementFactory.getRuntimeMXBean().getUptime());
        System.exit(0);
    }
}
