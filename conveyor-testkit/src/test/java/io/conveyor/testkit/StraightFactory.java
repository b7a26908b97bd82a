package io.conveyor.testkit;

import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.ConveyorOptions;
import io.conveyor.ConveyorStats;
import io.conveyor.FactoryStats;
import io.conveyor.ObjectAttributes;
import io.conveyor.spi.StorageBackend;
import java.io.IOException;
import java.nio.file.OpenOption;
import java.nio.file.StandardOpenOption;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** The least that the model can be tried on: conveyors without an engine, which go straight to storage; faultless, or with one mistake. */
final class StraightFactory implements ConveyorFactory {

    /** Mistakes that the model is to find. */
    enum Mistake {
        NONE,
        FORGETS_THE_CURSOR_AFTER_A_WRITE,
        TRUNCATES_UPWARDS_TOO,
        READS_SHORT_NOW_AND_THEN,
        SWAPS_TWO_BYTES_OF_A_LONG_WRITE
    }

    private final StorageBackend backend;
    private final Mistake mistake;

    StraightFactory(StorageBackend backend, Mistake mistake) {
        this.backend = backend;
        this.mistake = mistake;
    }

    @Override
    public Conveyor open(String key, ConveyorOptions overrides, OpenOption... options) throws IOException {
        Set<OpenOption> asked = Set.of(options);
        Set<StandardOpenOption> opened = EnumSet.of(READ, WRITE);
        if (asked.contains(CREATE)) {
            opened.add(CREATE);
        }
        return new StraightConveyor(key, backend.open(key, opened), asked.contains(APPEND), mistake);
    }

    @Override
    public ObjectAttributes attributes(String key) throws IOException {
        return backend.attributes(key);
    }

    @Override
    public boolean delete(String key) throws IOException {
        return backend.delete(key);
    }

    @Override
    public Stream<ObjectAttributes> list(String prefix) throws IOException {
        return backend.list(prefix);
    }

    @Override
    public List<Conveyor> openConveyors() {
        return List.of();
    }

    @Override
    public FactoryStats stats() {
        return new FactoryStats(ConveyorStats.NONE, 0, 0, 0, 0, 0, 0, 0);
    }

    @Override
    public void flush() {}

    @Override
    public void close() throws IOException {
        backend.close();
    }
}
