package io.conveyor.testkit;

/**
 * A caller broke the rules that {@link io.conveyor.spi.StorageHandle} states, such as two overlapping writes at once. It is an error in
 * the caller, so it is an {@link Error} here: nothing that handles failures of storage should take it for one.
 */
public final class ContractViolation extends AssertionError {

    private static final long serialVersionUID = 1L;

    /** A violation, in words that name the calls concerned. */
    public ContractViolation(String message) {
        super(message);
    }
}
