package io.conveyor.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.conveyor.spi.StorageBackend;
import io.conveyor.spi.StorageCapabilities;
import io.conveyor.spi.StorageCapabilities.FlushEffect;
import io.conveyor.spi.StorageCapabilities.SyncEffect;
import io.conveyor.testkit.WrongBackend.Mistake;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Backends that make one mistake each are found by the case that is there for it. */
class StorageBackendContractTest {

    private interface Case {
        void run(StorageBackendContract contract) throws Exception;
    }

    private static final StorageCapabilities VERSIONED = StorageCapabilities.builder()
            .atomicCommit(true)
            .flushEffect(FlushEffect.COMMIT)
            .syncEffect(SyncEffect.NONE)
            .pinnedReads(true)
            .build();

    private static final StorageCapabilities LIMITED =
            StorageCapabilities.builder().maxObjectBytes(1L << 40).build();

    private static final Set<Mistake> OF_VERSIONS = EnumSet.of(
            Mistake.OVERWRITES_FROM_THE_SECOND_FLUSH_ON,
            Mistake.OVERWRITES_AFTER_A_CONFLICT,
            Mistake.OVERWRITES_WHERE_IT_TRUNCATES,
            Mistake.NAMES_ALL_VERSIONS_ALIKE,
            Mistake.EMPTIES_AS_IT_OPENS);

    private static final Map<Mistake, Case> CASES = Map.ofEntries(
            Map.entry(Mistake.OVERWRITES_FROM_THE_SECOND_FLUSH_ON, StorageBackendContract::everyFlushIsConditional),
            Map.entry(Mistake.OVERWRITES_AFTER_A_CONFLICT, StorageBackendContract::aConflictStaysOneUntilItIsResolved),
            Map.entry(
                    Mistake.OVERWRITES_WHERE_IT_TRUNCATES, StorageBackendContract::aFlushThatTruncatesIsConditionalToo),
            Map.entry(Mistake.WRITES_AT_THE_LOW_31_BITS, StorageBackendContract::whatLiesBeyondFourGigabytesIsThere),
            Map.entry(Mistake.CUTS_SIZES_TO_AN_INT, StorageBackendContract::whatLiesBeyondFourGigabytesIsThere),
            Map.entry(Mistake.FOLDS_CASE, StorageBackendContract::keysThatDifferInCaseAreTwo),
            Map.entry(Mistake.COMPOSES_ACCENTS, StorageBackendContract::keysThatDifferInTheirFormAreTwo),
            Map.entry(
                    Mistake.KEEPS_THE_SIZE_OF_THE_OPENING, StorageBackendContract::anOpenReaderSeesWhatIsFlushedSince),
            Map.entry(
                    Mistake.KEEPS_THE_BYTES_OF_THE_OPENING, StorageBackendContract::anOpenReaderSeesWhatIsFlushedSince),
            Map.entry(
                    Mistake.SHOWS_WRITES_AFTER_A_FLUSH_ONLY,
                    StorageBackendContract::writesAreVisibleWhereFlushDoesNothing),
            Map.entry(Mistake.DROPS_LAST_WRITES, StorageBackendContract::pwriteLastTakesBytesAsPwriteDoes),
            Map.entry(
                    Mistake.MOVES_LIMITS_OF_SCATTERED_READS,
                    StorageBackendContract::scatteringPreadFillsBuffersInOrder),
            Map.entry(Mistake.TAKES_WHAT_IT_REFUSES, StorageBackendContract::aWriteBeyondTheLargestObjectIsTooLarge),
            Map.entry(Mistake.READS_WHERE_IT_ONLY_WRITES, StorageBackendContract::aHandleThatOnlyWritesRefusesReads),
            Map.entry(Mistake.NAMES_ALL_VERSIONS_ALIKE, StorageBackendContract::theVersionOfAHandleNamesWhatItBuildsOn),
            Map.entry(Mistake.LEAVES_A_TEMPORARY, StorageBackendContract::commitLeavesNothingBesideTheObject),
            Map.entry(Mistake.CHANGES_ITS_IDENTITY, StorageBackendContract::theIdentityIsConstantAndShort),
            Map.entry(Mistake.HAS_A_LONG_IDENTITY, StorageBackendContract::theIdentityIsConstantAndShort),
            Map.entry(Mistake.TELLS_THE_TIME_OF_ASKING, StorageBackendContract::attributesDescribeTheObject),
            Map.entry(Mistake.LISTS_ANOTHER_TIME, StorageBackendContract::listGivesAttributes),
            Map.entry(Mistake.LISTS_ANOTHER_VERSION, StorageBackendContract::listGivesAttributes),
            Map.entry(Mistake.EMPTIES_AS_IT_OPENS, StorageBackendContract::whatATruncatingOpenDropsIsKeptUntilTheFlush),
            Map.entry(Mistake.EMPTIES_WHAT_A_DRAFT_REPLACES, StorageBackendContract::aDraftThatTruncatesIsUnseenToo),
            Map.entry(
                    Mistake.ENDS_BY_AN_INTERRUPTED_QUESTION,
                    StorageBackendContract::anInterruptedQuestionDoesNotHarmTheHandle),
            Map.entry(
                    Mistake.ENDS_BY_AN_INTERRUPTED_SCATTERED_READ,
                    StorageBackendContract::anInterruptedQuestionDoesNotHarmTheHandle),
            Map.entry(Mistake.READS_ZEROS_BESIDE_A_FLUSH, StorageBackendContract::readsGoOnBesideFlushes),
            Map.entry(
                    Mistake.CUTS_WHAT_A_DRAFT_REPLACES,
                    StorageBackendContract::randomChangesToADraftEndAsOnAPlainArray));

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void aMistakeIsFoundByItsCase(Mistake mistake) {
        Case found = CASES.get(mistake);
        assertThat(found).as("the case that finds %s", mistake).isNotNull();
        assertThatCode(() -> run(found, backend(mistake, Mistake.NONE)))
                .as("the case, on a backend without a mistake")
                .doesNotThrowAnyException();
        assertThat(catchThrowable(() -> run(found, backend(mistake, mistake))))
                .as("what the case says of %s", mistake)
                .isInstanceOf(AssertionError.class);
    }

    /** A backend of the kind that can make the first mistake, and makes the second. */
    private static StorageBackend backend(Mistake possible, Mistake made) {
        StorageCapabilities can = OF_VERSIONS.contains(possible)
                ? VERSIONED
                : possible == Mistake.TAKES_WHAT_IT_REFUSES ? LIMITED : MemoryBackend.CAPABILITIES;
        return new WrongBackend(MemoryBackend.withCapabilities(can), made);
    }

    private static void run(Case one, StorageBackend backend) throws Exception {
        StorageBackendContract contract = new StorageBackendContract() {
            @Override
            protected StorageBackend newBackend() {
                return backend;
            }
        };
        contract.openTheBackend();
        try {
            one.run(contract);
        } finally {
            contract.closeTheBackend();
        }
    }
}
