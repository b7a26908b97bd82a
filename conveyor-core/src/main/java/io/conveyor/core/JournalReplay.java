package io.conveyor.core;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;

import io.conveyor.ConflictException;
import io.conveyor.ConveyorOpenOption;
import io.conveyor.ConveyorOptions;
import io.conveyor.Extent;
import io.conveyor.core.journal.JournalEntry;
import io.conveyor.core.journal.StoredJournal;
import io.conveyor.spi.ResumeToken;
import io.conveyor.spi.StorageBackend;
import io.conveyor.spi.StorageCapabilities.FlushEffect;
import io.conveyor.spi.StorageHandle.Resumed;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes one stored journal to storage, through conveyors that are not journalled themselves. To do so twice, or to begin anew after it was cut short, is
 * as good as once. One thread.
 */
final class JournalReplay {

    private static final Logger LOG = LoggerFactory.getLogger(JournalReplay.class);

    /** How much is copied or compared at a time. */
    private static final int CHUNK = 64 << 10;

    /** Opens conveyors that are not journalled, and do not wait for replays. */
    interface Opener {

        /** Opens one. */
        BufferedConveyor open(String key, ConveyorOptions overrides, OpenOption... options) throws IOException;
    }

    private final StorageBackend backend;
    private final Opener opener;
    private final StoredJournal journal;
    private final LongConsumer progress;
    private final boolean publishing;

    /** Whether what is stored stays until something else is published in its place. */
    private final boolean replaces;

    /** Whether nothing of what is stored counts. */
    private boolean startsEmpty;

    /**
     * A replay.
     *
     * @param progress told how many bytes have been replayed
     */
    JournalReplay(StorageBackend backend, Opener opener, StoredJournal journal, LongConsumer progress) {
        this.backend = backend;
        this.opener = opener;
        this.journal = journal;
        this.progress = progress;
        this.publishing = backend.capabilities().flushEffect() != FlushEffect.NONE;
        this.replaces = backend.capabilities().atomicCommit();
    }

    /**
     * Replays onto what is stored.
     *
     * @param anyway whether it does not matter that somebody else changed the object
     * @throws ConflictException if somebody else did, and it matters
     */
    void run(boolean anyway) throws IOException {
        if (journal.isIncompleteDraft()) {
            clear();
            return;
        }
        if (journal.isDraft() && isPublishedAlready()) {
            return;
        }
        // what we have published since is not to be emptied: the journal is replayed behind it
        startsEmpty = journal.startsEmpty() && !(replaces && journal.isIntended() && isPublishedAlready());
        try (Target target = openTarget(anyway)) {
            long from = checkBase(target.conveyor, anyway);
            if (startsEmpty && !replaces) {
                // not by the open: what is changed in place was not looked at before
                target.conveyor.truncate(0);
            }
            write(target.conveyor, from);
            if (publishing) {
                journal.intend(target.conveyor.size());
            }
            target.publish();
        }
    }

    private Target openTarget(boolean anyway) throws IOException {
        try {
            Target target = new Target(journal.key(), options(anyway));
            if (target.conveyor.resumed() == Resumed.UNFINISHED && !needsWhatIsUnfinished(target.conveyor, anyway)) {
                target.close();
                return new Target(
                        journal.key(),
                        Stream.of(options(anyway))
                                .filter(option -> !(option instanceof ResumeToken))
                                .toArray(OpenOption[]::new));
            }
            if (anyway
                    && journal.isPartlyEntrusted()
                    && journal.beginsAtZero()
                    && target.conveyor.resumed() == Resumed.NOTHING) {
                // a stream from the beginning does not need what somebody else has put there
                target.close();
                OpenOption[] options = Stream.concat(Stream.of(options(true)), Stream.of(TRUNCATE_EXISTING))
                        .distinct()
                        .toArray(OpenOption[]::new);
                return new Target(journal.key(), options);
            }
            return target;
        } catch (NoSuchFileException gone) {
            throw new ConflictException(journal.key(), "the object is gone since", journal.isIntended(), gone);
        }
    }

