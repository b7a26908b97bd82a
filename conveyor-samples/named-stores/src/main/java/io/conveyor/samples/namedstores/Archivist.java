package io.conveyor.samples.namedstores;

import io.conveyor.ConveyorFactory;
import io.conveyor.ObjectAttributes;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.ApplicationArguments;
import org.springframework.boot.ApplicationRunner;
import org.springframework.stereotype.Component;

/** Moves files. A file is deleted where it came in only after it was published in the archive. */
@Component
class Archivist implements ApplicationRunner {

    private static final Logger log = LoggerFactory.getLogger(Archivist.class);

    private final ConveyorFactory incoming;
    private final ConveyorFactory archive;

    Archivist(ConveyorFactory incoming, @Qualifier("archive") ConveyorFactory archive) {
        this.incoming = incoming;
        this.archive = archive;
    }

    @Override
    public void run(ApplicationArguments arguments) throws IOException {
        List<String> keys;
        try (Stream<ObjectAttributes> found = incoming.list("")) {
            keys = found.map(ObjectAttributes::key).toList();
        }
        for (String key : keys) {
            move(key);
        }
        log.info("{} files moved to the archive", keys.size());
    }

    private void move(String key) throws IOException {
        try (InputStream in = incoming.newInputStream(key)) {
            archive.write(key, out -> in.transferTo(out.newOutputStream()));
        }
        incoming.delete(key);
    }
}
