package io.conveyor.spring.actuate;

import io.conveyor.ConflictResolution;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;

/** What a person decides about a journal. */
final class JournalAction {

    /** What can be decided. */
    static final String KNOWN = "replay, save-as, discard";

    private JournalAction() {}

    /**
     * The resolution that an action means; null for an action that is none of these.
     *
     * @param key where to save it
     * @throws InvalidEndpointRequestException if it is to be saved and nobody says where
     */
    static @Nullable ConflictResolution parse(String action, @Nullable String key) {
        return switch (action) {
            case "replay" -> ConflictResolution.REBASE;
            case "discard" -> ConflictResolution.DISCARD;
            case "save-as" -> ConflictResolution.saveAs(required(key));
            default -> null;
        };
    }

    private static String required(@Nullable String key) {
        if (key == null || key.isEmpty()) {
            throw new InvalidEndpointRequestException("save-as needs a 'key' to save the object under", "No key");
        }
        return key;
    }
}
