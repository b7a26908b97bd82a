package io.conveyor.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The blocks behind the store in memory are an array of bytes, and forks of them are arrays of their own. */
class MemoryContentTest {

    @Test
    void blocksAreAsOnAPlainArrayAndForksGoTheirOwnWay() {
        Seed seed = Seed.current();
        Random random = seed.random();
        List<MemoryContent> contents = new ArrayList<>(List.of(new MemoryContent()));
        List<ReferenceFile> models = new ArrayList<>(List.of(ReferenceFile.empty()));
        for (int i = 1; i <= 2_000; i++) {
            int which = random.nextInt(contents.size());
            MemoryContent content = contents.get(which);
            ReferenceFile model = models.get(which);
            int offset = random.nextInt(40_000);
            switch (random.nextInt(8)) {
                case 0 -> {
                    if (contents.size() < 6) {
                        contents.add(content.fork());
                        models.add(model.copy());
                    }
                }
                case 1 -> {
                    long size = Math.min(offset, content.size());
                    content.truncate(size);
                    model.truncate(size);
                }
                default -> {
                    ByteBuffer src = Bytes.buffer(offset, random.nextInt(9_000), i);
                    content.write(src.duplicate(), offset);
                    model.pwrite(src, offset);
                }
            }
            assertThat(Bytes.difference(model.content(), content.toBytes(), 0))
                    .as("content %d at step %d, %s", which, i, seed)
                    .isEmpty();
        }
        for (int i = 0; i < contents.size(); i++) {
            assertThat(Bytes.difference(models.get(i).content(), contents.get(i).toBytes(), 0))
                    .as("content %d, %s", i, seed)
                    .isEmpty();
        }
    }

    @Test
    void blocksNobodyWroteToAreHoles() {
        MemoryContent content = new MemoryContent();
        int block = MemoryContent.BLOCK_BYTES;
        content.write(Bytes.buffer("a"), 0);
        content.write(Bytes.buffer("b"), 3L * block + 5);
        assertThat(content.nextData(0)).isZero();
        assertThat(content.nextHole(0)).isEqualTo(block);
        assertThat(content.nextData(block)).isEqualTo(3L * block);
        assertThat(content.nextHole(3L * block)).as("the end is a hole").isEqualTo(3L * block + 6);
        assertThat(content.nextData(3L * block + 6)).isEqualTo(-1);
        assertThat(content.nextHole(3L * block + 6)).isEqualTo(-1);
    }
}
