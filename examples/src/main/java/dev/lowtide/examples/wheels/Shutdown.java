package dev.lowtide.examples.wheels;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.CountDownLatch;

/**
 * Lets a run end in order when the process is told to end, by SIGINT or SIGTERM: what may be cut
 * short is interrupted, the clean-up is not, and the process ends when the run is closed. Its exit
 * code is then the one that the JVM gives, 130 or 143.
 *
 * <p>Belongs to the thread that opened it.
 */
final class Shutdown implements AutoCloseable {
  private final Thread worker = Thread.currentThread();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread hook = new Thread(this::end, "lowtide-shutdown");
  private final Runnable onRequest;
  private boolean requested;
  private boolean interruptible;

  /** Something that may be cut short. */
  interface Work<T> {
    T run() throws IOException;
  }

  /**
   * @param onRequest called once when the process is told to end, in another thread
   */
  Shutdown(Runnable onRequest) {
    this.onRequest = onRequest;
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /**
   * Does work that may be cut short.
   *
   * @throws InterruptedIOException if it was, or if the process had been told to end before
   */
  <T> T interruptibly(Work<T> work) throws IOException {
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

  private void end() {
    onRequest.run();
    synchronized (this) {
      requested = true;
      if (interruptible) {
        worker.interrupt();
      }
    }
    try {
      closed.await();
    } catch (InterruptedException e) {
      // nobody interrupts a shutdown hook; then the process just ends
    }
  }

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
