/** The rules of the house: which module and package may know which, and habits that no compiler checks. */
@NullMarked
package io.conveyor.architecture;

import org.jspecify.annotations.NullMarked;