    /** Not if the journal has everything, and was never left, or somebody has decided for what is there now. */
    private boolean needsWhatIsUnfinished(BufferedConveyor conveyor, boolean anyway) {
        boolean ontoAnother = anyway && !journal.buildsOn(conveyor.storedVersion());
        return journal.isPartlyEntrusted() || (journal.isEntrusted() && !ontoAnother);
    }

    private OpenOption[] options(boolean anyway) {
        Set<OpenOption> options = new LinkedHashSet<>(Set.of(READ, WRITE));
        boolean noBase = replaces && journal.buildsOn(null);
        if (anyway || noBase || journal.isDraft() || (journal.isPowerLoss() && journal.mayCreate())) {
            options.add(CREATE);
        }
        if (journal.isDraft()) {
            options.add(ConveyorOpenOption.ATOMIC_REPLACE);
        } else if (startsEmpty && replaces) {
            options.add(TRUNCATE_EXISTING);
        }
        token().ifPresent(options::add);
        return options.toArray(OpenOption[]::new);
    }

    private Optional<ResumeToken> token() {
        byte[] token = journal.resumeToken();
        return token.length == 0 ? Optional.empty() : Optional.of(ResumeToken.of(token));
    }

    /** Has storage clear away what the dead process has left there beside the object; what cannot be cleared stays for those who look for orphans. */
    void clear() {
        ResumeToken token = token().orElse(null);
        if (token != null) {
            try {
                backend.open(journal.key(), Set.of(READ, token)).close();
            } catch (NoSuchFileException nothingThere) {
                // what was left beside it has been looked for before
            } catch (IOException stays) {
                LOG.info("What journal {} left beside '{}' is still there", journal.id(), journal.key(), stays);
            }
        }
    }

    /**
     * From which log position on there is something to be done.
     *
     * @throws ConflictException if somebody else has changed the object, also if all of it is to be replaced: that was decided when theirs was not there
     */
    private long checkBase(BufferedConveyor conveyor, boolean anyway) throws IOException {
        boolean onBase = journal.buildsOn(conveyor.storedVersion());
        // parts may hold bytes of the version that they were to be appended to
        boolean ontoAny = anyway && journal.beginsAtZero();
        if ((onBase || ontoAny) && conveyor.resumed() == Resumed.UNFINISHED) {
            return goOn(conveyor, journal.positionAt(conveyor.size()));
        }
        if (journal.isPartlyEntrusted() && conveyor.resumed() == Resumed.PUBLISHED) {
            // by a publication before the intended one, perhaps: what the journal has comes onto it once more
            return 0;
        }
        if (journal.isPartlyEntrusted() || conveyor.resumed() == Resumed.UNFINISHED) {
            throw new ConflictException(
                    journal.key(),
                    "its beginning, which had outgrown the journal, was left to the store unpublished, and is not there"
                            + " as it was left, or cannot be published any more",
                    journal.isIntended(),
                    null);
        }
        if (onBase || anyway) {
            return 0;
        }
        if (!journal.isDraft() && journal.isIntended() && holdsWhatWasIntended(journal.key())) {
            return journal.intendedEnd();
        }
        // what we were about to publish may have been there, and been overwritten
        throw new ConflictException(
                journal.key(), "somebody else has changed it since, or deleted it", journal.isIntended(), null);
    }

    /**
     * Goes on behind what was left to storage. If that was about to be published, a request to do so may still be under way: it is made again just so, before
     * anything is added.
     */
    private long goOn(BufferedConveyor conveyor, long from) throws IOException {
        if (!journal.isIntended()) {
            return from;
        }
        write(conveyor, from, journal.intendedEnd());
        conveyor.flush();
        journal.published(journal.intendedEnd(), conveyor.size(), conveyor.storedVersion());
        return journal.intendedEnd();
    }

    private boolean isPublishedAlready() throws IOException {
        try {
            return holdsWhatWasIntended(journal.key());
        } catch (NoSuchFileException notYet) {
            return false;
        }
    }

