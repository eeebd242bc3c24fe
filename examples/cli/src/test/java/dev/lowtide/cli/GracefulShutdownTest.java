package dev.lowtide.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** All but the signal: the test itself does what the JVM's hook does first. */
class GracefulShutdownTest {
  private final List<String> heard = new ArrayList<>();
  private final GracefulShutdown shutdown = new GracefulShutdown(() -> heard.add("end"));

  @AfterEach
  void close() {
    shutdown.close();
  }

  @Test
  void returnsWhatTheWorkReturns() throws Exception {
    assertThat(shutdown.interruptibly(() -> "done")).isEqualTo("done");
    assertThat(heard).isEmpty();
  }

  @Test
  void interruptsTheWorkThatIsUnderWay() throws Exception {
    boolean interrupted =
        shutdown.interruptibly(
            () -> {
              shutdown.request();
              return Thread.currentThread().isInterrupted();
            });

    assertThat(interrupted).isTrue();
    assertThat(heard).containsExactly("end");
  }

  @Test
  void doesNotInterruptWhatComesAfterTheWork() throws Exception {
    shutdown.interruptibly(
        () -> {
          shutdown.request();
          return "interrupted";
        });

    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }

  @Test
  void doesNotInterruptACleanUp() {
    shutdown.request();

    assertThat(Thread.currentThread().isInterrupted()).isFalse();
    assertThat(heard).containsExactly("end");
  }

  @Test
  void startsNoWorkAfterASignal() {
    shutdown.request();

    assertThatThrownBy(() -> shutdown.interruptibly(() -> heard.add("work")))
        .isInstanceOf(InterruptedIOException.class)
        .hasMessageContaining("received a signal");
    assertThat(heard).containsExactly("end");
  }

  @Test
  void heedsTheRequestEvenIfTheMessageAboutItFails() {
    try (GracefulShutdown failing =
        new GracefulShutdown(
            () -> {
              throw new IllegalStateException("no terminal");
            })) {
      assertThatThrownBy(failing::request).hasMessage("no terminal");
      assertThatThrownBy(() -> failing.interruptibly(() -> heard.add("work")))
          .isInstanceOf(InterruptedIOException.class);
    }
    assertThat(heard).isEmpty();
  }
}
