package io.conveyor.testkit;

import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.StorageException;
import io.conveyor.Whence;
import io.conveyor.WriteBehindException;
import io.conveyor.spi.StorageBackend;
import io.conveyor.spi.StorageHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;

/** One run of a {@link ConveyorModel}: the conveyor, the reference, and one step after the other on both. */
final class ModelRun {

    private static final String KEY = "model/object";

    private final StorageBackend store;
    private final FaultInjectingBackend backend;
    private final ConveyorFactory factory;
    private final Seed seed;
    private final ReferenceFile model = ReferenceFile.empty();

    private Conveyor conveyor;
    private boolean append;
    private boolean faulty;
    private long cursor;

    ModelRun(StorageBackend store, FaultInjectingBackend backend, ConveyorFactory factory, Seed seed)
            throws IOException {
        this.store = store;
        this.backend = backend;
        this.factory = factory;
        this.seed = seed;
        this.conveyor = factory.open(KEY, READ, WRITE, CREATE);
    }

    void run(List<ModelStep> steps) {
        int done = 0;
        try {
            for (ModelStep step : steps) {
                done++;
                take(step);
            }
            done++;
            end();
        } catch (Exception | AssertionError failure) {
            throw new AssertionError(report(steps.subList(0, Math.min(done, steps.size())), done, failure), failure);
        }
    }

    private String report(List<ModelStep> prefix, int done, Throwable failure) {
        StringBuilder text = new StringBuilder("step " + done + " of the model failed, repeat it with " + seed + ": "
                + failure.getMessage() + "\nThe steps until then:");
        int number = 0;
        for (ModelStep step : prefix) {
            text.append("\n  ").append(++number).append(' ').append(step);
        }
        return text.toString();
    }

    private void take(ModelStep step) throws IOException {
        try {
            apply(step);
        } catch (WriteBehindException failure) {
            expectFault(failure);
        }
        expect("position", cursor, conveyor.position());
    }

    private void apply(ModelStep step) throws IOException {
        if (step instanceof ModelStep.Write write) {
            write(write);
        } else if (step instanceof ModelStep.WriteAtCursor write) {
            writeAtCursor(write);
        } else if (step instanceof ModelStep.Read read) {
            read(read.position(), read.length(), false);
        } else if (step instanceof ModelStep.ReadAtCursor read) {
            read(cursor, read.length(), true);
        } else if (step instanceof ModelStep.Position move) {
            conveyor.position(move.position());
            cursor = move.position();
        } else if (step instanceof ModelStep.Seek seek) {
            seek(seek);
        } else if (step instanceof ModelStep.Truncate truncate) {
            conveyor.truncate(truncate.size());
            model.truncate(truncate.size());
            cursor = Math.min(cursor, truncate.size());
        } else if (step instanceof ModelStep.Size) {
            expect("size", model.size(), conveyor.size());
        } else if (step instanceof ModelStep.Flush) {
            conveyor.flush();
            expectStored();
        } else if (step instanceof ModelStep.Sync) {
            conveyor.sync();
            expectStored();
        } else if (step instanceof ModelStep.Reopen reopen) {
            reopen(reopen.append());
        } else if (step instanceof ModelStep.Fail fail) {
            fail(fail);
        } else if (step instanceof ModelStep.Shorten shortly) {
            faulty = true;
            backend.plan().on(shortly.operation()).every(shortly.every()).moveAtMost(shortly.bytes());
        } else {
            heal();
        }
    }

    // ------------------------------------------------------------------ the steps

    private void write(ModelStep.Write write) throws IOException {
        if (append) {
            return;
        }
        byte[] bytes = Bytes.at(write.position(), write.length(), write.tag());
        ByteBuffer src = ByteBuffer.wrap(bytes.clone());
        try {
            expect("bytes written", write.length(), conveyor.write(src, write.position()));
        } finally {
            accepted(bytes, src.position(), write.position());
        }
    }

