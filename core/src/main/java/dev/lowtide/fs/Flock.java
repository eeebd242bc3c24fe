package dev.lowtide.fs;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Takes locks as flock(2) does, which is what cargo, uv and pre-commit take. {@link
 * java.nio.channels.FileChannel#lock} takes another kind, POSIX locks: on Linux the two do not see
 * each other.
 *
 * <p>Implementations are safe for use by many threads.
 */
@FunctionalInterface
public interface Flock {

  /**
   * Takes the exclusive lock of a file, without waiting. The file is neither created nor changed,
   * and a symbolic link is not followed.
   *
   * @return what lets go of it; empty if another process holds one
   * @throws java.io.InterruptedIOException if the thread is interrupted; nothing is held then
   * @throws IOException if it cannot be told
   */
  Optional<Closeable> tryLock(Path file) throws IOException;
}
