@NullMarked
package io.conveyor.samples.namedstores;

import org.jspecify.annotations.NullMarked;
