/**
 * The journal: the write log on mapped files, and how it is read after its process has died. {@code docs/journal.md} has the picture of the bytes,
 * what is written when, and what recovery does in each state.
 *
 * <pre>
 *   conveyor (under its lock)              files of one owner                    after its death
 *   +-----------------------+   take       +-----------------------+   read      +---------------+
 *   | WriteLog              | &lt;----------- | JournalSpace          | ----------&gt; | StoredJournal |
 *   |   +-- ConveyorJournal | -----------&gt; |   tables and segments |             |   entries     |
 *   +-----------------------+   recycle    +-----------------------+             +---------------+
 * </pre>
 *
 * <p><b>Layout and algorithm are apart.</b> {@link io.conveyor.core.journal.TableHeader}, {@link io.conveyor.core.journal.FreshTable} (what it is written by), {@link
 * io.conveyor.core.journal.Entries}, {@link
 * io.conveyor.core.journal.Cell} and {@link io.conveyor.core.journal.Publication} turn bytes into values and back, and know nothing of files. What
 * comes from a file is checked there before anybody uses it.
 *
 * <p><b>Order.</b> A state, a cell or a slot's number is stored with release semantics after what it speaks of. A process that is killed has
 * executed a prefix of its stores, and the page cache is the kernel's; so what a state says is true whenever the process ends.
 */
@NullMarked
package io.conveyor.core.journal;

import org.jspecify.annotations.NullMarked;
