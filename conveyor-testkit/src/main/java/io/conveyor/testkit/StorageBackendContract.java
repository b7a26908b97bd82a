package io.conveyor.testkit;

/**
 * What every storage backend promises, as tests: all methods of {@link io.conveyor.spi.StorageBackend} and {@link
 * io.conveyor.spi.StorageHandle}, with one sentence for each case.
 *
 * <p>A backend proves itself by extending this class in its tests:
 *
 * <pre>{@code
 * class PosixBackendContractTest extends StorageBackendContract {
 *     @TempDir Path root;
 *
 *     @Override
 *     protected StorageBackend newBackend() {
 *         return PosixBackend.at(root);
 *     }
 * }
 * }</pre>
 *
 * <p>Cases that need a capability which the backend does not claim are skipped, and reported so with the reason. A case that a store truly
 * cannot satisfy is overridden with {@code @Override @Test @Disabled("reason")}; an override without {@code @Test} makes {@code
 * noCaseOfTheContractIsLost} fail. Each case has a minute. Random cases print the {@link Seed} that repeats them.
 */
public abstract class StorageBackendContract extends StorageCatalogueCases {

    /** For the implementations. */
    protected StorageBackendContract() {}
}
