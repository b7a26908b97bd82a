package io.conveyor.samples.fileservice;

/**
 * A part of a file as HTTP names it.
 *
 * @param first the first byte's offset
 * @param last the last byte's offset, at least {@code first}
 */
record ByteRange(long first, long last) {

    long length() {
        return last - first + 1;
    }

    /** The value of {@code Content-Range}. */
    String in(long size) {
        return "bytes " + first + "-" + last + "/" + size;
    }
}
