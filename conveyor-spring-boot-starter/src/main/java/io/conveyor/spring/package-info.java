/** Conveyor in a Spring Boot application. */
@NullMarked
package io.conveyor.spring;

import org.jspecify.annotations.NullMarked;
