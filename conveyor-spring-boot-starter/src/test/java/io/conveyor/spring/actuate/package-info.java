@NullMarked
package io.conveyor.spring.actuate;

import org.jspecify.annotations.NullMarked;
