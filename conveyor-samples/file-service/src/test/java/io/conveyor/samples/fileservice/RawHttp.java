package io.conveyor.samples.fileservice;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;

/** A client that sends exactly what it is told, so that it can be as rude as some clients are. One thread at a time. */
final class RawHttp implements Closeable {

    private final Socket socket;

    RawHttp(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(60_000);
    }

    /** Sends lines, ended as HTTP wants them. */
    RawHttp lines(String... lines) throws IOException {
        return bytes(String.join("\r\n", lines) + "\r\n");
    }

    RawHttp bytes(String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
        return this;
    }

    /** Says that nothing more will come, and goes on listening. */
    RawHttp breakOff() throws IOException {
        socket.shutdownOutput();
        return this;
    }

    /** The next status code; its headers are read, too. */
    int status() throws IOException {
        String head = head();
        return Integer.parseInt(head.substring(9, 12));
    }

    /** The next response up to its body. */
    String head() throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        InputStream in = socket.getInputStream();
        while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
            int next = in.read();
            if (next < 0) {
                throw new EOFException("connection closed after: " + head.toString(StandardCharsets.ISO_8859_1));
            }
            head.write(next);
        }
        return head.toString(StandardCharsets.ISO_8859_1);
    }

    /** How many bytes come before the server closes the connection, or resets it. */
    long countToTheEnd() {
        byte[] buffer = new byte[64 << 10];
        long total = 0;
        try {
            InputStream in = socket.getInputStream();
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                total += count;
            }
        } catch (SocketTimeoutException open) {
            throw new AssertionError("the server sent " + total + " bytes and left the connection open", open);
        } catch (IOException reset) {
            return total;
        }
        return total;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
