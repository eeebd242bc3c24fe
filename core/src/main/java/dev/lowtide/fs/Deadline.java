package dev.lowtide.fs;

import static java.util.Objects.requireNonNull;

import com.google.common.base.Throwables;
import com.google.common.util.concurrent.ThreadFactoryBuilder;
import com.google.common.util.concurrent.Uninterruptibles;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeoutException;

/**
 * Runs file-system calls that may hang, and stops waiting for them after a time limit.
 *
 * <p>A thread that hangs in open(2) cannot be interrupted. It is abandoned, blocked in the kernel;
 * if the open returns after all, the thread closes the result.
 */
final class Deadline {
  /**
   * The time limit for opening a file: a local open takes microseconds, a remote one depends on its
   * server.
   */
  static final Duration OPEN = Duration.ofSeconds(10);

  private static final ExecutorService THREADS =
      Executors.newCachedThreadPool(
          new ThreadFactoryBuilder().setDaemon(true).setNameFormat("lowtide-open-%d").build());

  private Deadline() {}

  interface Work<T> {
    T result() throws IOException;
  }

  /** Thrown when the work does not end within the time limit. */
  static final class MissedException extends FileSystemException {
    private static final long serialVersionUID = 1L;

    private MissedException(Path path, Duration limit) {
      super(
          path.toString(),
          null,
          "it did not respond within "
              + limit.toMillis()
              + " ms; check whether its file system responds");
    }
  }

  /**
   * Closes a stream on another thread, since the close may block until an open in the stream
   * returns, possibly forever.
   */
  static void closeWithoutWaiting(Closeable stream) {
    THREADS.execute(
        () -> {
          try {
            stream.close();
          } catch (IOException e) {
            // nothing was written to the stream
          }
        });
  }

  /**
   * Runs work on another thread and waits for its result, ignoring interrupts. A result that
   * arrives too late is closed if it is closeable.
   *
   * @param path for the message
   * @throws MissedException if the work does not end within the limit
   */
  static <T> T call(Path path, Duration limit, Work<T> work) throws IOException {
    CompletableFuture<T> result = new CompletableFuture<>();
    THREADS.execute(
        () -> {
          try {
            T found = work.result();
            if (!result.complete(found) && found instanceof Closeable late) {
              late.close();
            }
          } catch (IOException | RuntimeException | Error e) {
            result.completeExceptionally(e);
          }
        });
    try {
      return Uninterruptibles.getUninterruptibly(result, limit);
    } catch (TimeoutException e) {
      MissedException late = new MissedException(path, limit);
      if (result.completeExceptionally(late)) {
        throw late;
      }
      return result.join(); // the result arrived just as the wait ended
    } catch (ExecutionException e) {
      Throwable cause = requireNonNull(e.getCause());
      Throwables.throwIfInstanceOf(cause, IOException.class);
      Throwables.throwIfUnchecked(cause);
      throw new IllegalStateException(cause);
    }
  }
}
