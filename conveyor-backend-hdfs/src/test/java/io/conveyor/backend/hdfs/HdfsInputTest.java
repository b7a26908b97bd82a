package io.conveyor.backend.hdfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.testkit.Bytes;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.fs.ByteBufferPositionedReadable;
import org.apache.hadoop.fs.ByteBufferReadable;
import org.apache.hadoop.fs.CanUnbuffer;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.PositionedReadable;
import org.apache.hadoop.fs.Seekable;
import org.apache.hadoop.fs.StreamCapabilities;
import org.junit.jupiter.api.Test;

class HdfsInputTest {

    private static final int TAG = 5;
    private static final long LENGTH = 1_000_000;

    /** What a read from where the stream stands brings at most, as a packet does. */
    private static final int PACKET = 100;

    private final List<String> calls = new ArrayList<>();
    private boolean failing;
    private HdfsInput input = new HdfsInput(new FSDataInputStream(new BufferStream()), LENGTH, true);

    // ------------------------------------------------------------------ in order

    @Test
    void theFirstTwoReadsInOrderAreRequestsOfTheirOwnAndTheThirdOneGoesOn() throws IOException {
        read(0, 100);
        read(100, 100);
        assertThat(calls).containsExactly("at 0 100", "at 100 100");
        calls.clear();

        read(200, 100);

        assertThat(calls).containsExactly("seek 200", "on 100");
    }

    @Test
    void theReadsAfterItGoOnWithoutASeek() throws IOException {
        goOnTo(300);

        read(300, 100);
        read(400, 60);
        read(460, 100);

        assertThat(calls).containsExactly("on 100", "on 60", "on 100");
    }

    @Test
    void aReadThatGoesOnTakesPacketsUntilItsBufferIsFull() throws IOException {
        goOnTo(300);

        read(300, 250);
        read(550, 100);

        assertThat(calls).containsExactly("on 250", "on 150", "on 50", "on 100");
    }

    @Test
    void oneReadFillsSeveralBuffersAndSeeksOnce() throws IOException {
        read(0, 100);
        read(100, 100);
        calls.clear();

        HdfsInput.Reading reading = input.begin(200);
        transfer(reading, 200, 70);
        transfer(reading, 270, 30);
        reading.end(true);
        read(300, 100);

        assertThat(calls).containsExactly("seek 200", "on 70", "on 30", "on 100");
    }

    @Test
    void aReadGoesOnInTheMiddleOfABuffer() throws IOException {
        goOnTo(300);
        ByteBuffer dst = ByteBuffer.allocate(100).position(10).limit(90);

        HdfsInput.Reading reading = input.begin(300);
        assertThat(reading.into(dst)).isEqualTo(80);
        reading.end(true);

        assertThat(dst.position()).isEqualTo(90);
        assertThat(dst.limit()).isEqualTo(90);
        assertThat(Bytes.remaining(dst.position(10))).isEqualTo(Bytes.at(300, 80, TAG));
        assertThat(dst.get(9)).isZero();
        assertThat(dst.clear().get(90)).isZero();
    }

    // ------------------------------------------------------------------ elsewhere

    @Test
    void aReadElsewhereIsARequestOfItsOwnAndDoesNotDisturbTheOneThatGoesOnAfterwards() throws IOException {
        goOnTo(300);

        read(9_000, 100);
        read(300, 100);
        read(100, 10);
        read(400, 100);

        assertThat(calls).containsExactly("at 9000 100", "on 100", "at 100 10", "on 100");
    }

    @Test
    void aReadElsewhereWhileOneGoesOnDoesNotDisturbIt() throws IOException {
        goOnTo(300);

        HdfsInput.Reading on = input.begin(300);
        transfer(on, 300, 50);
        read(9_000, 100);
        transfer(on, 350, 50);
        on.end(true);
        read(400, 100);

        assertThat(calls).containsExactly("on 50", "at 9000 100", "on 50", "on 100");
    }

    @Test
    void theThirdReadInOrderElsewhereTakesTheStreamAway() throws IOException {
        goOnTo(300);

        read(9_000, 100);
        read(9_100, 100);
        read(9_200, 100);
        read(300, 100);
        read(9_300, 100);

        assertThat(calls).containsExactly("at 9000 100", "at 9100 100", "seek 9200", "on 100", "at 300 100", "on 100");
    }

