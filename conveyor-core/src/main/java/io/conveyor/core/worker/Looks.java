package io.conveyor.core.worker;

import java.util.function.BooleanSupplier;

/**
 * Looks whether something has come, for about as long as it takes to fall asleep for it and be woken, and not longer: so a wait costs at most twice what it must, whatever
 * it turns out to be (A. Karlin, K. Li, M. Manasse, S. Owicki: Empirical studies of competitive spinning for a shared-memory multiprocessor, 1991). Where the JVM knows no
 * instruction for {@link Thread#onSpinWait()} a look takes much less, and looking ends sooner. Any thread may call it.
 */
public final class Looks {

    /** Alone on a processor there is nobody to look for. */
    static final boolean ALONE = Runtime.getRuntime().availableProcessors() == 1;

    /** A look takes 25 to 50 nanoseconds on x86, to be woken some twenty microseconds. */
    private static final int MOST = ALONE ? 0 : 400;

    private Looks() {}

    /** Whether {@code come} has become true before looking ceased to be worth while. */
    public static boolean until(BooleanSupplier come) {
        for (int look = 0; look < MOST; look++) {
            if (come.getAsBoolean()) {
                return true;
            }
            Thread.onSpinWait();
        }
        return false;
    }
}
