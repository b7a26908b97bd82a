@NullMarked
package io.conveyor.samples.fileservice;

import org.jspecify.annotations.NullMarked;
