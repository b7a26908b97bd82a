@NullMarked
package io.conveyor.spring.connection;

import org.jspecify.annotations.NullMarked;