    @Test
    void aGapBeginsTheOrderAnew() throws IOException {
        read(0, 100);
        read(100, 100);
        read(201, 100);
        read(301, 100);
        assertThat(calls).containsExactly("at 0 100", "at 100 100", "at 201 100", "at 301 100");
        calls.clear();

        read(401, 100);

        assertThat(calls).containsExactly("seek 401", "on 100");
    }

    // ------------------------------------------------------------------ not alone

    @Test
    void readsThatAreNotAloneAreNotInOrder() throws IOException {
        for (int offset = 0; offset < 1_000; offset += 200) {
            readTwoAtOnce(offset);
        }

        assertThat(calls).hasSize(10).allMatch(call -> call.startsWith("at "));
    }

    @Test
    void readsBesideAnotherOneAreNotInOrder() throws IOException {
        HdfsInput.Reading other = input.begin(9_000);
        read(0, 100);
        read(100, 100);
        read(200, 100);
        read(300, 100);
        transfer(other, 9_000, 100);
        other.end(true);

        assertThat(calls).containsExactly("at 0 100", "at 100 100", "at 200 100", "at 300 100", "at 9000 100");
    }

    @Test
    void aReadThatWasNotAloneIsNotTheFirstOfThreeInOrder() throws IOException {
        readTwoAtOnce(0);
        calls.clear();

        read(200, 100);
        read(300, 100);
        assertThat(calls).containsExactly("at 200 100", "at 300 100");
        calls.clear();
        read(400, 100);

        assertThat(calls).containsExactly("seek 400", "on 100");
    }

    @Test
    void ofTwoAtOnceWhereTheStreamStandsOneGoesOn() throws IOException {
        goOnTo(300);

        HdfsInput.Reading first = input.begin(300);
        HdfsInput.Reading second = input.begin(300);
        assertThat(first.goesOn()).isTrue();
        assertThat(second.goesOn()).isFalse();
        transfer(second, 300, 100);
        transfer(first, 300, 100);
        first.end(true);
        second.end(true);
        read(400, 100);

        assertThat(calls).containsExactly("at 300 100", "on 100", "on 100");
    }

    // ------------------------------------------------------------------ failures

    @Test
    void aReadThatFailedLeavesTheStreamNowhere() throws IOException {
        goOnTo(300);
        fail(300);
        assertThat(calls).containsExactly("on 100");
        calls.clear();

        read(300, 100);
        assertThat(calls).containsExactly("at 300 100");
        read(400, 100);
        read(500, 100);

        assertThat(calls).containsExactly("at 300 100", "at 400 100", "seek 500", "on 100");
    }

    @Test
    void noBytesOfAReadThatFailedCount() throws IOException {
        goOnTo(300);
        ByteBuffer dst = ByteBuffer.allocate(100);

        HdfsInput.Reading reading = input.begin(300);
        failing = true;
        assertThatThrownBy(() -> reading.into(dst)).isInstanceOf(IOException.class);

        assertThat(dst.position()).isZero();
        assertThat(dst.limit()).isEqualTo(100);
    }

    @Test
    void aReadElsewhereThatFailedLeavesTheStreamWhereItStands() throws IOException {
        goOnTo(300);
        fail(9_000);
        calls.clear();

        read(300, 100);

        assertThat(calls).containsExactly("on 100");
    }

    // ------------------------------------------------------------------ rest

    @Test
    void aStreamThatStandsNowhereHasNothingToGiveUp() throws IOException {
        input.rest();
        read(0, 100);
        input.rest();

        assertThat(calls).containsExactly("at 0 100");
    }

    @Test
    void aStreamGivesUpItsConnectionOnce() throws IOException {
        goOnTo(300);

        input.rest();
        input.rest();

        assertThat(calls).containsExactly("unbuffer");
    }

    @Test
    void aStreamThatIsReadFromDoesNotRest() throws IOException {
        goOnTo(300);

        HdfsInput.Reading reading = input.begin(300);
        input.rest();
        transfer(reading, 300, 100);
        input.rest();
        reading.end(true);
        read(400, 100);
        assertThat(calls).containsExactly("on 100", "on 100");
        input.rest();

        assertThat(calls).containsExactly("on 100", "on 100", "unbuffer");
    }

    @Test
    void aReadElsewhereDoesNotKeepAStreamFromResting() throws IOException {
        goOnTo(300);

        HdfsInput.Reading reading = input.begin(9_000);
        input.rest();
        transfer(reading, 9_000, 100);
        reading.end(true);
        read(300, 100);

        assertThat(calls).containsExactly("unbuffer", "at 9000 100", "at 300 100");
    }