    /** Whether what is stored is what was about to be published when the process died. */
    private boolean holdsWhatWasIntended(String key) throws IOException {
        try (BufferedConveyor stored = opener.open(key, unjournalled(), READ)) {
            String version = stored.storedVersion();
            boolean isStillBase = version != null && journal.buildsOn(version);
            if (isStillBase || stored.size() != journal.intendedSize()) {
                return false;
            }
            StoredJournal.Image image = journal.image(journal.intendedEnd());
            boolean[] same = {true};
            journal.forEach((entry, bytes) -> {
                if (same[0] && entry.logPosition() < journal.intendedEnd()) {
                    for (Extent part : image.lasting(entry)) {
                        int at = (int) (part.offset() - entry.offset());
                        same[0] &= isStored(stored, part.offset(), bytes.slice(at, (int) part.length()));
                    }
                }
            });
            return same[0];
        }
    }

    private static boolean isStored(BufferedConveyor conveyor, long offset, ByteBuffer bytes) throws IOException {
        ByteBuffer found = ByteBuffer.allocate(bytes.remaining());
        int count = conveyor.read(found, offset);
        return count == bytes.remaining() && found.flip().equals(bytes);
    }

    private void write(BufferedConveyor conveyor, long from) throws IOException {
        write(conveyor, from, Long.MAX_VALUE);
    }

    /** Writes what was accepted at log positions from {@code from} to {@code to}. */
    private void write(BufferedConveyor conveyor, long from, long to) throws IOException {
        boolean compare = backend.capabilities().appendsOnly() && !journal.isDraft();
        long[] done = {0};
        journal.forEach((entry, bytes) -> {
            if (entry.logEnd() > from && entry.logPosition() < to) {
                int skipped = (int) Math.max(0, from - entry.logPosition());
                bytes.limit((int) Math.min(entry.length(), to - entry.logPosition()));
                apply(conveyor, entry, bytes.position(skipped), compare);
            }
            done[0] += entry.length();
            progress.accept(done[0]);
        });
    }

    private static void apply(BufferedConveyor conveyor, JournalEntry entry, ByteBuffer bytes, boolean compare)
            throws IOException {
        if (entry.cut()) {
            conveyor.truncate(entry.offset());
            return;
        }
        long offset = entry.offset() + bytes.position();
        if (compare) {
            // to write below the end costs such a store a copy of the object
            int there = (int) Math.max(0, Math.min(bytes.remaining(), conveyor.size() - offset));
            if (there > 0 && isStored(conveyor, offset, bytes.slice(bytes.position(), there))) {
                bytes.position(bytes.position() + there);
                offset += there;
            }
        }
        if (bytes.hasRemaining()) {
            conveyor.write(bytes, offset);
        }
    }

    /**
     * Replays onto a copy of what is stored, if anything is.
     *
     * @throws FileAlreadyExistsException if there is an object under the other key
     */
    void runTo(String otherKey) throws IOException {
        try {
            backend.attributes(otherKey);
            throw new FileAlreadyExistsException(otherKey, null, "save the journal under a key that is free");
        } catch (NoSuchFileException free) {
            // as it should be
        }
        try (Target target = new Target(otherKey, READ, WRITE, CREATE, ConveyorOpenOption.ATOMIC_REPLACE)) {
            if (!journal.isDraft() && !journal.startsEmpty()) {
                copyTo(target.conveyor);
            }
            write(target.conveyor, 0);
            target.publish();
        }
    }

    private void copyTo(BufferedConveyor copy) throws IOException {
        try (BufferedConveyor stored = opener.open(journal.key(), unjournalled(), READ)) {
            ByteBuffer chunk = ByteBuffer.allocate(CHUNK);
            while (stored.read(chunk.clear()) >= 0) {
                copy.write(chunk.flip());
            }
        } catch (NoSuchFileException nothingToCopy) {
            // what was written is all there is
        }
    }

    private static ConveyorOptions unjournalled() {
        return ConveyorOptions.builder().journal(false).build();
    }

    /** What is written to; aborted unless it was published. */
    private final class Target implements AutoCloseable {

        private final BufferedConveyor conveyor;
        private boolean published;

        Target(String key, OpenOption... options) throws IOException {
            conveyor = opener.open(key, unjournalled(), options);
            if (key.equals(journal.key())) {
                conveyor.follow(journal::resumeBy);
            }
        }

        void publish() throws IOException {
            if (journal.isPowerLoss()) {
                conveyor.sync();
            }
            published = true;
            conveyor.complete();
        }

        @Override
        public void close() throws IOException {
            if (!published) {
                conveyor.abort();
            }
        }
    }
}
