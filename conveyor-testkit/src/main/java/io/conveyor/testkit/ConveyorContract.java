package io.conveyor.testkit;

/**
 * What every conveyor promises, on any store, as tests: one sentence for each case, and the names of the cases begin with the promise
 * ({@code readYourWrites}, {@code order}, {@code watermarks}, {@code partial}, {@code stickyFailure}, {@code bounds}, {@code threads}, {@code
 * close}, {@code modes}, {@code end} and {@code holes}, {@code oneWriter}; then {@code atomicReplace}, {@code streams}, {@code factory}, {@code
 * stats}).
 *
 * <p>An engine proves itself on the store in memory, a backend proves that the engine keeps its promises on it:
 *
 * <pre>{@code
 * class PosixConveyorContractTest extends ConveyorContract {
 *     @TempDir Path root;
 *
 *     @Override
 *     protected StorageBackend newBackend() {
 *         return PosixBackend.at(root);
 *     }
 *
 *     @Override
 *     protected ConveyorFactory newFactory(StorageBackend backend, ConveyorOptions options) {
 *         return Conveyors.builder(backend).options(options).build();
 *     }
 * }
 * }</pre>
 *
 * <p>What is in flight is decided by holding storage calls, not by clocks. Each case has a minute on a thread of its own, and fails if it
 * leaves a thread, a handle or memory behind, or if the engine broke a rule of the SPI on the way. Cases that need a capability which the
 * backend does not claim are skipped, and reported so with the reason. A case that a store truly cannot satisfy is overridden with
 * {@code @Override @Test @Disabled("reason")}; an override without {@code @Test} makes {@code noCaseOfTheContractIsLost} fail. Random cases
 * print the {@link Seed} that repeats them.
 */
public abstract class ConveyorContract extends WholeObjectCases {

    /** For the implementations. */
    protected ConveyorContract() {}
}
