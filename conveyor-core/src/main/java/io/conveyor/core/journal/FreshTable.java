package io.conveyor.core.journal;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * What every table of one journal begins with, kept as bytes: where storage keeps up a conveyor begins a table every few writes, and to make the same bytes
 * again would cost as much as those writes. Used under the conveyor's lock.
 */
final class FreshTable {

    private static final int HEAD_BYTES = JournalLayout.HEADER_CRC_AT + Integer.BYTES;

    private final long identity;
    private final byte[] head = new byte[HEAD_BYTES];
    private final ByteBuffer headView = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN);
    private final byte[] key;
    private final byte[] store;
    private final CRC32C crc = new CRC32C();
    private byte[] publication;
    private int publicationAt;

    /** For the journal of {@code header}, whose number of the table and first sequence number do not count. */
    FreshTable(TableHeader header, Publication publication) {
        this.identity = header.identity();
        this.key = header.key().getBytes(UTF_8);
        this.store = header.store().getBytes(UTF_8);
        if (key.length > JournalLayout.LONGEST_KEY || store.length > JournalLayout.LONGEST_STORE) {
            throw new IllegalArgumentException("a key of " + key.length + " bytes and a store identity of "
                    + store.length + " do not fit " + JournalLayout.LONGEST_KEY + " and "
                    + JournalLayout.LONGEST_STORE);
        }
        headView.putLong(JournalLayout.MAGIC_AT, JournalLayout.MAGIC)
                .putShort(JournalLayout.VERSION_AT, (short) JournalLayout.VERSION)
                .putShort(JournalLayout.STORE_LENGTH_AT, (short) store.length)
                .putShort(JournalLayout.KEY_LENGTH_AT, (short) key.length)
                .putShort(JournalLayout.FLAGS_AT, (short) header.flags())
                .putLong(JournalLayout.IDENTITY_AT, identity)
                .putInt(JournalLayout.SEGMENT_BYTES_AT, header.segmentBytes())
                .putLong(JournalLayout.BEGUN_AT, header.begun());
        this.publication = publication.encoded(identity);
        this.publicationAt = Publication.slotAt(publication.sequence());
    }

    /** What the journal builds on, from now on. */
    void buildOn(Publication now) {
        publication = now.encoded(identity);
        publicationAt = Publication.slotAt(now.sequence());
    }

    /** Writes all but the state and what a handle wants its successor to know. */
    void write(ByteBuffer table, int index, long firstSequence, long released, long synced) {
        headView.putInt(JournalLayout.INDEX_AT, index).putLong(JournalLayout.FIRST_SEQUENCE_AT, firstSequence);
        crc.reset();
        crc.update(head, JournalLayout.MAGIC_AT, JournalLayout.HEADER_CRC_AT - JournalLayout.MAGIC_AT);
        crc.update(store);
        crc.update(key);
        headView.putInt(JournalLayout.HEADER_CRC_AT, (int) crc.getValue());
        table.put(JournalLayout.MAGIC_AT, head, JournalLayout.MAGIC_AT, HEAD_BYTES - JournalLayout.MAGIC_AT)
                .put(JournalLayout.KEY_AT, key)
                .put(JournalLayout.STORE_AT, store)
                .putLong(JournalLayout.RELEASED_AT, Cell.of(released, identity))
                .putLong(JournalLayout.SYNCED_AT, Cell.of(synced, identity))
                .put(publicationAt, publication);
    }
}
