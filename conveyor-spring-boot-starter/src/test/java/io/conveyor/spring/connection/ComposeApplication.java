package io.conveyor.spring.connection;

import io.conveyor.ConveyorFactory;
import io.conveyor.spring.ConveyorS3ConnectionDetails;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;

/** Writes and reads in a store that Docker Compose runs, and says what it read. */
@EnableAutoConfiguration
class ComposeApplication {

    public static void main(String[] arguments) throws IOException {
        try (var context = SpringApplication.run(ComposeApplication.class, arguments)) {
            context.getBeanProvider(ConveyorS3ConnectionDetails.class).ifAvailable(Buckets::create);
            byte[] content = Report.writeAndRead(context.getBean(ConveyorFactory.class));
            System.out.println("read: " + new String(content, StandardCharsets.UTF_8));
        }
    }
}