    @Test
    void theFirstTwoReadsAfterARestAreRequestsOfTheirOwn() throws IOException {
        goOnTo(300);
        input.rest();
        calls.clear();

        read(300, 100);
        assertThat(calls).containsExactly("at 300 100");
        read(400, 100);
        read(500, 100);

        assertThat(calls).containsExactly("at 300 100", "at 400 100", "seek 500", "on 100");
    }

    // ------------------------------------------------------------------ the end

    @Test
    void aRetiredInputIsClosedWhenItsLastReadHasEnded() throws IOException {
        goOnTo(300);
        HdfsInput.Reading on = input.begin(300);
        HdfsInput.Reading elsewhere = input.begin(9_000);

        input.retire();
        transfer(on, 300, 100);
        transfer(elsewhere, 9_000, 100);
        on.end(true);
        assertThat(calls).containsExactly("on 100", "at 9000 100");
        elsewhere.end(true);

        assertThat(calls).containsExactly("on 100", "at 9000 100", "close");
    }

    @Test
    void aRetiredInputThatNobodyReadsIsClosedAtOnce() throws IOException {
        read(0, 100);

        input.retire();

        assertThat(calls).containsExactly("at 0 100", "close");
    }

    @Test
    void aReadAtAnOffsetStopsAtTheLength() throws IOException {
        stopsAtTheLength(LENGTH - 30);

        assertThat(calls).containsExactly("at " + (LENGTH - 30) + " 30");
    }

    @Test
    void aReadThatGoesOnStopsAtTheLength() throws IOException {
        goOnTo(LENGTH - 30);

        stopsAtTheLength(LENGTH - 30);

        assertThat(calls).containsExactly("on 30");
    }

    /** The stream itself would bring more: the file grows. */
    private void stopsAtTheLength(long offset) throws IOException {
        ByteBuffer dst = ByteBuffer.allocate(100);
        HdfsInput.Reading reading = input.begin(offset);

        assertThat(reading.into(dst)).isEqualTo((int) (LENGTH - offset));
        assertThat(reading.into(dst)).isEqualTo(-1);
        reading.end(true);

        assertThat(dst.limit()).isEqualTo(100);
        assertThat(Bytes.remaining(dst.flip())).isEqualTo(Bytes.at(offset, (int) (LENGTH - offset), TAG));
        theEndIsAt(LENGTH);
        theEndIsAt(LENGTH + 1);
    }

    private void theEndIsAt(long offset) throws IOException {
        HdfsInput.Reading reading = input.begin(offset);
        assertThat(reading.into(ByteBuffer.allocate(100))).isEqualTo(-1);
        reading.end(true);
    }

    // ------------------------------------------------------------------ without buffers

    @Test
    void aStreamThatDoesNotReadIntoBuffersIsOnlyReadAtOffsets() throws IOException {
        input = new HdfsInput(new FSDataInputStream(new ArrayStream()), LENGTH, true);

        read(0, 100);
        read(100, 100);
        read(200, 100);
        read(300, 100);
        input.rest();

        assertThat(calls).containsExactly("at 0 100", "at 100 100", "at 200 100", "at 300 100");
    }

    @Test
    void whereReadsMayNotGoOnEachIsARequestOfItsOwn() throws IOException {
        input = new HdfsInput(new FSDataInputStream(new BufferStream()), LENGTH, false);

        read(0, 100);
        read(100, 100);
        read(200, 100);

        assertThat(calls).containsExactly("at 0 100", "at 100 100", "at 200 100");
    }

    @Test
    void aRestBeforeTheThirdReadMakesItARequestOfItsOwn() throws IOException {
        read(0, 100);
        read(100, 100);
        input.rest();
        read(200, 100);

        assertThat(calls).containsExactly("at 0 100", "at 100 100", "at 200 100");
    }

    @Test
    void whatIsReadThroughAnArrayMayBeShort() throws IOException {
        input = new HdfsInput(new FSDataInputStream(new ArrayStream()), LENGTH, true);
        ByteBuffer dst = ByteBuffer.allocateDirect(100_000);

        HdfsInput.Reading reading = input.begin(0);
        assertThat(reading.into(dst)).isEqualTo(65_536);
        assertThat(reading.into(dst)).isEqualTo(100_000 - 65_536);
        reading.end(true);

        assertThat(Bytes.remaining(dst.flip())).isEqualTo(Bytes.at(0, 100_000, TAG));
        assertThat(calls).containsExactly("at 0 65536", "at 65536 34464");
    }

