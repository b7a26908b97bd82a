@NullMarked
package io.conveyor.spring.test;

import org.jspecify.annotations.NullMarked;
