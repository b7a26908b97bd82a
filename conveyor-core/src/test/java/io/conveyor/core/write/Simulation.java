package io.conveyor.core.write;

import io.conveyor.core.failure.StickyFailure;
import io.conveyor.core.failure.StickyFailure.Step;
import io.conveyor.core.log.CountedSegments;
import io.conveyor.core.log.WriteLog;
import io.conveyor.core.overlay.ActiveRead;
import io.conveyor.core.write.History.State;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * One life of a {@link WriteBehind} without threads: a generator decides what happens next, and after each step the state is held against the
 * {@link History}. It asks for turns, makes calls, waits for retries and wants barriers just as a conveyor does.
 */
@SuppressWarnings({"AnnotateFormatMethod", "IntLongMath", "EnumOrdinal", "OperatorPrecedence"
}) // bytes and levels are few here
final class Simulation {

    private enum Level {
        WRITTEN,
        VISIBLE,
        DURABLE
    }

    /** A call that is being made. */
    private static final class Call {
        final Claim claim;
        final ByteBuffer[] bytes;
        final long storedSize;

        /** Whether it began where storage ended. */
        final boolean append;

        /** What a flush found in storage when it began, and more it does not cover. */
        final State found = new State();

        Call(Claim claim, ByteBuffer[] bytes, long storedSize, State content) {
            this.claim = claim;
            this.bytes = bytes;
            this.storedSize = storedSize;
            this.append = claim.kind() == Claim.Kind.WRITE && claim.offset() + claim.done() >= content.size;
            found.copy(content);
        }
    }

    /** A claim that is made again when it is time. */
    private record Pause(Claim claim, long due) {}

    /** A caller that waits in flush, sync or seek. */
    private static final class Wait {
        final Level level;
        final long target;
        boolean hopeless;

        Wait(Level level, long target) {
            this.level = level;
            this.target = target;
        }
    }

    /** A caller that reads, and has asked storage for a part of what it needs. */
    private static final class Read {
        final ActiveRead active;
        final int start;
        final byte[] bytes;
        final int stored;
        final int to;
        int at;
        boolean ended;

        Read(ActiveRead active, int start, int length, int stored, int from, int to) {
            this.active = active;
            this.start = start;
            this.bytes = new byte[length];
            Arrays.fill(bytes, (byte) 0xEE);
            this.stored = stored;
            this.at = from;
            this.to = to;
        }
    }

    private final WriteTraits traits;
    private final Random random;
    private final @Nullable StringBuilder trace;
    private final CountedSegments segments;
    private final WriteLog log;
    private final WriteBehind writes;
    private final History history = new History();
    private final SimulatedStore store;
    private final int mostTurns;
    private final boolean draft;
    private final boolean noDelay;
    private final List<Call> calls = new ArrayList<>();
    private final List<Wait> waits = new ArrayList<>();
    private final List<Read> reads = new ArrayList<>();
    private final List<Claim> failed = new ArrayList<>();
    private final List<Pause> timers = new ArrayList<>();
    private final State[] reached = {new State(), new State(), new State()};
    private final long[] marks = new long[3];
    private final int faults;
    /** Whether the last step was a write that continued the open run, after which nothing is asked for. */
    private boolean extended;

    private int turns;
    private int asked;
    private boolean delayArmed;
    private long now = 1000;
    private int cursor;
    private boolean abandoned;
    private boolean closing;

    /** Whether storage may have lost what it had, while a flush is alive that may say something else. */
    private boolean doubtful;

    /** Whether nothing but appends went out, and no call failed, since the last flush that succeeded. */
    private boolean onlyAppends = true;