    // ------------------------------------------------------------------ helpers

    /** The stream stands at {@code offset}, after three reads in order; forgets the calls that brought it there. */
    private void goOnTo(long offset) throws IOException {
        for (long at = offset - 300; at < offset; at += 100) {
            read(at, 100);
        }
        assertThat(calls).endsWith("seek " + (offset - 100), "on 100");
        calls.clear();
    }

    private void read(long offset, int length) throws IOException {
        HdfsInput.Reading reading = input.begin(offset);
        transfer(reading, offset, length);
        reading.end(true);
    }

    /** One after the other in order, but the second one begins before the first one has ended. */
    private void readTwoAtOnce(long offset) throws IOException {
        HdfsInput.Reading first = input.begin(offset);
        transfer(first, offset, 100);
        HdfsInput.Reading second = input.begin(offset + 100);
        first.end(true);
        transfer(second, offset + 100, 100);
        second.end(true);
    }

    private void fail(long offset) {
        HdfsInput.Reading reading = input.begin(offset);
        failing = true;
        assertThatThrownBy(() -> reading.into(ByteBuffer.allocate(100))).isInstanceOf(IOException.class);
        failing = false;
        reading.end(false);
    }

    private static void transfer(HdfsInput.Reading reading, long offset, int length) throws IOException {
        ByteBuffer dst = ByteBuffer.allocate(length);
        assertThat(reading.into(dst)).isEqualTo(length);
        assertThat(dst.position()).isEqualTo(length);
        assertThat(Bytes.difference(Bytes.at(offset, length, TAG), dst.array(), offset))
                .isEmpty();
    }

    /** Has no end, and writes down what is asked of it. */
    private class ArrayStream extends InputStream
            implements Seekable, PositionedReadable, CanUnbuffer, StreamCapabilities {

        long position;

        void answer(String call) throws IOException {
            calls.add(call);
            if (failing) {
                throw new IOException("as the test says");
            }
        }

        @Override
        public int read() {
            throw new UnsupportedOperationException("byte by byte");
        }

        @Override
        public int read(byte[] bytes, int start, int count) throws IOException {
            answer("on " + count);
            int brought = Math.min(PACKET, count);
            System.arraycopy(Bytes.at(position, brought, TAG), 0, bytes, start, brought);
            position += brought;
            return brought;
        }

        @Override
        public int read(long offset, byte[] bytes, int start, int count) throws IOException {
            answer("at " + offset + " " + count);
            System.arraycopy(Bytes.at(offset, count, TAG), 0, bytes, start, count);
            return count;
        }

        @Override
        public void readFully(long offset, byte[] bytes, int start, int count) {
            throw new UnsupportedOperationException("whole");
        }

        @Override
        public void readFully(long offset, byte[] bytes) {
            throw new UnsupportedOperationException("whole");
        }

        @Override
        public void seek(long offset) throws IOException {
            answer("seek " + offset);
            position = offset;
        }

        @Override
        public long getPos() {
            return position;
        }

        @Override
        public boolean seekToNewSource(long offset) {
            return false;
        }

        @Override
        public void unbuffer() {
            calls.add("unbuffer");
        }

        @Override
        public boolean hasCapability(String capability) {
            return capability.equals(StreamCapabilities.UNBUFFER);
        }

        @Override
        public void close() {
            calls.add("close");
        }
    }

    /** The same, as a datanode's bytes arrive. */
    private final class BufferStream extends ArrayStream implements ByteBufferReadable, ByteBufferPositionedReadable {

        @Override
        public int read(ByteBuffer dst) throws IOException {
            answer("on " + dst.remaining());
            int brought = Math.min(PACKET, dst.remaining());
            dst.put(Bytes.at(position, brought, TAG));
            position += brought;
            return brought;
        }

        @Override
        public int read(long offset, ByteBuffer dst) throws IOException {
            int count = dst.remaining();
            answer("at " + offset + " " + count);
            dst.put(Bytes.at(offset, count, TAG));
            return count;
        }

        @Override
        public void readFully(long offset, ByteBuffer dst) {
            throw new UnsupportedOperationException("whole");
        }

        @Override
        public boolean hasCapability(String capability) {
            return switch (capability) {
                case StreamCapabilities.READBYTEBUFFER, StreamCapabilities.PREADBYTEBUFFER -> true;
                default -> super.hasCapability(capability);
            };
        }
    }
}
