/** Two stores in one application: new files come into the default one, and {@code ArchiveApplication} moves them to the one called archive. */
@NullMarked
package io.conveyor.samples.namedstores;

import org.jspecify.annotations.NullMarked;
