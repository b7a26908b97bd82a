package io.conveyor.spring;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.ConveyorOptions;
import io.conveyor.ConveyorStats;
import io.conveyor.FactoryStats;
import io.conveyor.IOConsumer;
import io.conveyor.JournalInfo;
import io.conveyor.ObjectAttributes;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

/** A factory without a store: it keeps a record of what a life cycle does to it, and shows the figures it is given. */
public final class RecordingFactory implements ConveyorFactory {

    private final List<String> events;
    private volatile IOConsumer<RecordingFactory> onFlush = factory -> {};
    private volatile List<Conveyor> open = List.of();
    private volatile List<JournalInfo> journals = List.of();
    private volatile FactoryStats stats = new FactoryStats(ConveyorStats.NONE, 0, 0, 0, 0, 0, 0, 0);

    public RecordingFactory() {
        this(new CopyOnWriteArrayList<>());
    }

    /** Adds {@code flush} and {@code close} to a list that others add to as well. */
    public RecordingFactory(List<String> events) {
        this.events = events;
    }

    public List<String> events() {
        return events;
    }

    /** What a flush does after it was recorded. */
    public void onFlush(IOConsumer<RecordingFactory> action) {
        onFlush = action;
    }

    public void show(FactoryStats figures) {
        stats = figures;
    }

    @Override
    public Conveyor open(String key, ConveyorOptions overrides, OpenOption... options) throws IOException {
        throw new NoSuchFileException(key);
    }

    @Override
    public ObjectAttributes attributes(String key) throws IOException {
        throw new NoSuchFileException(key);
    }

    @Override
    public boolean delete(String key) {
        return false;
    }

    @Override
    public Stream<ObjectAttributes> list(String prefix) {
        return Stream.empty();
    }

    public void show(List<Conveyor> conveyors) {
        open = List.copyOf(conveyors);
    }

    @Override
    public List<Conveyor> openConveyors() {
        return open;
    }

    @Override
    public FactoryStats stats() {
        return stats;
    }

    public void show(JournalInfo... left) {
        journals = List.of(left);
    }

    @Override
    public List<JournalInfo> journals() {
        return journals;
    }

    @Override
    public void flush() throws IOException {
        events.add("flush");
        onFlush.accept(this);
    }

    @Override
    public void close() {
        events.add("close");
    }
}
