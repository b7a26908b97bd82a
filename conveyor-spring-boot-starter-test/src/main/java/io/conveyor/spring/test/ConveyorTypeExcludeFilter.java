package io.conveyor.spring.test;

import org.springframework.boot.test.context.filter.annotation.StandardAnnotationCustomizableTypeExcludeFilter;

/** Leaves the application's components out of a {@link ConveyorTest}, but for those that it includes. */
final class ConveyorTypeExcludeFilter extends StandardAnnotationCustomizableTypeExcludeFilter<ConveyorTest> {

    /** For Spring Boot. */
    ConveyorTypeExcludeFilter(Class<?> testClass) {
        super(testClass);
    }
}
