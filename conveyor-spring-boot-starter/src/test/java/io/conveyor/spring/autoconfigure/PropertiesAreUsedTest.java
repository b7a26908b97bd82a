package io.conveyor.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import java.beans.PropertyDescriptor;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.asm.ClassReader;
import org.springframework.asm.ClassVisitor;
import org.springframework.asm.Handle;
import org.springframework.asm.MethodVisitor;
import org.springframework.asm.SpringAsmInfo;
import org.springframework.asm.Type;
import org.springframework.beans.BeanUtils;

/** A property that is bound, described and checked, and then read by nobody, would change nothing in silence. */
class PropertiesAreUsedTest {

    private static final Set<String> READ = new HashSet<>();

    @BeforeAll
    static void collect() throws IOException {
        for (Class<?> reader : new Class<?>[] {
            PosixModule.class, S3Assembly.class, S3Connection.class, S3EncryptionAssembly.class, HdfsAssembly.class
        }) {
            collect(reader);
        }
    }

    private static void collect(Class<?> reader) throws IOException {
        String file = reader.getSimpleName() + ".class";
        try (InputStream in = Objects.requireNonNull(reader.getResourceAsStream(file), file)) {
            new ClassReader(in)
                    .accept(
                            new ClassVisitor(SpringAsmInfo.ASM_VERSION) {
                                @Override
                                public MethodVisitor visitMethod(
                                        int access,
                                        String name,
                                        String descriptor,
                                        @Nullable String signature,
                                        String @Nullable [] exceptions) {
                                    return new Calls();
                                }
                            },
                            ClassReader.SKIP_DEBUG);
        }
    }

    /** Methods that are called, and those that are referred to. */
    private static final class Calls extends MethodVisitor {

        Calls() {
            super(SpringAsmInfo.ASM_VERSION);
        }

        @Override
        public void visitMethodInsn(int opcode, String owner, String name, String descriptor, boolean isInterface) {
            READ.add(owner + "#" + name);
        }

        @Override
        public void visitInvokeDynamicInsn(String name, String descriptor, Handle bootstrap, Object... arguments) {
            Arrays.stream(arguments)
                    .filter(Handle.class::isInstance)
                    .map(Handle.class::cast)
                    .forEach(handle -> READ.add(handle.getOwner() + "#" + handle.getName()));
        }
    }

    static Stream<String> propertiesOfBackends() {
        return Stream.of(StoreProperties.Posix.class, S3Properties.class, S3Properties.Ssl.class, HdfsProperties.class)
                .flatMap(type -> Arrays.stream(BeanUtils.getPropertyDescriptors(type))
                        .map(PropertyDescriptor::getReadMethod)
                        .filter(getter -> !getter.getName().equals("getClass"))
                        .map(getter -> Type.getInternalName(type) + "#" + getter.getName()));
    }

    @ParameterizedTest
    @MethodSource("propertiesOfBackends")
    void everyOneIsReadWhenItsBackendIsMade(String getter) {
        assertThat(READ).contains(getter);
    }
}
