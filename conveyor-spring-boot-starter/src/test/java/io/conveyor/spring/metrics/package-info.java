@NullMarked
package io.conveyor.spring.metrics;

import org.jspecify.annotations.NullMarked;
