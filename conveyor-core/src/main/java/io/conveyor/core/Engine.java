package io.conveyor.core;

import io.conveyor.core.memory.SegmentPool;
import io.conveyor.core.worker.CallWatch;
import io.conveyor.core.worker.Timer;
import io.conveyor.core.worker.WorkerGroup;
import io.conveyor.spi.TimeSource;
import java.util.concurrent.ThreadFactory;
import java.util.random.RandomGenerator;

/**
 * What all conveyors of a factory share.
 *
 * @param pool the memory
 * @param workers who makes storage calls
 * @param timer who remembers what is due
 * @param watch who notices that a call takes too long
 * @param threads where threads come from; what it gives has neither a name nor a daemon's status yet
 * @param time what the time is, also for those who wait while no thread can be had
 * @param random jitter
 * @param listener who is told
 */
record Engine(
        SegmentPool pool,
        WorkerGroup workers,
        Timer timer,
        CallWatch watch,
        ThreadFactory threads,
        TimeSource time,
        RandomGenerator random,
        ConveyorListener listener) {}
