package io.conveyor.core.worker;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** Says what happened, for those who must go on whether it can be said or not: where memory is out a message may fail, too. Any thread may call it. */
public final class Remarks {

    private Remarks() {}

    /** Warns of {@code what}, whose {@code {}} is {@code whose}. Does not throw. */
    public static void warn(Logger log, String what, @Nullable Object whose, Throwable why) {
        try {
            log.warn(what, whose, why);
        } catch (Throwable unsaid) {
            // the caller goes on
        }
    }

    /** As {@link #warn}, for what is a fault. Does not throw. */
    public static void error(Logger log, String what, @Nullable Object whose, Throwable why) {
        try {
            log.error(what, whose, why);
        } catch (Throwable unsaid) {
            // the caller goes on
        }
    }
}
