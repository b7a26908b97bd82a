package io.conveyor.backend.posix;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.testkit.KillScript;
import io.conveyor.testkit.LifeScript;
import java.io.IOException;

/** What a process does until it is killed. */
enum KilledWork {

    /** Writes and cuts objects that stay open. */
    WRITES {
        @Override
        Step begin(ConveyorFactory factory, long seed) throws IOException {
            Conveyor[] conveyors = new Conveyor[OBJECTS];
            for (int i = 0; i < OBJECTS; i++) {
                conveyors[i] = factory.open(KillScript.key(i), CREATE, WRITE);
            }
            KillScript script = new KillScript(seed, OBJECTS);
            return () -> script.step(conveyors);
        }

        @Override
        void requireContents(long seed, long acknowledged, byte[][] found) {
            KillScript script = new KillScript(seed, OBJECTS);
            for (long i = 0; i < acknowledged; i++) {
                script.step();
            }
            script.requireContents(found);
        }
    },

    /** Flushes, closes, opens again and replaces objects, too. */
    LIVES {
        @Override
        Step begin(ConveyorFactory factory, long seed) throws IOException {
            Conveyor[] conveyors = LifeScript.open(factory, OBJECTS);
            LifeScript script = new LifeScript(seed, OBJECTS);
            return () -> script.step(factory, conveyors);
        }

        @Override
        void requireContents(long seed, long acknowledged, byte[][] found) {
            LifeScript script = new LifeScript(seed, OBJECTS);
            for (long i = 0; i < acknowledged; i++) {
                script.step();
            }
            script.requireContents(found);
        }
    };

    static final int OBJECTS = 3;

    /** Does a little more. */
    interface Step {

        /** Does it; it may be acknowledged afterwards. */
        void take() throws IOException;
    }

    /** In the process that is to be killed: what it does. */
    abstract Step begin(ConveyorFactory factory, long seed) throws IOException;

    /** Requires that the objects hold what the acknowledged steps have left, and at most the next one. */
    abstract void requireContents(long seed, long acknowledged, byte[][] found);
}
