package io.conveyor.spring.autoconfigure;

import java.nio.file.Path;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Says what is wrong with the directory of a journal, and what a good one is like. */
final class UnusableJournalFailureAnalyzer extends AbstractFailureAnalyzer<UnusableJournalException> {

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, UnusableJournalException cause) {
        String property = cause.store().property("journal.directory");
        Path directory = Path.of(cause.store().properties().getJournal().getDirectory())
                .toAbsolutePath()
                .normalize();
        return new FailureAnalysis(
                property + " is '" + directory + "', and no journal can be kept there: " + cause.getCause() + ".",
                "Set " + property + " to a directory on a local disk that only the user '"
                        + System.getProperty("user.name") + "' may read, or to one that can be made; or set "
                        + cause.store().property("journal.enabled") + " to false.",
                cause);
    }
}
