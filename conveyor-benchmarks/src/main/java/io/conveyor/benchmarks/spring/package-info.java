/** What the Spring Boot starter adds to a conveyor's cost. */
@NullMarked
package io.conveyor.benchmarks.spring;

import org.jspecify.annotations.NullMarked;