    Simulation(WriteTraits traits, boolean draft, Random random, boolean traced) {
        this.traits = traits;
        this.draft = draft;
        this.random = random;
        this.trace = traced ? new StringBuilder() : null;
        int segmentBytes = 1 << (2 + random.nextInt(4));
        this.segments = new CountedSegments(segmentBytes, 1 + random.nextInt(40));
        this.log = new WriteLog(segments);
        int grid = random.nextInt(3) == 0 ? 1 + random.nextInt(16) : 0;
        this.writes = new WriteBehind(traits, log, 0, false, offset -> grid == 0 ? 0 : grid - offset % grid);
        this.store = new SimulatedStore(traits, history);
        this.mostTurns = 1 + random.nextInt(traits.mostCalls());
        this.noDelay = random.nextInt(3) == 0;
        this.faults = random.nextInt(4) == 0 ? 0 : 1 + random.nextInt(30);
        note("%s draft=%s segments of %d, %d turns, grid %d", traits, draft, segmentBytes, mostTurns, grid);
    }

    /** What happened, if it was traced. */
    String trace() {
        return trace == null ? "" : trace.toString();
    }

    /** Lets {@code steps} things happen, then lets everything come to its end. */
    void run(int steps) {
        for (int i = 0; i < steps; i++) {
            step(true, faults);
            if (!extended || random.nextBoolean()) {
                // else whatever happens next is the first that looks at what the open run has taken
                verify();
            }
        }
        settleWithoutClearing();
        finishWhileOthersWrite();
        finish();
    }

    private void note(String format, Object... arguments) {
        if (trace != null) {
            trace.append(String.format(format, arguments)).append('\n');
        }
    }

    // ---------------------------------------------------------------- what may happen

    private void step(boolean users, int faultPercent) {
        extended = false;
        int dice = random.nextInt(users ? 100 : 45);
        if (!users && dice >= 40) {
            goOnReading();
        } else if (dice < 12) {
            takeTurn();
        } else if (dice < 30) {
            progress(faultPercent);
        } else if (dice < 36) {
            passTime();
        } else if (dice < 40) {
            wantAgain();
        } else if (dice < 60) {
            accept();
        } else if (dice < 64) {
            acceptCut();
        } else if (dice < 72) {
            waitFor();
        } else if (dice < 78) {
            beginRead();
        } else if (dice < 90) {
            goOnReading();
        } else if (dice < 93) {
            clear();
        } else if (dice < 95) {
            segments.allow(1 + random.nextInt(40));
        } else {
            expire(faultPercent);
        }
        if (extended) {
            verifyNothingToAskFor();
        } else {
            unlock();
        }
    }

    /** Not always, because it looks at what only a later step might have to look at. */
    private void verifyNothingToAskFor() {
        if (random.nextInt(8) == 0) {
            check(turns >= mostTurns || !writes.hasWork(false), "the open run hides work");
            check(delayArmed || turns > 0 || !writes.isDelayed(), "the open run hides a delay");
            check(!noDelay || turns > 0, "the open run hides bytes that are not to wait");
        }
    }

    /** What a conveyor does when it leaves its lock. */
    private void unlock() {
        if (noDelay && turns == 0) {
            writes.drive(writes.accepted());
        }
        boolean ask = turns < mostTurns && writes.hasWork(false);
        if (ask) {
            turns++;
            asked++;
        } else if (!delayArmed && turns == 0 && writes.isDelayed()) {
            delayArmed = true;
        }
        boolean sufficient = turns >= mostTurns;
        boolean quiet = !ask && (turns > 0 || delayArmed);
        if (!closing && (sufficient || quiet)) {
            writes.open(sufficient, History.MOST_BYTES);
        } else {
            writes.closeRun();
        }
    }

    /** A conveyor that is being closed accepts nothing more, and only a closing one commits. */
    private boolean mayWrite() {
        return !closing && (writes.failure() == null || writes.isRepairing());
    }

    private void accept() {
        if (mayWrite()) {
            int offset = random.nextInt(3) > 0 ? cursor : random.nextInt(History.MOST_BYTES);
            accept(offset % History.MOST_BYTES, 1 + random.nextInt(random.nextInt(8) == 0 ? 40 : 10));
        }
    }

