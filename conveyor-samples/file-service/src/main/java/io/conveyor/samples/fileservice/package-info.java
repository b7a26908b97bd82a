/** A service that stores and serves files over HTTP. */
@NullMarked
package io.conveyor.samples.fileservice;

import org.jspecify.annotations.NullMarked;
