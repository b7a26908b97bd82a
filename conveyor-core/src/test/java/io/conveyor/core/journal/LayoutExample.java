package io.conveyor.core.journal;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.TreeMap;

/**
 * Files of a journal as a text that people can read. A line {@code file NAME LENGTH} begins a file of zeros; a line {@code OFFSET HEX ; MEANING} puts bytes
 * into it; what follows {@code #} is a remark.
 */
final class LayoutExample {

    /** A file, and what the lines say that its bytes mean. */
    private static final class Described {

        private final byte[] bytes;
        private final TreeMap<Integer, String> meanings = new TreeMap<>();

        Described(int length) {
            bytes = new byte[length];
        }
    }

    private final Map<String, Described> files = new LinkedHashMap<>();

    private LayoutExample() {}

    /** Reads an example among the resources of the tests. */
    static LayoutExample read(String resource) throws IOException {
        LayoutExample example = new LayoutExample();
        try (InputStream text = LayoutExample.class.getResourceAsStream(resource)) {
            String name = "";
            for (String line : new String(Objects.requireNonNull(text, resource).readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList()) {
                String[] words = line.replaceFirst("#.*", "").trim().split("\\s+", 3);
                if (words[0].equals("file")) {
                    name = words[1];
                    example.files.put(name, new Described(Integer.parseInt(words[2])));
                } else if (words.length > 1) {
                    example.put(
                            name,
                            Integer.parseInt(words[0]),
                            words[1],
                            words[2].substring(1).trim());
                }
            }
        }
        return example;
    }

    private void put(String name, int at, String hex, String meaning) {
        byte[] bytes = HexFormat.of().parseHex(hex);
        System.arraycopy(bytes, 0, described(name).bytes, at, bytes.length);
        described(name).meanings.put(at, meaning);
    }

    /** The bytes of a file. */
    byte[] file(String name) {
        return described(name).bytes.clone();
    }

    private Described described(String name) {
        Described file = files.get(name);
        if (file == null) {
            throw new NoSuchElementException("the example has no " + name);
        }
        return file;
    }

    /** What the line says that the byte at {@code at} belongs to, or follows. */
    String meaning(String name, int at) {
        Map.Entry<Integer, String> line = described(name).meanings.floorEntry(at);
        return line == null ? "before the first line" : "at or after \"" + line.getValue() + "\"";
    }
}