    private void accept(int offset, int wanted) {
        int length = Math.min(wanted, History.MOST_BYTES - offset);
        int before = history.accepted();
        ByteBuffer src = ByteBuffer.allocate(length + 2);
        for (int i = 0; i < length; i++) {
            src.put(i + 1, History.valueAt(before + i));
        }
        if (random.nextInt(50) == 0) {
            src.limit(1 + random.nextInt(length)); // a buffer that ends too early: the copy throws
        }
        boolean accepted = false;
        try {
            extended = src.limit() > length
                    && writes.extend(src.duplicate().position(1).limit(length + 1), offset);
            accepted = extended || writes.accept(src, 1, length, offset);
        } catch (IndexOutOfBoundsException shortened) {
            note("copy of %d bytes threw", length);
        }
        if (!accepted) {
            writes.drive(writes.accepted()); // as whoever waits for room does
            writes.press();
            return;
        }
        note("%s %d bytes at %d: position %d", extended ? "extend by" : "accept", length, offset, before);
        for (int i = 0; i < length; i++) {
            history.write(offset + i);
        }
        store.lost.clear(offset, offset + length);
        cursor = offset + length;
    }

    private void acceptCut() {
        if (mayWrite() && writes.size() > 0) {
            int newSize = random.nextInt((int) writes.size());
            if (writes.acceptCut(newSize)) {
                note("accept cut to %d: position %d", newSize, history.accepted());
                history.cut(newSize);
                store.lost.clear(newSize, History.MOST_BYTES);
                cursor = newSize;
            }
        }
    }

    private void clear() {
        if (writes.failure() != null) {
            boolean cleared = writes.clear();
            note("clear: %s", cleared);
            check(cleared == store.lost.isEmpty(), "clear said %s though lost is %s", cleared, store.lost);
            failed.clear();
            if (cleared) {
                // those who waited have been told, unless what they wait for may come yet
                waits.removeIf(wait -> wait.hopeless || random.nextBoolean());
            }
        }
    }

    // ---------------------------------------------------------------- barriers

    private void waitFor() {
        if (waits.size() < 5 && writes.failure() == null) {
            Level level = Level.values()[random.nextInt(draft ? 1 : 3)];
            waits.add(new Wait(level, writes.accepted()));
            note("wait for %s %d", level, writes.accepted());
            want(waits.get(waits.size() - 1));
            if (draft && random.nextInt(8) == 0) {
                closing = true;
                writes.wantCommit();
            }
        }
    }

    private void want(Wait wait) {
        switch (wait.level) {
            case WRITTEN -> writes.drive(wait.target);
            case VISIBLE -> writes.wantVisible(wait.target);
            case DURABLE -> writes.wantDurable(wait.target);
        }
    }

    private boolean isReached(Wait wait) {
        return mark(wait.level) >= wait.target;
    }

    private long mark(Level level) {
        return switch (level) {
            case WRITTEN -> writes.watermarks().written();
            case VISIBLE -> writes.watermarks().visible();
            case DURABLE -> writes.watermarks().durable();
        };
    }

    private boolean isHopeless(Wait wait) {
        return switch (wait.level) {
            case WRITTEN -> writes.cannotWrite(wait.target);
            case VISIBLE -> writes.cannotShow(wait.target);
            case DURABLE -> writes.cannotSync(wait.target);
        };
    }

    private void wantAgain() {
        for (Wait wait : waits) {
            if (!isReached(wait) && !isHopeless(wait)) {
                want(wait);
            }
        }
    }

    // ---------------------------------------------------------------- turns and calls

    private void takeTurn() {
        if (asked == 0) {
            return;
        }
        asked--;
        boolean promised = writes.hasWork(true);
        Claim claim = writes.next();
        check(claim != null || !promised, "there is work, but no claim");
        if (claim == null) {
            turns--;
            return;
        }
        note("next %s", claim);
        verifyStart(claim);
        ByteBuffer[] bytes = claim.kind() == Claim.Kind.WRITE ? writes.bytes(claim) : new ByteBuffer[0];
        Call call = new Call(claim, bytes, writes.storedSize(), store.content);
        verifyBesideFlush(call);
        onlyAppends &= call.append || (claim.kind() != Claim.Kind.WRITE && claim.kind() != Claim.Kind.CUT);
        calls.add(call);
    }

