package io.conveyor.spring.test;

import org.springframework.boot.test.autoconfigure.TestSliceTestContextBootstrapper;

/** Starts the context of a {@link ConveyorTest}. */
class ConveyorTestContextBootstrapper extends TestSliceTestContextBootstrapper<ConveyorTest> {}
