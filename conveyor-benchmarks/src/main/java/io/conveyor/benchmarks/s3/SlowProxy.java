package io.conveyor.benchmarks.s3;

import io.conveyor.benchmarks.process.ChildProcess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * Passes connections on to a server on this machine as a network would: the first bytes that answer a request come late, and each connection carries so
 * many bytes a second and no more, in each direction. The interim answer {@code 100 Continue} is not late, for it is not the answer.
 *
 * <p>Two threads for each connection. Runs in a process of its own: {@link #main}.
 */
public final class SlowProxy implements AutoCloseable {

    /** As much as is read and passed on at once: at 80 MB/s, eight tenths of a millisecond. */
    private static final int CHUNK = 64 << 10;

    private static final byte[] INTERIM = "HTTP/1.1 100".getBytes(StandardCharsets.US_ASCII);

    private final ServerSocketChannel server;
    private final InetSocketAddress target;
    private final Duration latency;
    private final long bytesPerSecond;

    private SlowProxy(ServerSocketChannel server, int targetPort, Duration latency, long bytesPerSecond) {
        this.server = server;
        this.target = new InetSocketAddress(InetAddress.getLoopbackAddress(), targetPort);
        this.latency = latency;
        this.bytesPerSecond = bytesPerSecond;
    }

    /**
     * Listens on a free port of the loopback interface.
     *
     * @param targetPort the server's, on the same interface
     * @param latency how much later each answer begins
     * @param bytesPerSecond how much each connection carries in each direction
     */
    public static SlowProxy start(int targetPort, Duration latency, long bytesPerSecond) throws IOException {
        ServerSocketChannel server =
                ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1024);
        SlowProxy proxy = new SlowProxy(server, targetPort, latency, bytesPerSecond);
        proxy.thread("accept", proxy::accept);
        return proxy;
    }

    /**
     * Runs until the process that started it is gone.
     *
     * @param arguments the server's port, the latency in milliseconds, the bytes per second
     */
    public static void main(String[] arguments) throws IOException {
        try (SlowProxy proxy = start(
                Integer.parseInt(arguments[0]),
                Duration.ofMillis(Long.parseLong(arguments[1])),
                Long.parseLong(arguments[2]))) {
            ChildProcess.ready(Integer.toString(proxy.port()));
        }
    }

    /** Where it listens. */
    public int port() throws IOException {
        return ((InetSocketAddress) server.getLocalAddress()).getPort();
    }

    /** Takes no further connections; those that there are last until one of their ends closes them. */
    @Override
    public void close() throws IOException {
        server.close();
    }

    private void thread(String name, Work work) {
        Thread thread = new Thread(
                () -> {
                    try {
                        work.run();
                    } catch (IOException e) {
                        // one of the ends has closed: so does the other, and that is all there is to it
                    }
                },
                "slow-proxy-" + name);
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() throws IOException {
        while (true) {
            SocketChannel client = server.accept();
            try {
                new Connection(client, SocketChannel.open(target)).start();
            } catch (IOException e) {
                client.close();
            }
        }
    }

    private interface Work {
        void run() throws IOException;
    }

    /** A client's connection and the one to the server. */
    private final class Connection {

        private final SocketChannel client;
        private final SocketChannel upstream;

        /** Something was asked since the last answer began. */
        private volatile boolean asked;

        Connection(SocketChannel client, SocketChannel upstream) throws IOException {
            this.client = client.setOption(StandardSocketOptions.TCP_NODELAY, true);
            this.upstream = upstream.setOption(StandardSocketOptions.TCP_NODELAY, true);
        }

        void start() {
            thread("requests", this::requests);
            thread("answers", this::answers);
        }

        private void requests() throws IOException {
            Pace pace = new Pace(bytesPerSecond);
            pass(client, upstream, chunk -> {
                asked = true;
                pace.await(chunk.remaining());
            });
        }

        private void answers() throws IOException {
            Pace pace = new Pace(bytesPerSecond);
            pass(upstream, client, chunk -> {
                if (asked && !isInterim(chunk)) {
                    asked = false;
                    Pace.sleepUntil(System.nanoTime() + latency.toNanos());
                }
                pace.await(chunk.remaining());
            });
        }

        private void pass(SocketChannel from, SocketChannel to, Delay delay) throws IOException {
            ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK);
            try (from;
                    to) {
                while (from.read(chunk.clear()) >= 0) {
                    chunk.flip();
                    delay.before(chunk);
                    while (chunk.hasRemaining()) {
                        to.write(chunk);
                    }
                }
            }
        }
    }

    private interface Delay {
        void before(ByteBuffer chunk);
    }

    private static boolean isInterim(ByteBuffer chunk) {
        return chunk.remaining() >= INTERIM.length
                && chunk.slice(chunk.position(), INTERIM.length).equals(ByteBuffer.wrap(INTERIM));
    }

    /** When the next bytes may go. Used by one thread. */
    private static final class Pace {

        /** A sleep that ended late is made up for, but not a connection that was idle for longer than this. */
        private static final long SLACK_NANOS = 2_000_000;

        private final double nanosPerByte;
        private long next = System.nanoTime();

        Pace(long bytesPerSecond) {
            this.nanosPerByte = 1e9 / bytesPerSecond;
        }

        void await(int bytes) {
            next = Math.max(next, System.nanoTime() - SLACK_NANOS) + (long) (bytes * nanosPerByte);
            sleepUntil(next);
        }

        static void sleepUntil(long nanos) {
            for (long left = nanos - System.nanoTime(); left > 0; left = nanos - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
        }
    }
}
