package io.conveyor.backend.hdfs;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import io.conveyor.StorageException;
import io.conveyor.spi.StorageHandle;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.hdfs.HdfsConfiguration;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.apache.hadoop.security.UserGroupInformation;
import org.apache.kerby.kerberos.kerb.server.KdcConfigKey;
import org.apache.kerby.kerberos.kerb.server.SimpleKdcServer;

/**
 * The main class of a process with a key distribution centre, a cluster that lets nobody in without a ticket, and our backend. Hadoop's security is
 * the process's own, so it must not be the tests' process. Says what happens, line by line.
 */
final class SecureSession {

    private static final String REALM = "EXAMPLE.ORG";
    private static final int TICKET_SECONDS = 10;
    private static final String SECONDS_BETWEEN_LOGINS = "hadoop.kerberos.min.seconds.before.relogin";

    private SecureSession() {}

    /** {@code <directory>}. */
    public static void main(String[] args) throws Exception {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        Path directory = Files.createDirectories(Path.of(args[0]).toAbsolutePath());
        File services = directory.resolve("services.keytab").toFile();
        File application = directory.resolve("application.keytab").toFile();
        SimpleKdcServer kdc = startKdc(directory);
        kdc.createAndExportPrincipals(services, "hdfs/localhost", "HTTP/localhost");
        kdc.createAndExportPrincipals(application, "application");
        Configuration configuration = configuration(directory, services);
        UserGroupInformation.setConfiguration(configuration);
        MiniDFSCluster cluster =
                new MiniDFSCluster.Builder(configuration).numDataNodes(1).build();
        cluster.waitActive();
        HdfsOptions.Builder options = HdfsCluster.options(cluster.getURI(), "/data")
                .replication(1)
                .property("dfs.namenode.kerberos.principal", "hdfs/localhost@" + REALM)
                .property("dfs.block.access.token.enable", "true")
                .property(SECONDS_BETWEEN_LOGINS, "1");
        openTheDirectory(cluster);

        out.println("without a ticket: " + failure(options.user("application").build()));
        options.user(null);
        out.println("with a keytab of others: "
                + failure(options.kerberos("nobody@" + REALM, application.toString())
                        .build()));
        HdfsBackend backend = HdfsBackend.create(
                options.kerberos("application@" + REALM, application.toString()).build());
        try (StorageHandle handle = Handles.open(backend, "object", READ, WRITE, CREATE)) {
            Handles.write(handle, "for those with a ticket", 0);
            handle.sync();
        }
        out.println("with a login: " + Handles.text(backend, "object") + ", owned by "
                + backend.context()
                        .client()
                        .getFileStatus(new org.apache.hadoop.fs.Path("/data/object"))
                        .getOwner());
        long logins = count("LoginSuccessNumOps");
        boolean renewed = Patience.until(Duration.ofSeconds(6 * TICKET_SECONDS), () -> {
            backend.ping();
            return count("LoginSuccessNumOps") > logins;
        });
        out.println("when the ticket ends: " + (renewed ? "logs in again" : "does not log in again"));
        kdc.stop();
        out.println("when nobody gives it a new one: " + whenNobodyGivesATicket(backend));
        Runtime.getRuntime().halt(0);
    }

    /** The connection to the namenode is open, and asks for no ticket. */
    private static String whenNobodyGivesATicket(HdfsBackend backend) throws IOException {
        long failures = count("LoginFailureNumOps");
        try {
            boolean tried = Patience.until(Duration.ofSeconds(6 * TICKET_SECONDS), () -> {
                backend.ping();
                return count("LoginFailureNumOps") > failures;
            });
            backend.ping();
            return tried ? "goes on" : "does not ask for one";
        } catch (StorageException e) {
            return String.valueOf(e.kind());
        }
    }

    private static String failure(HdfsOptions options) throws IOException {
        try (HdfsBackend backend = HdfsBackend.create(options)) {
            backend.attributes("object");
            return "let in";
        } catch (StorageException e) {
            return String.valueOf(e.kind());
        } catch (IOException e) {
            return e.getClass().getSimpleName();
        }
    }

    private static SimpleKdcServer startKdc(Path directory) throws Exception {
        SimpleKdcServer kdc = new SimpleKdcServer();
        kdc.setWorkDir(directory.toFile());
        kdc.setKdcRealm(REALM);
        kdc.setKdcHost("localhost");
        kdc.setAllowUdp(false);
        kdc.getKdcConfig().setLong(KdcConfigKey.MINIMUM_TICKET_LIFETIME, 1L);
        kdc.getKdcConfig().setLong(KdcConfigKey.MAXIMUM_TICKET_LIFETIME, (long) TICKET_SECONDS);
        kdc.init();
        kdc.start();
        return kdc;
    }

    private static Configuration configuration(Path directory, File keytab) {
        Configuration configuration = new HdfsConfiguration();
        configuration.set(
                MiniDFSCluster.HDFS_MINIDFS_BASEDIR, directory.resolve("hdfs").toString());
        configuration.set("hadoop.security.authentication", "kerberos");
        configuration.set("dfs.namenode.kerberos.principal", "hdfs/localhost@" + REALM);
        configuration.set("dfs.namenode.keytab.file", keytab.toString());
        configuration.set("dfs.datanode.kerberos.principal", "hdfs/localhost@" + REALM);
        configuration.set("dfs.datanode.keytab.file", keytab.toString());
        configuration.set("dfs.web.authentication.kerberos.principal", "HTTP/localhost@" + REALM);
        configuration.set("dfs.web.authentication.kerberos.keytab", keytab.toString());
        configuration.setBoolean("dfs.block.access.token.enable", true);
        // A datanode proves who it is by a port below 1024, or by TLS; neither is what this is about.
        configuration.setBoolean("ignore.secure.ports.for.testing", true);
        configuration.set("dfs.heartbeat.interval", "25ms");
        configuration.setInt(SECONDS_BETWEEN_LOGINS, 1);
        return configuration;
    }

    private static void openTheDirectory(MiniDFSCluster cluster) throws Exception {
        var path = new org.apache.hadoop.fs.Path("/data");
        cluster.getFileSystem().mkdirs(path);
        cluster.getFileSystem().setPermission(path, new FsPermission((short) 0777));
    }

    /** How often this process has logged in, or could not, as Hadoop counts it. */
    private static long count(String attribute) throws IOException {
        try {
            MBeanServer server = ManagementFactory.getPlatformMBeanServer();
            ObjectName name = server.queryNames(new ObjectName("Hadoop:name=UgiMetrics,*"), null)
                    .iterator()
                    .next();
            return ((Number) server.getAttribute(name, attribute)).longValue();
        } catch (JMException e) {
            throw new IOException(e);
        }
    }
}
