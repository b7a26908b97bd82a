package io.conveyor.spi;

import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.ConflictResolution;
import io.conveyor.Whence;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What forwards forwards everything: each method to its own like, with what it was given, and answers what it was answered. */
class ForwardingTest {

    /** One of each kind that is given or answered. */
    private static final List<Object> EXAMPLES = List.of(
            3,
            4L,
            true,
            "text",
            Set.of(),
            ByteBuffer.allocate(1),
            new ByteBuffer[0],
            Whence.END,
            ConflictResolution.DISCARD,
            Optional.empty(),
            StorageHandle.Resumed.UNFINISHED,
            StorageCapabilities.builder().build());

    private final List<@Nullable Object> seen = new ArrayList<>();

    private static Stream<Named<Method>> methods() {
        return Stream.of(StorageBackend.class, StorageHandle.class)
                .flatMap(type -> Arrays.stream(type.getMethods()))
                .filter(method -> !Modifier.isStatic(method.getModifiers()) && !method.isBridge())
                .map(method -> Named.of(method.toString(), method));
    }

    @ParameterizedTest
    @MethodSource("methods")
    void eachMethodIsForwardedToItsOwnLike(Method method) throws Exception {
        @Nullable
        Object[] arguments = Arrays.stream(method.getParameterTypes())
                .map(ForwardingTest::example)
                .toArray();
        Object answer = example(method.getReturnType());
        Object forwarding = StorageBackend.class.isAssignableFrom(method.getDeclaringClass())
                ? new ForwardingStorageBackend(recording(StorageBackend.class, answer)) {}
                : new ForwardingStorageHandle(recording(StorageHandle.class, answer)) {};

        assertThat(method.invoke(forwarding, arguments)).isEqualTo(answer);

        List<@Nullable Object> expected = new ArrayList<>();
        expected.add(method.getName());
        expected.add(List.of(method.getParameterTypes()));
        expected.addAll(Arrays.asList(arguments));
        assertThat(seen).isEqualTo(expected);
    }

    private <T> T recording(Class<T> type, @Nullable Object answer) {
        return type.cast(
                Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    seen.add(method.getName());
                    seen.add(List.of(method.getParameterTypes()));
                    seen.addAll(arguments == null ? List.of() : Arrays.asList(arguments));
                    return answer;
                }));
    }

    private static @Nullable Object example(Class<?> type) {
        Class<?> wanted = MethodType.methodType(type).wrap().returnType();
        return EXAMPLES.stream().filter(wanted::isInstance).findFirst().orElse(null);
    }
}
