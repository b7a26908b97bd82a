package io.conveyor.samples.fileservice;

import io.conveyor.ConveyorFactory;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RestController;

/** One file at a time. What fails here is answered by {@link FailureResponses}. */
@RestController
class FileController {

    private final ConveyorFactory files;

    FileController(ConveyorFactory files) {
        this.files = files;
    }

    /** Stores the body under the key, in one step: 201 if the file is new, 204 if it took the place of another. */
    @PutMapping("/files/{*path}")
    void put(@PathVariable String path, HttpServletRequest request, HttpServletResponse response) throws IOException {
        String key = FileKey.of(path, request);
        Upload upload = Upload.of(request);
        boolean created = !files.exists(key);
        files.write(key, upload::copyTo);
        answer(created, request, response);
    }

    /** Appends the body: 201 if the file is new, 204 if not. When the answer goes out, the body is in storage. */
    @PostMapping("/files/{*path}")
    void append(@PathVariable String path, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        String key = FileKey.of(path, request);
        Upload upload = Upload.of(request);
        boolean created = new Appending(files).append(key, upload::copyTo);
        answer(created, request, response);
    }

    private static void answer(boolean created, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        response.setStatus(created ? HttpStatus.CREATED.value() : HttpStatus.NO_CONTENT.value());
        if (created) {
            response.setHeader(HttpHeaders.LOCATION, request.getRequestURI());
            response.setContentLength(0);
        }
        // Now, because a server that is shutting down waits for the end of this method, not for what it still has to
        // send.
        response.flushBuffer();
    }

    /** Sends the file, or parts of it. */
    @GetMapping("/files/{*path}")
    void get(@PathVariable String path, HttpServletRequest request, HttpServletResponse response) throws IOException {
        String key = FileKey.of(path, request);
        try (StoredFile file = StoredFile.open(files, key)) {
            new Download(request, response).send(key, file);
        }
    }

    /** Removes the file: 204, or 404 if there is none. */
    @DeleteMapping("/files/{*path}")
    ResponseEntity<Void> delete(@PathVariable String path, HttpServletRequest request) throws IOException {
        String key = FileKey.of(path, request);
        if (!files.delete(key)) {
            throw new NoSuchFileException(key);
        }
        return ResponseEntity.noContent().build();
    }
}
