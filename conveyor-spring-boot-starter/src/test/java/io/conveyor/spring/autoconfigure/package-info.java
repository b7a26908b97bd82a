@NullMarked
package io.conveyor.spring.autoconfigure;

import org.jspecify.annotations.NullMarked;
