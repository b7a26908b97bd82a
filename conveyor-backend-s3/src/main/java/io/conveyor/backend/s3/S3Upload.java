package io.conveyor.backend.s3;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.conveyor.backend.s3.S3Requests.StoredPart;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One unfinished upload: which parts the store has, and whether they are still what the draft says. A write into a part that is
 * stored, or on its way, makes it stale. Any thread.
 */
final class S3Upload {

    private final String id;
    private final String putId;
    private final S3PartChecksum checksum;

    @GuardedBy("this")
    private final Map<Integer, StoredPart> stored = new HashMap<>();

    @GuardedBy("this")
    private final List<Ticket> underWay = new ArrayList<>();

    /** What the store has from a process that has died, by number; without what this one has sent another part for. */
    @GuardedBy("this")
    private final Map<Integer, S3LeftPart> left;

    /** An upload that has just been begun. */
    S3Upload(String id, String putId, S3PartChecksum checksum) {
        this(id, putId, new S3LeftParts(checksum, Map.of()));
    }

    /** An upload that a process had begun which has died. */
    S3Upload(String id, String putId, S3LeftParts left) {
        this.id = id;
        this.putId = putId;
        this.checksum = left.checksum();
        this.left = new HashMap<>(left.byNumber());
    }

    /** What the store has under the number of a part from a process that has died, or null. */
    synchronized @Nullable S3LeftPart left(S3Part part) {
        return left.get(part.number());
    }

    /** Counts a part that the store has from a process that has died as one of ours. */
    synchronized void takeOver(StoredPart part) {
        stored.put(part.part().number(), part);
    }

    /** A part on its way to the store. */
    static final class Ticket {

        private final S3Part part;
        private boolean stale;

        private Ticket(S3Part part) {
            this.part = part;
        }
    }

    String id() {
        return id;
    }

    /** The id that the object will carry in its metadata. */
    String putId() {
        return putId;
    }

    /** What its parts are sent with. */
    S3PartChecksum checksum() {
        return checksum;
    }

    /** Says that a part is about to be read from the draft and sent; it takes the place of what the store has under its number. */
    synchronized Ticket begin(S3Part part) {
        stored.remove(part.number());
        Ticket ticket = new Ticket(part);
        underWay.add(ticket);
        return ticket;
    }

    /** Says that a part has arrived; true if the draft did not change under it. */
    synchronized boolean arrived(Ticket ticket, StoredPart part) {
        end(ticket);
        if (!ticket.stale) {
            stored.put(part.part().number(), part);
        }
        return !ticket.stale;
    }

    /** Says that a part has not arrived; true if nothing is under way any more. */
    synchronized boolean failed(Ticket ticket) {
        end(ticket);
        return underWay.isEmpty();
    }

    @GuardedBy("this")
    private void end(Ticket ticket) {
        underWay.remove(ticket);
        left.remove(ticket.part.number());
    }

    /** Says that bytes have changed. */
    synchronized void invalidate(long start, long end) {
        for (Iterator<StoredPart> parts = stored.values().iterator(); parts.hasNext(); ) {
            S3Part part = parts.next().part();
            if (part.offset() < end && start < part.end()) {
                parts.remove();
            }
        }
        for (Ticket ticket : underWay) {
            if (ticket.part.offset() < end && start < ticket.part.end()) {
                ticket.stale = true;
            }
        }
    }

    /** The stored part that is just what is planned, or null. */
    synchronized @Nullable StoredPart find(S3Part planned) {
        StoredPart found = stored.get(planned.number());
        return found != null
                        && found.part().offset() == planned.offset()
                        && found.part().length() == planned.length()
                ? found
                : null;
    }
}
