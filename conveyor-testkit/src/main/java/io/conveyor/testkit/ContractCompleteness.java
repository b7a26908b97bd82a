package io.conveyor.testkit;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Test;

/**
 * Finds cases of a contract that an implementation lost. JUnit does not inherit {@code @Test} of a method that is overridden, so an override
 * without it silently drops the case; and a case that is switched off has to say why.
 */
public final class ContractCompleteness {

    private ContractCompleteness() {}

    /**
     * Checks that each test method of each superclass of {@code implementation} still is one there, or is disabled with a reason.
     *
     * @throws AssertionError names the methods that are not
     */
    public static void check(Class<?> implementation) {
        Map<String, Method> cases = new TreeMap<>();
        for (Class<?> type = implementation.getSuperclass(); type != null; type = type.getSuperclass()) {
            for (Method method : type.getDeclaredMethods()) {
                if (method.isAnnotationPresent(Test.class) && !method.isSynthetic()) {
                    cases.putIfAbsent(nameOf(method), method);
                }
            }
        }
        if (cases.isEmpty()) {
            throw new AssertionError(implementation.getName() + " inherits no test method; does it extend a contract?");
        }
        List<String> lost = new ArrayList<>();
        cases.forEach((name, method) -> {
            Method effective = effective(implementation, method);
            if (!effective.isAnnotationPresent(Test.class)) {
                lost.add(name + " is overridden without @Test");
            }
            Disabled disabled = effective.getAnnotation(Disabled.class);
            if (disabled != null && disabled.value().isBlank()) {
                lost.add(name + " is disabled without a reason");
            }
        });
        if (!lost.isEmpty()) {
            throw new AssertionError(implementation.getName() + " loses cases of its contract: " + lost);
        }
    }

    private static String nameOf(Method method) {
        return method.getName() + Arrays.toString(method.getParameterTypes());
    }

    private static Method effective(Class<?> implementation, Method method) {
        for (Class<?> type = implementation; type != method.getDeclaringClass(); type = type.getSuperclass()) {
            for (Method candidate : type.getDeclaredMethods()) {
                if (!candidate.isSynthetic()
                        && !Modifier.isStatic(candidate.getModifiers())
                        && nameOf(candidate).equals(nameOf(method))) {
                    return candidate;
                }
            }
        }
        return method;
    }
}
