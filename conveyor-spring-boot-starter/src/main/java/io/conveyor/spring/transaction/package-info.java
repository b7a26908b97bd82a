/** Objects that are published with a Spring transaction, and dropped with it. */
@NullMarked
package io.conveyor.spring.transaction;

import org.jspecify.annotations.NullMarked;
