package io.conveyor.samples.fileservice;

import io.conveyor.Conveyor;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.web.server.ResponseStatusException;

/** The body of a request, on its way into a conveyor through one small buffer. */
final class Upload {

    /** Large enough that a call costs little per byte, small enough for hundreds of uploads at a time. */
    private static final int BUFFER_BYTES = 64 << 10;

    private final HttpServletRequest request;

    private Upload(HttpServletRequest request) {
        this.request = request;
    }

    /**
     * Checks what the headers say of the body; reads nothing of it, so that a client that asked ({@code Expect: 100-continue}) sends nothing
     * in vain.
     *
     * @throws ResponseStatusException if the body is not plainly a file: 411 without a length, 400 for a part, 415 for a form
     */
    static Upload of(HttpServletRequest request) {
        boolean sized = request.getContentLengthLong() >= 0 || request.getHeader(HttpHeaders.TRANSFER_ENCODING) != null;
        String type = request.getContentType();
        refuse(!sized, HttpStatus.LENGTH_REQUIRED, "The body has no length; an empty file needs 'Content-Length: 0'.");
        refuse(
                request.getHeader(HttpHeaders.CONTENT_RANGE) != null,
                HttpStatus.BAD_REQUEST,
                "A part of a file cannot be replaced; POST appends.");
        refuse(
                type != null && type.startsWith("multipart/"),
                HttpStatus.UNSUPPORTED_MEDIA_TYPE,
                "Send the file itself as the body, as 'curl -T' does, not as a form.");
        return new Upload(request);
    }

    private static void refuse(boolean wrong, HttpStatus status, String reason) {
        if (wrong) {
            throw new ResponseStatusException(status, reason);
        }
    }

    /**
     * Copies the body. Waits while storage is slower than the client.
     *
     * @throws BrokenUploadException if the body ends before its announced length, or the connection breaks
     * @throws IOException if the conveyor does not take it
     */
    void copyTo(Conveyor conveyor) throws IOException {
        InputStream body = request.getInputStream();
        byte[] bytes = new byte[BUFFER_BYTES];
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        long received = 0;
        for (int count = next(body, bytes, received); count >= 0; count = next(body, bytes, received)) {
            received += count;
            conveyor.write(buffer.clear().limit(count));
        }
        long announced = request.getContentLengthLong();
        if (announced >= 0 && received != announced) {
            throw new BrokenUploadException(received, announced, null);
        }
    }

    private int next(InputStream body, byte[] bytes, long received) throws BrokenUploadException {
        try {
            return body.read(bytes);
        } catch (IOException cause) {
            throw new BrokenUploadException(received, request.getContentLengthLong(), cause);
        }
    }
}
