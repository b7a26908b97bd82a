package io.conveyor.samples.fileservice;

import io.conveyor.ConveyorFactory;
import io.conveyor.ObjectAttributes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

/** Lists files. A store lists in no particular order, so every page goes through all of them, and keeps in memory no more than itself. */
@RestController
class FileListController {

    private static final int MOST = 10_000;

    private final ConveyorFactory files;

    FileListController(ConveyorFactory files) {
        this.files = files;
    }

    /**
     * The first files whose keys begin with {@code prefix} and come behind {@code after}.
     *
     * @throws ResponseStatusException 400 if the limit is out of bounds
     * @throws IOException if storage fails
     */
    @GetMapping("/files")
    FileList list(
            @RequestParam(defaultValue = "") String prefix,
            @RequestParam(defaultValue = "") String after,
            @RequestParam(defaultValue = "1000") int limit)
            throws IOException {
        if (limit < 1 || limit > MOST) {
            throw new ResponseStatusException(
                    HttpStatus.BAD_REQUEST, "The limit is " + limit + "; it must be from 1 to " + MOST + ".");
        }
        NavigableMap<String, FileList.Entry> first = first(prefix, after, limit + 1);
        boolean more = first.size() > limit;
        if (more) {
            first.pollLastEntry();
        }
        return new FileList(List.copyOf(first.values()), more);
    }

    private NavigableMap<String, FileList.Entry> first(String prefix, String after, int count) throws IOException {
        NavigableMap<String, FileList.Entry> first = new TreeMap<>();
        try (Stream<ObjectAttributes> all = files.list(prefix)) {
            for (Iterator<ObjectAttributes> each = all.iterator(); each.hasNext(); ) {
                ObjectAttributes file = each.next();
                if (file.key().compareTo(after) > 0) {
                    first.put(file.key(), FileList.Entry.of(file));
                }
                if (first.size() > count) {
                    first.pollLastEntry();
                }
            }
        } catch (UncheckedIOException failure) {
            throw failure.getCause();
        }
        return first;
    }
}
