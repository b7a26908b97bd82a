package io.conveyor.spring.test;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.test.autoconfigure.OverrideAutoConfiguration;
import org.springframework.boot.test.context.filter.annotation.TypeExcludeFilters;
import org.springframework.context.annotation.ComponentScan.Filter;
import org.springframework.core.annotation.AliasFor;
import org.springframework.test.context.BootstrapWith;
import org.springframework.test.context.junit.jupiter.SpringExtension;

/**
 * Tests what an application does with Conveyor: only Conveyor is configured, of the application's own components only those that are asked for. The
 * default store and its journal lie in a directory that is deleted with the test context, whatever the application's configuration says, unless the test
 * itself sets {@code conveyor.posix.root} or another backend among its {@link #properties} or in a file that it names.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Inherited
@BootstrapWith(ConveyorTestContextBootstrapper.class)
@ExtendWith(SpringExtension.class)
@OverrideAutoConfiguration(enabled = false)
@TypeExcludeFilters(ConveyorTypeExcludeFilter.class)
@AutoConfigureConveyor
@ImportAutoConfiguration
public @interface ConveyorTest {

    /** Properties of the environment, such as {@code conveyor.workers=2}. */
    String[] properties() default {};

    /** Whether the filters that leave components out are used. */
    boolean useDefaultFilters() default true;

    /** Components that are found nevertheless. */
    Filter[] includeFilters() default {};

    /** Components that are left out. */
    Filter[] excludeFilters() default {};

    /** Auto-configurations that are left out. */
    @AliasFor(annotation = ImportAutoConfiguration.class, attribute = "exclude")
    Class<?>[] excludeAutoConfiguration() default {};
}
