package dev.lowtide.fs;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Takes flock(2) locks, the kind that cargo, uv and pre-commit use. {@link
 * java.nio.channels.FileChannel#lock} takes POSIX locks, another kind: on Linux, the two kinds are
 * independent.
 *
 * <p>Implementations are safe for use by many threads.
 */
@FunctionalInterface
public interface Flock {

  /**
   * Takes the exclusive lock of a file, without waiting. The file is neither created nor changed,
   * and a symbolic link is not followed.
   *
   * @return a handle whose close releases the lock; empty if another process holds a lock
   * @throws java.io.InterruptedIOException if the thread is interrupted; then no lock is held
   * @throws IOException if it cannot be determined whether the file is locked
   */
  Optional<Closeable> tryLock(Path file) throws IOException;
}
