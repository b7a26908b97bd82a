@NullMarked
package io.conveyor.spring.docs;

import org.jspecify.annotations.NullMarked;
