package io.conveyor.backend.s3;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/** A wire to a server that counts what travels on it, headers included. */
final class CountingWire implements AutoCloseable {

    private final ServerSocket listener;
    private final URI server;
    private final ExecutorService threads = Executors.newCachedThreadPool(work -> {
        Thread thread = new Thread(work, "counting-wire");
        thread.setDaemon(true);
        return thread;
    });
    private final AtomicLong up = new AtomicLong();
    private final AtomicLong down = new AtomicLong();
    private final AtomicLong untilSilence = new AtomicLong(Long.MAX_VALUE);
    private final AtomicLong silences = new AtomicLong();
    private final CountDownLatch end = new CountDownLatch(1);

    CountingWire(URI server) throws IOException {
        this.server = server;
        this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        threads.execute(this::accept);
    }

    URI endpoint() {
        return URI.create("http://127.0.0.1:" + listener.getLocalPort());
    }

    long up() {
        return up.get();
    }

    long down() {
        return down.get();
    }

    /** The connection that carries this many bytes more to the client says nothing after that, and stays open. Others go on. */
    void fallSilentAfter(long bytes) {
        untilSilence.set(bytes);
    }

    /** How many connections fell silent. */
    long silences() {
        return silences.get();
    }

    private boolean isSilent(AtomicLong count, int bytes) {
        return count == down
                && untilSilence.get() != Long.MAX_VALUE
                && untilSilence.addAndGet(-bytes) < 0
                && untilSilence.getAndSet(Long.MAX_VALUE) != Long.MAX_VALUE;
    }

    private void accept() {
        try {
            while (true) {
                Socket client = listener.accept();
                Socket upstream = new Socket(server.getHost(), server.getPort());
                threads.execute(() -> carry(client, upstream, up));
                threads.execute(() -> carry(upstream, client, down));
            }
        } catch (IOException closed) {
            // The end of the test.
        }
    }

    private void carry(Socket from, Socket to, AtomicLong count) {
        byte[] buffer = new byte[64 << 10];
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                if (isSilent(count, read)) {
                    silences.incrementAndGet();
                    end.await();
                }
                count.addAndGet(read);
                out.write(buffer, 0, read);
            }
        } catch (IOException | InterruptedException closed) {
            // Either side may hang up.
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        end.countDown();
        threads.shutdownNow();
    }
}
