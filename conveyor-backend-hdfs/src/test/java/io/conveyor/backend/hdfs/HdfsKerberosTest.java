package io.conveyor.backend.hdfs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A cluster in secure mode, with a key distribution centre, in a process of their own. */
class HdfsKerberosTest {

    @TempDir
    private Path directory;

    @Test
    void theKeytabOpensASecureClusterAndGoesOnOpeningIt() throws Exception {
        List<String> said = new ArrayList<>();
        try (ChildProcess session = ChildProcess.start(SecureSession.class, directory.toString())) {
            for (String line = session.nextLine(); line != null; line = session.nextLine()) {
                if (line.contains(": ")) {
                    said.add(line);
                }
            }
        }
        assertThat(said)
                .contains(
                        "without a ticket: CREDENTIALS",
                        "with a keytab of others: CREDENTIALS",
                        "with a login: for those with a ticket, owned by application",
                        "when the ticket ends: logs in again",
                        "when nobody gives it a new one: goes on");
    }
}
