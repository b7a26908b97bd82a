/** Connection details of stores that run in containers, for tests and for development. */
@NullMarked
package io.conveyor.spring.connection;

import org.jspecify.annotations.NullMarked;
