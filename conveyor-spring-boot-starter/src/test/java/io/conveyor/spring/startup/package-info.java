/** How long an application takes to start: a package of its own, as an application has one. Spring looks through the package of the application, where the starter's classes are not. */
@NullMarked
package io.conveyor.spring.startup;

import org.jspecify.annotations.NullMarked;
