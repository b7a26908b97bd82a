package io.conveyor.spring.actuate;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.OperationResponseBody;

/**
 * The journals of a store that are not resolved.
 *
 * @param journals what is left
 * @param failure why the action that was asked for did not succeed, if it did not; the class of the exception
 */
record JournalsDescription(
        List<JournalDescription> journals, @Nullable String failure) implements OperationResponseBody {}
