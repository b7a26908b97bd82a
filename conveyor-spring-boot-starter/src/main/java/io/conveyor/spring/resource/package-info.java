/**
 * Stored objects as Spring resources: {@code conveyor:reports/today.csv} in the default store, {@code conveyor://archive/reports/today.csv} in the one
 * that is called {@code archive}. They work wherever Spring takes a location, ask the store only when they are used, and so need no order among beans.
 */
@NullMarked
package io.conveyor.spring.resource;

import org.jspecify.annotations.NullMarked;
