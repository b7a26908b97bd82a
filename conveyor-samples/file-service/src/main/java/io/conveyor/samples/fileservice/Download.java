package io.conveyor.samples.fileservice;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.MediaTypeFactory;
import org.springframework.http.ProblemDetail;
import org.springframework.web.ErrorResponseException;
import org.springframework.web.context.request.ServletWebRequest;

/** Answers one GET or HEAD with a file, all of it or parts. */
final class Download {

    private static final int BUFFER_BYTES = 64 << 10;

    private final HttpServletRequest request;
    private final HttpServletResponse response;

    Download(HttpServletRequest request, HttpServletResponse response) {
        this.request = request;
        this.response = response;
    }

    /**
     * Sends what the request asks for: 200, 206 or 304, or 412 if the client's condition fails.
     *
     * @throws ErrorResponseException 416 if no range lies within the file
     * @throws IOException if storage fails before a byte is on its way, or the client goes away
     * @throws BrokenResponseException if storage fails after that
     */
    void send(String key, StoredFile file) throws IOException {
        if (new ServletWebRequest(request, response).checkNotModified(file.etag(), file.lastModified())) {
            return;
        }
        MediaType type = MediaTypeFactory.getMediaType(key).orElse(MediaType.APPLICATION_OCTET_STREAM);
        response.setHeader(HttpHeaders.ACCEPT_RANGES, "bytes");
        // What somebody uploaded must not act in the name of this site.
        response.setHeader("Content-Security-Policy", "sandbox");
        response.setHeader("X-Content-Type-Options", "nosniff");
        Optional<List<ByteRange>> ranges = ranges(file);
        if (ranges.isEmpty()) {
            sendWhole(type, file);
        } else if (ranges.get().isEmpty()) {
            throw notSatisfiable(file);
        } else if (ranges.get().size() == 1) {
            sendPart(type, file, ranges.get().get(0));
        } else {
            sendParts(type, file, ranges.get());
        }
    }

    private Optional<List<ByteRange>> ranges(StoredFile file) {
        String header = request.getHeader(HttpHeaders.RANGE);
        boolean asked = header != null && request.getMethod().equals("GET") && isStillTheSame(file);
        return asked ? RangeHeader.parse(header, file.size()) : Optional.empty();
    }

    /** Whether the client's other parts are of this very file. A date is too coarse to tell. */
    private boolean isStillTheSame(StoredFile file) {
        String known = request.getHeader(HttpHeaders.IF_RANGE);
        return known == null || known.equals(file.etag());
    }

    private static ErrorResponseException notSatisfiable(StoredFile file) {
        HttpStatus status = HttpStatus.REQUESTED_RANGE_NOT_SATISFIABLE;
        String detail = "The file has " + file.size() + " bytes.";
        var failure = new ErrorResponseException(status, ProblemDetail.forStatusAndDetail(status, detail), null);
        failure.getHeaders().set(HttpHeaders.CONTENT_RANGE, "bytes */" + file.size());
        return failure;
    }

    private void sendWhole(MediaType type, StoredFile file) throws IOException {
        response.setContentType(type.toString());
        response.setContentLengthLong(file.size());
        if (!request.getMethod().equals("HEAD")) {
            copy(file, new ByteRange(0, file.size() - 1));
        }
    }

    private void sendPart(MediaType type, StoredFile file, ByteRange range) throws IOException {
        response.setStatus(HttpStatus.PARTIAL_CONTENT.value());
        response.setContentType(type.toString());
        response.setContentLengthLong(range.length());
        response.setHeader(HttpHeaders.CONTENT_RANGE, range.in(file.size()));
        copy(file, range);
    }

    private void sendParts(MediaType type, StoredFile file, List<ByteRange> ranges) throws IOException {
        String boundary = UUID.randomUUID().toString();
        List<byte[]> heads = new ArrayList<>();
        long length = 0;
        for (ByteRange range : ranges) {
            byte[] head = ascii("\r\n--" + boundary + "\r\nContent-Type: " + type + "\r\nContent-Range: "
                    + range.in(file.size()) + "\r\n\r\n");
            heads.add(head);
            length += head.length + range.length();
        }
        byte[] end = ascii("\r\n--" + boundary + "--\r\n");
        response.setStatus(HttpStatus.PARTIAL_CONTENT.value());
        response.setContentType("multipart/byteranges; boundary=" + boundary);
        response.setContentLengthLong(length + end.length);
        for (int i = 0; i < heads.size(); i++) {
            write(heads.get(i), heads.get(i).length);
            copy(file, ranges.get(i));
        }
        write(end, end.length);
    }

    private void copy(StoredFile file, ByteRange range) throws IOException {
        byte[] bytes = new byte[(int) Math.min(BUFFER_BYTES, range.length())];
        for (long position = range.first(); position <= range.last(); ) {
            int wanted = (int) Math.min(bytes.length, range.last() - position + 1);
            int count = read(file, ByteBuffer.wrap(bytes, 0, wanted), position);
            write(bytes, count);
            position += count;
        }
    }

    private int read(StoredFile file, ByteBuffer into, long position) throws IOException {
        try {
            return file.read(into, position);
        } catch (IOException failure) {
            if (response.isCommitted()) {
                throw new BrokenResponseException(failure);
            }
            throw failure;
        }
    }

    private void write(byte[] bytes, int count) throws BrokenDownloadException {
        try {
            response.getOutputStream().write(bytes, 0, count);
        } catch (IOException cause) {
            throw new BrokenDownloadException(cause);
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
