package io.conveyor.core.journal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A real disk that knows what was forced to it, and nothing else is sure to be there when the power goes off. Any thread. */
public final class ForcedPages implements JournalDisk {

    /** Looks before something is forced. */
    public interface Look {

        /** Looks. */
        void before(Path file) throws IOException;
    }

    private final Map<Path, byte[]> forced = new ConcurrentHashMap<>();
    private volatile Look look = file -> {};

    /** From now on somebody looks each time before a file is forced. */
    public void beforeEach(Look at) {
        look = at;
    }

    /** What of a file is sure to be there: zeros, if nothing was forced since it was made. */
    public byte[] forced(Path file, int length) {
        return forced.getOrDefault(file, new byte[length]);
    }

    @Override
    public void fill(FileChannel file, int bytes) throws IOException {
        REAL.fill(file, bytes);
    }

    @Override
    public void force(Path file, MappedByteBuffer mapping) {
        try {
            look.before(file);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        REAL.force(file, mapping);
        byte[] bytes = new byte[mapping.capacity()];
        mapping.get(0, bytes);
        forced.put(file, bytes);
    }
}
