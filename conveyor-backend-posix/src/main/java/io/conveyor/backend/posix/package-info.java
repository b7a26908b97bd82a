/** Storage on a POSIX file system: a key is a path below one root directory. */
@NullMarked
package io.conveyor.backend.posix;

import org.jspecify.annotations.NullMarked;