    private boolean isFlushing() {
        return calls.stream().anyMatch(call -> call.claim.kind() == Claim.Kind.FLUSH);
    }

    /** A flush has only appends beside it, and that only where the store allows it. */
    private void verifyBesideFlush(Call begun) {
        boolean flushes = begun.claim.kind() == Claim.Kind.FLUSH;
        for (Call call : calls) {
            if (flushes || call.claim.kind() == Claim.Kind.FLUSH) {
                Call write = flushes ? call : begun;
                check(traits.flushesBesideAppends(), "%s beside %s", begun.claim, call.claim);
                check(write.claim.kind() == Claim.Kind.WRITE, "%s beside %s", begun.claim, call.claim);
                check(write.append && onlyAppends, "%s beside %s, which must be alone", begun.claim, call.claim);
            }
        }
    }

    private void verifyStart(Claim claim) {
        boolean isWrite = claim.kind() == Claim.Kind.WRITE;
        check(!doubtful, "%s before what was under way has ended", claim);
        boolean mayHaveCompany = isWrite || claim.kind() == Claim.Kind.FLUSH;
        check(mayHaveCompany || calls.isEmpty(), "%s does not run alone", claim);
        long running =
                calls.stream().filter(call -> call.claim.kind() == claim.kind()).count();
        check(running < (isWrite ? traits.maxInFlight() : 1), "%s is one too many", claim);
        for (Call call : calls) {
            check(
                    call.claim.kind() == Claim.Kind.WRITE || call.claim.kind() == Claim.Kind.FLUSH,
                    "%s beside %s",
                    claim,
                    call.claim);
            check(call.claim != claim, "%s twice", claim);
            check(
                    claim.offset() + claim.length() <= call.claim.offset()
                            || call.claim.offset() + call.claim.length() <= claim.offset(),
                    "%s overlaps %s",
                    claim,
                    call.claim);
        }
        check(
                claim.kind() != Claim.Kind.SYNC || store.content.missing.isEmpty(),
                "%s though %s is missing",
                claim,
                store.content.missing);
        StickyFailure failure = writes.failure();
        if (failure != null && !failure.repairing()) {
            boolean behind = isWrite || claim.kind() == Claim.Kind.CUT
                    ? claim.logStart() > failure.position()
                    : claim.logEnd() > failure.position() || failure.step() != Step.WRITE;
            check(!behind, "%s is behind the failure at %d", claim, failure.position());
            check(!failed.contains(claim), "%s has failed", claim);
        }
    }

    private void progress(int faultPercent) {
        if (calls.isEmpty()) {
            return;
        }
        Call call = calls.get(random.nextInt(calls.size()));
        if (call.claim.kind() == Claim.Kind.WRITE && random.nextInt(3) > 0) {
            int left = call.claim.length() - call.claim.done();
            int count = random.nextInt(left + 1);
            transfer(call, count);
            call.claim.advance(count);
            return;
        }
        if (random.nextInt(100) < faultPercent) {
            fail(call);
        } else {
            succeed(call);
        }
    }

    /** {@code count} more bytes of a write arrive in storage. */
    private void transfer(Call call, int count) {
        int skip = call.claim.done();
        int index = 0;
        for (ByteBuffer slice : remaining(call, skip)) {
            for (int i = slice.position(); i < slice.limit() && index < count; i++, index++) {
                store.arrive(call.claim.logStart() + skip + index, call.claim.offset() + skip + index, slice.get(i));
            }
        }
        check(index == count, "%s has no byte %d", call.claim, index);
    }

    /** The slices were cut when the call began, from what was done then on. */
    private static List<ByteBuffer> remaining(Call call, int done) {
        int total = 0;
        for (ByteBuffer slice : call.bytes) {
            total += slice.capacity();
        }
        int skip = done - (call.claim.length() - total);
        List<ByteBuffer> rest = new ArrayList<>();
        for (ByteBuffer slice : call.bytes) {
            int here = Math.min(skip, slice.capacity());
            rest.add(slice.duplicate().position(here));
            skip -= here;
        }
        return rest;
    }

