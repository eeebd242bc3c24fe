package dev.lowtide.cli;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.CountDownLatch;

/**
 * Lets work end in order when the process is told to end, as by SIGINT or SIGTERM: what may be cut
 * short is interrupted, the clean-up after it is not, and the process ends when this is closed.
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
 * 143 for SIGTERM. This is a {@linkplain Runtime#addShutdownHook shutdown hook}, and so of no use
 * against SIGKILL, and {@link System#exit} while this is open waits for the close: the thread that
 * is to close this must not call it.
 *
 * <p>Belongs to the thread that opened it, which alone may use and close it.
 */
public final class GracefulShutdown implements AutoCloseable {
  private final Thread worker = Thread.currentThread();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread hook = new Thread(this::awaitClose, "lowtide-shutdown");
  private final Runnable onRequest;
  private boolean requested;
  private boolean interruptible;

  /** Something that may be cut short. */
  @FunctionalInterface
  public interface Work<T> {
    /**
     * Does it; where the thread is interrupted, ends early with an {@link InterruptedIOException}.
     */
    T run() throws IOException;
  }

  /**
   * Begins to hold the end of the process up.
   *
   * @param onRequest called once when the process is told to end, in another thread and before
   *     anything is interrupted
   * @throws IllegalStateException if the process is ending already
   */
  public GracefulShutdown(Runnable onRequest) {
    this.onRequest = onRequest;
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /**
   * Does work that may be cut short. An interrupt is forgotten afterwards, so that it cannot hit
   * the clean-up. Not to be called within such work.
   *
   * @throws InterruptedIOException if the process had been told to end before; the work was not
   *     begun
   * @throws IOException what the work throws
   */
  public <T> T interruptibly(Work<T> work) throws IOException {
    synchronized (this) {
      if (requested) {
        throw new InterruptedIOException("The process was told to end");
      }
      interruptible = true;
    }
    try {
      return work.run();
    } finally {
      synchronized (this) {
        interruptible = false;
        Thread.interrupted(); // an interrupt was meant for the work, not for what comes after it
      }
    }
  }

  /** What the hook does first. */
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
        // nobody interrupts a shutdown hook; then the process just ends
      }
    }
  }

  /** Lets the process end, if it was told to. */
  @Override
  public void close() {
    closed.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // it is running
    }
  }
}
