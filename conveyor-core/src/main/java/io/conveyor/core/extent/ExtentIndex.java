package io.conveyor.core.extent;

import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/**
 * The index from file ranges to log positions. Not for several threads at once: used under the conveyor's lock.
 *
 * <p>Offsets are bytes, ranges half-open. Nothing fails but what breaks a precondition.
 */
public final class ExtentIndex {

    /** Is shown extents in order of offset. */
    @FunctionalInterface
    public interface Visitor {

        /** Bytes {@code [start, end)} of the file lie in the log from {@code logPosition} on. */
        void extent(long start, long end, long logPosition);
    }

    /** What one {@link #put} takes at most: one page for a hole that splits an extent, one for the new extent. */
    private static final int MOST_PAGES = 2;

    private final ArrayList<ExtentPage> pages = new ArrayList<>(0);

    /** Pages made beforehand by {@link #reserve}, a chain; null while nothing is pending. */
    private @Nullable ExtentPage spares;

    private int extents;

    /** How many extents there are. */
    public int size() {
        return extents;
    }

    /** Whether nothing is pending. */
    public boolean isEmpty() {
        return extents == 0;
    }

    /** Has at hand whatever the next {@link #put} may need: memory that is out is found out before anything has changed. */
    public void reserve() {
        pages.ensureCapacity(pages.size() + MOST_PAGES);
        int needed = pages.isEmpty() ? 1 : maySplit() ? MOST_PAGES : 0;
        while (spares() < needed) {
            addSpare(new ExtentPage());
        }
    }

    private void addSpare(ExtentPage page) {
        page.next = spares;
        spares = page;
    }

    private int spares() {
        if (spares == null) {
            return 0;
        }
        return spares.next == null ? 1 : MOST_PAGES;
    }

    private boolean maySplit() {
        return pages.size() > 1 || pages.get(0).size + MOST_PAGES > ExtentPage.CAPACITY;
    }

    private ExtentPage newPage() {
        ExtentPage page = spares;
        if (page == null) {
            return new ExtentPage();
        }
        spares = page.next;
        page.next = null;
        return page;
    }

    /** Says that {@code [start, end)} now lies in the log from {@code logPosition} on, whatever was there before. */
    public void put(long start, long end, long logPosition) {
        assert start < end : start + ".." + end;
        if (!pages.isEmpty()) {
            ExtentPage last = pages.get(pages.size() - 1);
            // a sequential writer comes here: nothing lies behind, and mostly the last extent just grows
            if (last.end[last.size - 1] <= start) {
                append(last, start, end, logPosition);
                return;
            }
            take(start, end, Long.MIN_VALUE, Long.MAX_VALUE);
        }
        insert(start, end, logPosition);
    }

    private void append(ExtentPage last, long start, long end, long logPosition) {
        if (continues(last, last.size - 1, start, logPosition)) {
            last.end[last.size - 1] = end;
            return;
        }
        ExtentPage page = last;
        if (page.size == ExtentPage.CAPACITY) {
            page = newPage();
            pages.add(page);
        }
        page.insert(page.size, start, end, logPosition);
        extents++;
    }

    private static boolean continues(ExtentPage page, int index, long start, long logPosition) {
        return page.end[index] == start && page.log[index] + (start - page.start[index]) == logPosition;
    }

    private void insert(long start, long end, long logPosition) {
        if (pages.isEmpty()) {
            ExtentPage only = newPage();
            only.insert(0, start, end, logPosition);
            pages.add(only);
            extents++;
            return;
        }
        int pageIndex = Math.min(pageFor(start), pages.size() - 1);
        ExtentPage page = pages.get(pageIndex);
        int at = page.firstEndingAfter(start);
        if (at > 0 && continues(page, at - 1, start, logPosition)) {
            page.end[at - 1] = end;
            return;
        }
        if (page.size == ExtentPage.CAPACITY) {
            ExtentPage upper = newPage();
            page.moveUpperHalfTo(upper);
            pages.add(pageIndex + 1, upper);
            if (at > page.size) {
                page = upper;
            }
            at = page.firstEndingAfter(start);
        }
        page.insert(at, start, end, logPosition);
        extents++;
    }

    /** Forgets {@code [start, end)}. */
    public void remove(long start, long end) {
        remove(start, end, Long.MIN_VALUE, Long.MAX_VALUE);
    }

    /** Forgets those parts of {@code [start, end)} whose log position is at least {@code logFrom} and below {@code logTo}. */
    public void remove(long start, long end, long logFrom, long logTo) {
        take(start, end, logFrom, logTo);
        if (pages.isEmpty()) {
            spares = null;
        }
    }

