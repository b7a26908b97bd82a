/**
 * Storage on a POSIX file system: a key is a path below one root directory.
 *
 * <p>Start at {@link io.conveyor.backend.posix.PosixBackend}. The rest is how it keeps its word:
 *
 * <ul>
 *   <li>{@code DirectoryTree}, {@code Directory}: no key, and no symbolic link, leads out of the root. Every component is opened relative to
 *       the directory above it and never followed, so the check happens at use, not before.
 *   <li>{@code ReopeningChannel}: an interrupt closes a {@link java.nio.channels.FileChannel} under everybody; here it closes one
 *       descriptor, and the next call opens another on the same file.
 *   <li>{@code Draft}: whole-object replacement by a temporary sibling.
 *   <li>{@code WriterLock}: the optional lock among processes.
 *   <li>{@code PosixErrors}: the one place where the platform's exceptions become ours.
 * </ul>
 */
@NullMarked
package io.conveyor.backend.posix;

import org.jspecify.annotations.NullMarked;
