package io.conveyor.samples.fileservice;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.servlet.mvc.method.annotation.ResponseEntityExceptionHandler;

/** Answers what fails, as {@code application/problem+json}. */
@RestControllerAdvice
class FailureResponses extends ResponseEntityExceptionHandler {

    private static final Logger log = LoggerFactory.getLogger(FailureResponses.class);

    /** Seconds; long enough for a log of tens of megabytes to drain on a slow store. */
    private static final String RETRY_AFTER = "5";

    /** Nobody is there to be answered. */
    @ExceptionHandler
    void clientWentAway(BrokenDownloadException failure) {
        log.debug("Download: {}", failure.getMessage(), failure);
    }

    /** Answers a failure of the store, of the key or of the upload. */
    @ExceptionHandler({IOException.class, InvalidPathException.class})
    ResponseEntity<ProblemDetail> storageFailed(Exception failure, HttpServletResponse response) throws Exception {
        if (response.isCommitted()) {
            throw failure;
        }
        Failure known = Failure.of(failure);
        if (known.status().is5xxServerError()) {
            log.warn("Answered {}", known.status(), failure);
        }
        response.reset();
        return ResponseEntity.status(known.status())
                .headers(headers -> retryAfter(known, headers))
                .body(ProblemDetail.forStatusAndDetail(known.status(), known.detail()));
    }

    private static void retryAfter(Failure failure, HttpHeaders headers) {
        if (failure.isTemporary()) {
            headers.set(HttpHeaders.RETRY_AFTER, RETRY_AFTER);
        }
    }
}
