@NullMarked
package io.conveyor.samples.cloudaws;

import org.jspecify.annotations.NullMarked;
