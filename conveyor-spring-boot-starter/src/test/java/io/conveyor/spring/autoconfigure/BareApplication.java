package io.conveyor.spring.autoconfigure;

import io.conveyor.ConveyorFactory;
import io.conveyor.spring.ConveyorBackendDecorator;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.util.ClassUtils;

/** Writes an object, and says what it found in its context. */
@EnableAutoConfiguration
class BareApplication {

    public static void main(String[] arguments) throws IOException {
        try (var context = SpringApplication.run(BareApplication.class, arguments)) {
            ConveyorFactory factory = context.getBean(ConveyorFactory.class);
            factory.write("key", out -> out.write(ByteBuffer.allocate(7)));
            System.out.println("micrometer: "
                    + ClassUtils.isPresent("io.micrometer.core.instrument.MeterRegistry", null)
                    + ", written: " + factory.attributes("key").size()
                    + ", decorators: "
                    + Arrays.asList(context.getBeanNamesForType(ConveyorBackendDecorator.class)));
        }
    }
}
