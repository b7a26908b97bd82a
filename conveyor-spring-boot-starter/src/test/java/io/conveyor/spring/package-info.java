@NullMarked
package io.conveyor.spring;

import org.jspecify.annotations.NullMarked;