    private void succeed(Call call) {
        Claim claim = call.claim;
        note("succeeded %s", claim);
        switch (claim.kind()) {
            case WRITE -> {
                int left = claim.length() - claim.done();
                transfer(call, left);
                claim.advance(left);
                // a sync between two attempts may have saved a part of it; nobody keeps account of that
                store.unsynced.set((int) claim.offset(), (int) claim.offset() + claim.length());
            }
            case CUT ->
                store.cut(claim.logStart(), claim.offset(), claim.isUnknown() ? store.content.size : call.storedSize);
            case FLUSH -> store.flush(writes.watermarks().written(), call.found);
            case SYNC, COMMIT -> store.sync();
        }
        onlyAppends |= claim.kind() == Claim.Kind.FLUSH || claim.kind() == Claim.Kind.SYNC;
        ended(call);
        writes.succeeded(claim, 0, 0);
    }

    private void ended(Call call) {
        calls.remove(call);
        doubtful &= isFlushing();
        turns--;
    }

    private void fail(Call call) {
        Claim claim = call.claim;
        if (claim.kind() == Claim.Kind.WRITE && random.nextInt(3) == 0) {
            transfer(call, random.nextInt(claim.length() - claim.done() + 1)); // arrived, but nobody said so
        }
        ended(call);
        onlyAppends = false;
        boolean mayRepeat = writes.mayRetry(claim) && (claim.kind() != Claim.Kind.SYNC || !traits.lossySync());
        if (mayRepeat && random.nextInt(3) > 0) {
            long due = now + random.nextInt(50);
            note("retry %s at %d", claim, due);
            writes.retryLater(claim);
            timers.add(new Pause(claim, due));
        } else {
            note("failed %s", claim);
            store.failed(claim.kind(), random);
            doubtful = traits.releaseAtVisible() && isFlushing();
            lose(claim);
            boolean first = writes.failed(claim, new IllegalStateException("planned"));
            check(!first || !isStuckBefore(), "a second failure sticks");
            failed.add(claim);
        }
    }

    private void lose(Claim claim) {
        if (claim.kind() == Claim.Kind.SYNC && traits.lossySync()) {
            store.lose(writes.watermarks().written());
        }
    }

    private boolean isStuckBefore() {
        return !failed.isEmpty() && !writes.isRepairing() && writes.failure() == null;
    }

    private void expire(int faultPercent) {
        if (!calls.isEmpty() && random.nextInt(100) < faultPercent) {
            Claim claim = calls.get(random.nextInt(calls.size())).claim;
            note("abandoned %s", claim);
            writes.abandoned(claim, new IllegalStateException("late"));
            abandoned = true;
            doubtful = traits.releaseAtVisible() && isFlushing();
            onlyAppends = false;
            lose(claim);
            store.disturb();
        }
    }

    private void passTime() {
        now += random.nextInt(30);
        fireTimers();
    }

    private void fireTimers() {
        timers.removeIf(pause -> {
            if (now - pause.due < 0) {
                return false;
            }
            writes.retryNow(pause.claim);
            return true;
        });
        if (delayArmed && random.nextBoolean()) {
            delayArmed = false;
            writes.drive(writes.accepted());
        }
    }

    // ---------------------------------------------------------------- reads

    private void beginRead() {
        if (reads.size() < 4 && writes.size() > 0) {
            int start = random.nextInt((int) writes.size());
            int length = Math.min((int) writes.size() - start, 1 + random.nextInt(random.nextBoolean() ? 8 : 96));
            reads.add(newRead(start, length));
            note("read [%d, %d) begins", start, start + length);
        }
    }

    private Read newRead(int start, int length) {
        long end = start + length;
        ActiveRead active = new ActiveRead();
        writes.beginRead(active, start, end);
        long stored = Math.min(end, writes.storageEnd());
        long from = writes.firstGapForStorage(start, end);
        long to = Math.min(stored, writes.lastGapForStorage(from, end));
        return new Read(active, start, length, (int) stored, (int) from, (int) to);
    }

