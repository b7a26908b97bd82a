@NullMarked
package io.conveyor.spring.transaction;

import org.jspecify.annotations.NullMarked;