    private void take(long start, long end, long logFrom, long logTo) {
        int pageIndex = pageFor(start);
        while (pageIndex < pages.size()) {
            ExtentPage page = pages.get(pageIndex);
            int at = page.firstEndingAfter(start);
            while (at < page.size && page.start[at] < end) {
                long from = Math.max(Math.max(start, page.start[at]), offsetAtLog(page, at, logFrom));
                long to = Math.min(Math.min(end, page.end[at]), offsetAtLog(page, at, logTo));
                if (from >= to) {
                    at++;
                } else if (from > page.start[at] && to < page.end[at]) {
                    punch(pageIndex, at, from, to);
                    // the page may have been split: look again from behind the hole
                    take(to, end, logFrom, logTo);
                    return;
                } else {
                    at = trim(page, at, from, to);
                }
            }
            if (at < page.size) {
                return;
            }
            if (page.size == 0) {
                pages.remove(pageIndex);
                if (spares() < MOST_PAGES) {
                    // what is put in its place needs a page
                    addSpare(page);
                }
            } else {
                pageIndex++;
            }
        }
    }

    /** The file offset in extent {@code at} whose log position is {@code log}, saturated. */
    private static long offsetAtLog(ExtentPage page, int at, long log) {
        if (log == Long.MIN_VALUE || log == Long.MAX_VALUE) {
            return log;
        }
        long distance = log - page.log[at];
        return distance > Long.MAX_VALUE - page.start[at] ? Long.MAX_VALUE : page.start[at] + distance;
    }

    /** Takes {@code [from, to)}, which reaches an end of extent {@code at}, away from it; returns the index to go on with. */
    private int trim(ExtentPage page, int at, long from, long to) {
        if (from == page.start[at] && to == page.end[at]) {
            page.remove(at, at + 1);
            extents--;
            return at;
        }
        if (from == page.start[at]) {
            page.log[at] += to - from;
            page.start[at] = to;
        } else {
            page.end[at] = from;
        }
        return at + 1;
    }

    private void punch(int pageIndex, int at, long from, long to) {
        ExtentPage page = pages.get(pageIndex);
        long end = page.end[at];
        long logAtTo = page.log[at] + (to - page.start[at]);
        page.end[at] = from;
        insert(to, end, logAtTo);
    }

    /** Shows all extents that overlap {@code [start, end)}, cut to it. */
    public void visit(long start, long end, Visitor visitor) {
        for (int pageIndex = pageFor(start); pageIndex < pages.size(); pageIndex++) {
            ExtentPage page = pages.get(pageIndex);
            for (int at = page.firstEndingAfter(start); at < page.size; at++) {
                if (page.start[at] >= end) {
                    return;
                }
                long from = Math.max(start, page.start[at]);
                visitor.extent(from, Math.min(end, page.end[at]), page.log[at] + (from - page.start[at]));
            }
        }
    }

    /** The first offset at or after {@code start} that is not pending; {@code end} if all of {@code [start, end)} is. */
    public long firstGap(long start, long end) {
        return firstGap(start, end, Long.MIN_VALUE);
    }

    /** As {@link #firstGap(long, long)}, where only bytes at log position {@code logFrom} or later count as pending. */
    public long firstGap(long start, long end, long logFrom) {
        long covered = start;
        for (int pageIndex = pageFor(start); pageIndex < pages.size(); pageIndex++) {
            ExtentPage page = pages.get(pageIndex);
            for (int at = page.firstEndingAfter(covered); at < page.size; at++) {
                boolean continues = page.start[at] <= covered && page.log[at] + (covered - page.start[at]) >= logFrom;
                if (!continues || covered >= end) {
                    return Math.min(covered, end);
                }
                covered = page.end[at];
            }
        }
        return Math.min(covered, end);
    }

    /** The lowest offset, not below {@code start}, such that all of {@code [offset, end)} is pending; {@code end} if the byte before it is not. */
    public long lastGap(long start, long end) {
        return lastGap(start, end, Long.MIN_VALUE);
    }

    /** As {@link #lastGap(long, long)}, where only bytes at log position {@code logFrom} or later count as pending. */
    public long lastGap(long start, long end, long logFrom) {
        int pageIndex = pageFor(end - 1);
        if (pageIndex == pages.size()) {
            return end;
        }
        ExtentPage page = pages.get(pageIndex);
        int at = page.firstEndingAfter(end - 1);
        long covered = end;
        while (covered > start && page.start[at] < covered && page.end[at] >= covered) {
            long from = logFrom == Long.MIN_VALUE
                    ? page.start[at]
                    : Math.max(page.start[at], page.start[at] + (logFrom - page.log[at]));
            covered = Math.min(covered, from);
            if (from > page.start[at] || (at == 0 && pageIndex == 0)) {
                break;
            }
            if (at == 0) {
                page = pages.get(--pageIndex);
                at = page.size;
            }
            at--;
        }
        return Math.max(covered, start);
    }

    /** Forgets everything. */
    public void clear() {
        pages.clear();
        spares = null;
        extents = 0;
    }

    /** The index of the first page with an extent that ends after {@code offset}; the number of pages if there is none. */
    private int pageFor(long offset) {
        int low = 0;
        int high = pages.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            ExtentPage page = pages.get(middle);
            if (page.end[page.size - 1] > offset) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }
}
