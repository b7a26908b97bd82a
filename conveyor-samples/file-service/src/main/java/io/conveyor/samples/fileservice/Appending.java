package io.conveyor.samples.fileservice;

import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;

import io.conveyor.BackPressureTimeoutException;
import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.IOConsumer;
import java.io.IOException;

/** Appends to files: all of a body and in storage, or, as far as that can be undone, nothing. Any thread may use it. */
final class Appending {

    private final ConveyorFactory files;

    Appending(ConveyorFactory files) {
        this.files = files;
    }

    /**
     * Appends what {@code body} writes, and returns when others can see it in storage. If the body fails, the file is cut to its former size, or
     * removed if it is new; if storage fails, a part of the body may stay.
     *
     * @return whether the file is new
     * @throws io.conveyor.ConflictException if somebody else is writing the file
     * @throws IOException what {@code body} threw, or why storage did not take it
     */
    boolean append(String key, IOConsumer<Conveyor> body) throws IOException {
        boolean absent = !files.exists(key);
        Conveyor conveyor = files.open(key, CREATE, APPEND);
        boolean created = false;
        try {
            long before = conveyor.size();
            created = absent && before == 0;
            appendOrCut(conveyor, before, body);
        } catch (Throwable failure) {
            giveUp(conveyor, created, failure);
            throw failure;
        }
        conveyor.close();
        return created;
    }

    private static void appendOrCut(Conveyor conveyor, long before, IOConsumer<Conveyor> body) throws IOException {
        try {
            body.accept(conveyor);
            conveyor.flush();
        } catch (BackPressureTimeoutException slow) {
            throw slow; // to wait for the cut would only prolong the wait
        } catch (Throwable failure) {
            cut(conveyor, before, failure);
            throw failure;
        }
    }

    private static void cut(Conveyor conveyor, long size, Throwable failure) {
        try {
            conveyor.truncate(size);
            conveyor.flush();
        } catch (IOException notCut) {
            failure.addSuppressed(notCut);
        }
    }

    private void giveUp(Conveyor conveyor, boolean created, Throwable failure) {
        try {
            conveyor.abort();
            if (created) {
                files.delete(conveyor.key());
            }
        } catch (IOException notUndone) {
            failure.addSuppressed(notUndone);
        }
    }
}