    private void goOnReading() {
        if (!reads.isEmpty()) {
            Read read = reads.get(random.nextInt(reads.size()));
            if (read.at < read.to && !read.ended) {
                ask(read, 1 + random.nextInt(16));
            } else {
                reads.remove(read);
                complete(read);
            }
        }
    }

    private void ask(Read read, int most) {
        for (int i = 0; i < most && read.at < read.to && !read.ended; i++) {
            if (read.at >= store.content.size) {
                read.ended = true;
            } else {
                read.bytes[read.at - read.start] = store.content.bytes[read.at];
                read.at++;
            }
        }
    }

    private void complete(Read read) {
        int length = (int) Math.min(read.bytes.length, writes.size() - read.start);
        if (length > 0) {
            int reachedTo = read.at < read.to ? read.at : read.stored;
            long zeroFrom = Math.max(read.start, Math.min(Math.min(read.stored, reachedTo), read.active.lowestCut()));
            for (long at = zeroFrom; at < read.start + length; at++) {
                read.bytes[(int) at - read.start] = 0;
            }
            writes.overlay(read.start, length, ByteBuffer.wrap(read.bytes), 0);
            for (int at = read.start; at < read.start + length; at++) {
                check(
                        read.bytes[at - read.start] == history.model.bytes[at] || store.lost.get(at),
                        "a read of [%d, %d) finds %d at %d, not %d",
                        read.start,
                        read.start + length,
                        read.bytes[at - read.start],
                        at,
                        history.model.bytes[at]);
            }
        }
        writes.endRead(read.active);
    }

    // ---------------------------------------------------------------- what must hold

    private void verify() {
        check(writes.accepted() == history.accepted(), "accepted %d", writes.accepted());
        check(writes.size() == history.model.size, "size %d, not %d", writes.size(), history.model.size);
        verifyMarks();
        verifyWaits();
        check(log.heldBytes() <= traits.maxPendingBytes(), "%d bytes are held", log.heldBytes());
        check(writes.runs() <= traits.maxRuns(), "%d runs are held", writes.runs());
        check(segments.out() == log.segments(), "%d segments out, %d in the log", segments.out(), log.segments());
        long most = traits.releaseAtVisible()
                ? Math.max(0, writes.visible())
                : writes.watermarks().written();
        check(log.released() <= most, "released %d, which is more than %d", log.released(), most);
        if (random.nextInt(4) == 0 && writes.size() > 0) {
            Read whole = newRead(0, (int) writes.size());
            ask(whole, History.MOST_BYTES);
            complete(whole);
            verifyUnwritten();
        }
    }

    private void verifyMarks() {
        long above = writes.accepted();
        for (Level level : Level.values()) {
            int i = level.ordinal();
            long mark = mark(level);
            check(mark <= above, "%s is %d, above %d", level, mark, above);
            check(mark >= marks[i], "%s fell from %d to %d", level, marks[i], mark);
            history.replay(reached[i], marks[i], mark);
            marks[i] = mark;
            above = mark;
            verifyStored(level, where(level), reached[i]);
        }
    }

    private @Nullable State where(Level level) {
        return switch (level) {
            case WRITTEN -> traits.releaseAtVisible() ? null : store.content;
            case VISIBLE -> traits.flushCall() ? store.flushed : where(Level.WRITTEN);
            case DURABLE -> traits.syncCall() ? store.synced : where(Level.VISIBLE);
        };
    }

    private void verifyStored(Level level, @Nullable State stored, State least) {
        if (stored == null) {
            return;
        }
        for (int at = 0; at < History.MOST_BYTES; at++) {
            if (stored.newest[at] < least.newest[at] && !stored.missing.get(at)) {
                throw new AssertionError("byte " + at + " is said to be " + level + " as of " + least.newest[at]
                        + ", but there is only " + stored.newest[at]);
            }
        }
    }