    private void writeAtCursor(ModelStep.WriteAtCursor write) throws IOException {
        long position = append ? model.size() : cursor;
        byte[] bytes = Bytes.at(position, write.length(), write.tag());
        ByteBuffer src = ByteBuffer.wrap(bytes.clone());
        try {
            expect("bytes written", write.length(), conveyor.write(src));
        } finally {
            accepted(bytes, src.position(), position);
            if (src.position() > 0) {
                cursor = position + src.position();
            }
        }
    }

    /** What a write accepted is in the model, too, be it all of it or a part. */
    private void accepted(byte[] bytes, int count, long position) {
        model.pwrite(ByteBuffer.wrap(bytes, 0, count), position);
    }

    private void read(long position, int length, boolean atCursor) throws IOException {
        ByteBuffer expected = ByteBuffer.allocate(length);
        int expectedCount = model.pread(expected, position);
        ByteBuffer actual = ByteBuffer.allocate(length);
        int count;
        try {
            count = atCursor ? conveyor.read(actual) : conveyor.read(actual, position);
        } catch (StorageException failure) {
            expectFault(failure);
            expect("position of the buffer after a failed read", 0, actual.position());
            return;
        }
        expect("bytes read at " + position, expectedCount, count);
        String difference =
                Bytes.difference(Bytes.remaining(expected.flip()), Bytes.remaining(actual.flip()), position);
        if (!difference.isEmpty()) {
            throw new AssertionError(difference);
        }
        if (atCursor) {
            cursor += Math.max(0, count);
        }
    }

    private void seek(ModelStep.Seek seek) throws IOException {
        long base = seek.whence() == Whence.SET ? 0 : seek.whence() == Whence.CUR ? cursor : model.size();
        long wanted = base + seek.offset();
        try {
            expect("cursor after seek", wanted, conveyor.seek(seek.offset(), seek.whence()));
            cursor = wanted;
        } catch (IllegalArgumentException refused) {
            if (wanted >= 0) {
                throw new AssertionError("a seek to " + wanted + " was refused", refused);
            }
        }
    }

    private void reopen(boolean toAppend) throws IOException {
        heal();
        conveyor.close();
        expectStored();
        conveyor = toAppend ? factory.open(KEY, READ, APPEND) : factory.open(KEY, READ, WRITE);
        append = toAppend;
        conveyor.position(0);
        cursor = 0;
    }

    private void fail(ModelStep.Fail fail) {
        boolean needsWritingAnew =
                fail.operation() == StorageOperation.SYNC || fail.operation() == StorageOperation.FLUSH;
        if (append && needsWritingAnew) {
            return; // what is not retained can be written anew at its position only
        }
        faulty = true;
        FaultPlan.Then then = backend.plan().on(fail.operation()).nth(fail.nth());
        if (fail.answerLost()) {
            then.loseTheAnswer();
        } else {
            then.failWith(fail.kind(), fail.retry());
        }
    }

    private void heal() throws IOException {
        backend.plan().clear();
        for (int tries = 0; tries < 10 && Recovery.recover(conveyor, model); tries++) {
            try {
                conveyor.flush();
            } catch (WriteBehindException again) {
                // A call that was under way when the plan was cleared may still have failed.
            }
        }
        if (conveyor.failure().isPresent()) {
            throw new AssertionError("still failing after ten times of clearing: " + conveyor.failure());
        }
        if (faulty) {
            conveyor.flush();
            faulty = false;
        }
    }

    private void end() throws IOException {
        heal();
        conveyor.flush();
        expectStored();
        conveyor.close();
        expectStored();
        if (!backend.violations().isEmpty()) {
            throw new AssertionError("rules of the SPI were broken: " + backend.violations());
        }
    }

    // ------------------------------------------------------------------ comparing

    private void expectFault(IOException failure) {
        if (!faulty) {
            throw new AssertionError("a failure that nobody planned", failure);
        }
    }

    private void expectStored() throws IOException {
        try (StorageHandle handle = store.open(KEY, Set.of(READ))) {
            String difference = Bytes.difference(model.content(), StorageContractBase.readAll(handle), 0);
            if (!difference.isEmpty()) {
                throw new AssertionError("in storage: " + difference);
            }
        }
    }

    private static void expect(String what, long expected, long actual) {
        if (expected != actual) {
            throw new AssertionError(what + " was " + actual + ", expected " + expected);
        }
    }
}
