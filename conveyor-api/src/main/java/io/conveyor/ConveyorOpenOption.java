package io.conveyor;

import java.nio.file.OpenOption;

/** Ways to open a conveyor that {@link java.nio.file.StandardOpenOption} has no word for. */
public enum ConveyorOpenOption implements OpenOption {
    /**
     * Replaces the whole object in one step. The conveyor starts empty, {@link Conveyor#flush() flush} and {@link Conveyor#sync()
     * sync} drain to a draft that nobody else sees, {@link Conveyor#close() close} publishes the draft in one step, and {@link
     * Conveyor#abort() abort} leaves what was there before open. Needs {@code WRITE}; not with {@code APPEND}.
     */
    ATOMIC_REPLACE
}
