package io.conveyor.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.ConveyorFactory;
import io.conveyor.spring.RecordingFactory;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.scheduling.concurrent.ExecutorConfigurationSupport;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;

@Timeout(60)
class ConveyorLifecycleTest {

    /** Where Spring Boot's web server finishes the requests it has accepted, and where it stops. */
    private static final int WEB_GRACEFUL_SHUTDOWN = SmartLifecycle.DEFAULT_PHASE - 1024;

    private static final int WEB_STOP = SmartLifecycle.DEFAULT_PHASE - 2048;

    private final List<String> events = new CopyOnWriteArrayList<>();
    private final RecordingFactory factory = new RecordingFactory(events);

    @Test
    void flushesAfterWebServerAndExecutorsHaveStoppedAndBeforeBeansAreDestroyed() {
        try (var context = new AnnotationConfigApplicationContext()) {
            context.registerBean("default", SmartLifecycle.class, () -> stopping(SmartLifecycle.DEFAULT_PHASE, "app"));
            context.registerBean("grace", SmartLifecycle.class, () -> stopping(WEB_GRACEFUL_SHUTDOWN, "last request"));
            context.registerBean("web", SmartLifecycle.class, () -> stopping(WEB_STOP, "web server"));
            context.registerBean(ThreadPoolTaskExecutor.class, this::recordingExecutor);
            context.registerBean(ConveyorFactory.class, () -> factory);
            context.registerBean(ConveyorLifecycle.class, () -> lifecycle(Duration.ofSeconds(50)));
            context.refresh();
        }

        assertThat(events).containsExactly("app", "last request", "web server", "executor", "flush", "close");
    }

    /** In the same phase all are stopped at once: a task could write after the flush. */
    @Test
    void belongsToALaterPhaseThanTheExecutors() {
        assertThat(lifecycle(Duration.ofSeconds(50)).getPhase())
                .isLessThan(ExecutorConfigurationSupport.DEFAULT_PHASE)
                .isLessThan(new ThreadPoolTaskExecutor().getPhase());
    }

    private ThreadPoolTaskExecutor recordingExecutor() {
        return new ThreadPoolTaskExecutor() {

            private static final long serialVersionUID = 1L;

            @Override
            public void stop(Runnable callback) {
                events.add("executor");
                super.stop(callback);
            }
        };
    }

    private SmartLifecycle stopping(int phase, String event) {
        return new SmartLifecycle() {

            private volatile boolean running;

            @Override
            public void start() {
                running = true;
            }

            @Override
            public void stop() {
                events.add(event);
                running = false;
            }

            @Override
            public boolean isRunning() {
                return running;
            }

            @Override
            public int getPhase() {
                return phase;
            }
        };
    }

    @Test
    void stopsAndStartsAgain() {
        ConveyorLifecycle lifecycle = lifecycle(Duration.ofSeconds(50));

        lifecycle.start();
        lifecycle.stop();
        assertThat(lifecycle.isRunning()).isFalse();
        lifecycle.start();
        assertThat(lifecycle.isRunning()).isTrue();
        lifecycle.stop();

        assertThat(events).containsExactly("flush", "flush");
    }

    @Test
    void isLeftAloneWhenATestContextIsPaused() {
        assertThat(lifecycle(Duration.ofSeconds(50)).isPauseable()).isFalse();
    }

    @Test
    @ExtendWith(OutputCaptureExtension.class)
    void givesUpAFlushThatDoesNotEndAndSaysSo(CapturedOutput output) throws InterruptedException {
        CountDownLatch interrupted = new CountDownLatch(1);
        factory.onFlush(self -> awaitInterrupt(interrupted));
        ConveyorLifecycle lifecycle = lifecycle(Duration.ofMillis(1));

        lifecycle.start();
        lifecycle.stop();

        assertThat(lifecycle.isRunning()).isFalse();
        assertThat(output).contains("was not flushed within PT0.001S").contains("0 bytes");
        interrupted.await();
    }

    private static void awaitInterrupt(CountDownLatch interrupted) {
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException expected) {
            interrupted.countDown();
        }
    }

    @Test
    @ExtendWith(OutputCaptureExtension.class)
    void aFailedFlushIsLoggedAndKeepsNobodyFromStopping(CapturedOutput output) {
        factory.onFlush(self -> {
            throw new IOException("the disk is full");
        });
        ConveyorLifecycle lifecycle = lifecycle(Duration.ofSeconds(50));

        lifecycle.start();
        lifecycle.stop();

        assertThat(lifecycle.isRunning()).isFalse();
        assertThat(output).contains("could not be flushed").contains("the disk is full");
    }

    @Test
    void oneHungFactoryDoesNotKeepAnotherFromBeingFlushed() {
        RecordingFactory healthy = new RecordingFactory();
        CountDownLatch healthyFlushed = new CountDownLatch(1);
        healthy.onFlush(self -> healthyFlushed.countDown());
        factory.onFlush(self -> awaitUninterruptibly(healthyFlushed));
        ConveyorLifecycle lifecycle = new ConveyorLifecycle(List.of(factory, healthy), Duration.ofSeconds(50));

        lifecycle.start();
        lifecycle.stop();

        assertThat(healthy.events()).containsExactly("flush");
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private ConveyorLifecycle lifecycle(Duration timeout) {
        return new ConveyorLifecycle(List.of(factory), timeout);
    }
}
