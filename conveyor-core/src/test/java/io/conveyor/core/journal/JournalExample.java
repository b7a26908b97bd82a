package io.conveyor.core.journal;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A small journal that has something of everything that one table may hold. */
final class JournalExample {

    /** The bytes that are in storage, and that the journal builds on. */
    static final String STORED = "first";

    /** What a replay writes. */
    static final List<String> ENTRIES = List.of("second@6", "third@0", "cut to 7", "fourth@100", "fifthsixth@7");

    private JournalExample() {}

    /** What the object holds when the entries are written onto {@link #STORED}. */
    static String replayed() {
        return "third\0sfifthsixth" + "\0".repeat(83) + "fourth";
    }

    /** As {@link #accept(Path, String, boolean, String, boolean)}, with what a handle tells its successor. */
    static JournalUnderTest accept(Path directory, String store, boolean powerLoss, @Nullable String version)
            throws IOException {
        return accept(directory, store, powerLoss, version, true);
    }

    /**
     * The journal of an object that held nothing, and holds {@link #STORED} since, as {@code version}.
     *
     * @param store the identity of the store
     * @param tokens whether the handle tells its successor something, which not every store understands
     */
    static JournalUnderTest accept(
            Path directory, String store, boolean powerLoss, @Nullable String version, boolean tokens)
            throws IOException {
        JournalUnderTest live = new JournalUnderTest(directory, store, TableHeader.Flag.MAY_CREATE, powerLoss, 1 << 20);
        live.write(STORED, 0);
        live.journal.intend(5, 5);
        if (tokens) {
            live.journal.resumeBy("an upload".getBytes(UTF_8));
        }
        live.journal.published(5, 5, version);
        live.write("second", 6);
        live.stored(5);
        if (powerLoss) {
            live.forced();
        }
        live.writeInVain(9, 3);
        live.write("third", 0);
        live.cut(7);
        if (tokens) {
            live.journal.resumeBy("another upload".getBytes(UTF_8));
        }
        live.write("fourth", 100);
        live.write("fifth", 7);
        // goes on where the one before ends: one entry that has grown
        live.write("sixth", 12);
        return live;
    }
}