    private void verifyWaits() {
        for (Wait wait : waits) {
            boolean hopeless = isHopeless(wait);
            check(
                    !wait.hopeless || abandoned || !isReached(wait),
                    "%s %d was given up too early",
                    wait.level,
                    wait.target);
            check(!hopeless || writes.failure() != null, "%s %d is hopeless for no reason", wait.level, wait.target);
            wait.hopeless = hopeless;
        }
        waits.removeIf(this::isReached);
    }

    private void verifyUnwritten() {
        BitSet expected = new BitSet();
        expected.or(store.lost);
        long safe = writes.safe(false);
        for (int at = 0; at < history.model.size; at++) {
            long newest = history.model.newest[at];
            if (newest >= safe && !history.isCut(newest)) {
                expected.set(at);
            }
        }
        BitSet found = new BitSet();
        Shortfall shortfall = writes.shortfall(1000);
        shortfall.extents().forEach(extent -> found.set((int) extent.offset(), (int) extent.end()));
        check(found.equals(expected), "unwritten is %s, not %s", found, expected);
        check(shortfall.bytes() == expected.cardinality(), "unwritten are %d bytes", shortfall.bytes());
        long lost = store.lost.cardinality();
        check(shortfall.retainedBytes() == shortfall.bytes() - lost, "%d are retained", shortfall.retainedBytes());
    }

    private void check(boolean holds, String format, Object... arguments) {
        if (!holds) {
            throw new AssertionError(String.format(format, arguments));
        }
    }

    // ---------------------------------------------------------------- the end

    /** No fault from now on, and nothing new: whoever waits is served or told that it is hopeless. */
    private void settleWithoutClearing() {
        note("settle");
        for (int i = 0; i < 3000 && !waits.isEmpty(); i++) {
            step(false, 0);
            verify();
            waits.removeIf(wait -> wait.hopeless);
        }
        check(waits.isEmpty(), "%d wait for ever", waits.size());
    }

    /** A barrier ends although others go on writing. */
    private void finishWhileOthersWrite() {
        repair();
        Wait wait = new Wait(draft ? Level.WRITTEN : Level.DURABLE, writes.accepted());
        waits.add(wait);
        note("wait for %s %d beside writers", wait.level, wait.target);
        for (int i = 0; i < 5000 && !isReached(wait); i++) {
            want(wait);
            step(false, 0);
            if (i % 4 == 0 && history.accepted() < 5000 && !closing) {
                accept(random.nextInt(History.MOST_BYTES), 3);
                unlock();
            }
            verify();
        }
        check(isReached(wait), "the barrier at %d is starved", wait.target);
    }

    /** Clears the failure, writing anew what was lost. */
    private void repair() {
        note("repair");
        for (int i = 0; i < 5000 && writes.failure() != null; i++) {
            clear();
            int lost = store.lost.nextSetBit(0);
            if (writes.failure() != null && lost >= 0) {
                accept(lost, 1);
            }
            unlock();
            step(false, 0);
            verify();
        }
        check(writes.failure() == null, "the failure cannot be cleared");
    }

    private void finish() {
        note("finish");
        while (!reads.isEmpty()) {
            goOnReading();
        }
        for (int i = 0; i < 5000 && !isFinished(); i++) {
            if (draft) {
                writes.wantCommit();
            } else {
                writes.wantDurable(writes.accepted());
            }
            step(false, 0);
            verify();
        }
        check(isFinished(), "it never ends");
        check(log.segments() == 0 && segments.out() == 0, "%d segments are kept", segments.out());
        check(writes.runs() == 0, "%d runs are kept", writes.runs());
        check(Arrays.equals(store.content.bytes, history.model.bytes), "storage differs");
        check(store.content.size == history.model.size, "storage has %d bytes", store.content.size);
        check(writes.storedSize() == history.model.size, "stored size %d", writes.storedSize());
        check(writes.firstGap(0, 1000) == 0, "something is pending");
    }

    private boolean isFinished() {
        return writes.durable() == writes.accepted()
                && calls.isEmpty()
                && log.heldBytes() == 0
                && (!draft || writes.isCommitted());
    }
}
