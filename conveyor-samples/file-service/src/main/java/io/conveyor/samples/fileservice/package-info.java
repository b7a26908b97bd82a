/**
 * Stores and serves files over HTTP, in constant memory whatever their size.
 *
 * <table>
 * <caption>Requests</caption>
 * <tr><td>{@code PUT /files/<key>}</td><td>stores the body; the old file stays until the new one is complete</td></tr>
 * <tr><td>{@code POST /files/<key>}</td><td>appends the body; answered when it is in storage</td></tr>
 * <tr><td>{@code GET /files/<key>}</td><td>the file, or with {@code Range} parts of it</td></tr>
 * <tr><td>{@code DELETE /files/<key>}</td><td>removes it</td></tr>
 * <tr><td>{@code GET /files?prefix=&after=&limit=}</td><td>lists keys in order</td></tr>
 * </table>
 */
@NullMarked
package io.conveyor.samples.fileservice;

import org.jspecify.annotations.NullMarked;
