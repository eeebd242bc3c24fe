package dev.lowtide.cli;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.CountDownLatch;

/**
 * Delays the end of the process after a signal such as SIGINT or SIGTERM until the clean-up is
 * done. Work that may stop early is interrupted, the clean-up after it is not. The process ends
 * when this object is closed.
 *
 * <pre>{@code
 * try (GracefulShutdown shutdown = new GracefulShutdown(() -> log.warn("Cleaning up before the end"))) {
 *   try {
 *     shutdown.interruptibly(() -> build(directory));
 *   } finally {
 *     lowtide.apply(lowtide.plan(target));
 *   }
 * }
 * }</pre>
 *
 * <p>The exit code is then the one that the JVM gives, 128 and the signal's number: 130 for SIGINT,
 * 143 for SIGTERM. This is a {@linkplain Runtime#addShutdownHook shutdown hook}: it does not run
 * after SIGKILL. {@link System#exit} waits until this object is closed, so the thread that closes
 * it must not call that method.
 *
 * <p>Only the thread that created the object may use and close it.
 */
public final class GracefulShutdown implements AutoCloseable {
  private final Thread worker = Thread.currentThread();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread hook = new Thread(this::awaitClose, "lowtide-shutdown");
  private final Runnable onRequest;
  private boolean requested;
  private boolean interruptible;

  /** Work that may be interrupted. */
  @FunctionalInterface
  public interface Work<T> {
    /** Does the work. Throws {@link InterruptedIOException} if the thread is interrupted. */
    T run() throws IOException;
  }

  /**
   * Begins to delay the end of the process.
   *
   * @param onRequest called once after a signal, in another thread, before the work is interrupted
   * @throws IllegalStateException if the process is already ending
   */
  public GracefulShutdown(Runnable onRequest) {
    this.onRequest = onRequest;
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /**
   * Does work that may be interrupted. Clears the interrupt afterwards, so that it does not affect
   * the clean-up. The work must not call this method.
   *
   * @throws InterruptedIOException if a signal arrived earlier; the work is then not started
   * @throws IOException if the work throws one
   */
  public <T> T interruptibly(Work<T> work) throws IOException {
    synchronized (this) {
      if (requested) {
        throw new InterruptedIOException("The process received a signal to end");
      }
      interruptible = true;
    }
    try {
      return work.run();
    } finally {
      synchronized (this) {
        interruptible = false;
        Thread.interrupted(); // it was for the work, not for the clean-up
      }
    }
  }

  /** Interrupts the work; the first step of the hook. */
  void request() {
    try {
      onRequest.run();
    } finally {
      synchronized (this) {
        requested = true;
        if (interruptible) {
          worker.interrupt();
        }
      }
    }
  }

  private void awaitClose() {
    try {
      request();
    } finally {
      try {
        closed.await();
      } catch (InterruptedException e) {
        // not expected in a shutdown hook; the process ends without waiting
      }
    }
  }

  /** Stops delaying the end of the process. */
  @Override
  public void close() {
    closed.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // the hook is running
    }
  }
}
