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
 * Opens or reads what may hang, and does not wait for it longer than until a deadline.
 *
 * <p>Nothing can take a thread out of a hanging open(2). It is left behind, asleep in the kernel,
 * and closes what it gets if the open returns after all.
 */
final class Deadline {
  /** An open takes microseconds, or as long as the server of a remote file system takes. */
  static final Duration OPEN = Duration.ofSeconds(10);

  private static final ExecutorService THREADS =
      Executors.newCachedThreadPool(
          new ThreadFactoryBuilder().setDaemon(true).setNameFormat("lowtide-open-%d").build());

  private Deadline() {}

  interface Work<T> {
    T result() throws IOException;
  }

  /** Thrown when it took too long. */
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

  /** Closes what can be closed only when an open in it has returned, if ever. */
  static void closeWithoutWaiting(Closeable stream) {
    THREADS.execute(
        () -> {
          try {
            stream.close();
          } catch (IOException e) {
            // nothing was written to it
          }
        });
  }

  /**
   * Waits for a result, however often the thread is interrupted. One that comes too late is closed
   * if it can be.
   *
   * @param path for the message
   * @throws MissedException if it takes too long
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
      return result.join(); // it came in this very moment
    } catch (ExecutionException e) {
      Throwable cause = requireNonNull(e.getCause());
      Throwables.throwIfInstanceOf(cause, IOException.class);
      Throwables.throwIfUnchecked(cause);
      throw new IllegalStateException(cause);
    }
  }
}
