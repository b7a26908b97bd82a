/** Test support: a slice of an application with Conveyor alone, over a temporary store. */
@NullMarked
package io.conveyor.spring.test;

import org.jspecify.annotations.NullMarked;
