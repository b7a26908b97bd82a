/**
 * Stored objects as Spring resources: {@code conveyor:reports/today.csv} in the default store, {@code conveyor://archive/reports/today.csv} in the one
 * that is called {@code archive}. They work wherever Spring takes a location, ask the store only when they are used, and so need no order among beans that are
 * made. Among those that are destroyed they do: nothing tells Spring who uses a resource, so a bean that does so in its {@code @PreDestroy} method names the
 * store's bean by {@code @DependsOn}, or has the {@code ConveyorFactory} injected.
 */
@NullMarked
package io.conveyor.spring.resource;

import org.jspecify.annotations.NullMarked;
