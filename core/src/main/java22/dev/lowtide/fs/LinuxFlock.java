package dev.lowtide.fs;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Takes locks by calling flock(2), without a program such as flock(1). Programs that this process
 * starts do not inherit the descriptor, so that no lock outlives this process.
 */
final class LinuxFlock implements Flock {
  // <sys/file.h>, Linux 6.1
  private static final int LOCK_EX_NB = 2 | 4;

  @Override
  public Optional<Closeable> tryLock(Path file) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      Libc.Calls calls = new Libc.Calls();
      MemorySegment name = Libc.nulTerminated(file, arena);
      // Without O_NONBLOCK, opening a FIFO for reading would wait for a writer
      int flags = Libc.O_NOFOLLOW | Libc.O_NOCTTY | Libc.O_NONBLOCK | Libc.O_CLOEXEC;
      int descriptor = calls.open(Libc.AT_FDCWD, name, flags);
      if (descriptor < 0) {
        throw Errno.exception(file, -descriptor);
      }
      int locked = calls.flock(descriptor, LOCK_EX_NB);
      if (locked == 0) {
        AtomicBoolean held = new AtomicBoolean(true);
        return Optional.of(
            () -> {
              // A second close would close a file that another thread has opened since then
              if (held.getAndSet(false)) {
                // Not the calls above: another thread may be closing this, and must not use them
                new Libc.Calls().close(descriptor);
              }
            });
      }
      calls.close(descriptor);
      if (locked == -Errno.EWOULDBLOCK) {
        return Optional.empty();
      }
      throw Errno.exception(file, -locked);
    }
  }
}
