@NullMarked
package io.conveyor.spring.resource;

import org.jspecify.annotations.NullMarked;
