package dev.lowtide.fs;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/** By flock(2) itself. The descriptor is closed in children, so that no lock outlives this one. */
@SuppressWarnings("restricted") // reached only where native access is enabled
final class LinuxFlock implements Flock {
  // Linux 6.1 headers: <fcntl.h>, where O_NOFOLLOW differs between architectures, <sys/file.h> and
  // <errno.h>
  private static final boolean ARM = System.getProperty("os.arch").equals("aarch64");
  private static final int O_NOFOLLOW = ARM ? 0x8000 : 0x20000;
  private static final int O_NOCTTY = 0x100;
  private static final int O_NONBLOCK = 0x800; // opening a FIFO would wait for a writer
  private static final int O_CLOEXEC = 0x80000;
  private static final int LOCK_EX_NB = 2 | 4;
  private static final int EWOULDBLOCK = 11;

  private final MethodHandle open;
  private final MethodHandle flock;
  private final MethodHandle close;

  LinuxFlock() {
    Linker.Option errno = Linker.Option.captureCallState("errno");
    open =
        handle(
            "open",
            FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT),
            errno,
            Linker.Option.firstVariadicArg(2));
    flock = handle("flock", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT), errno);
    close = handle("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
  }

  private static MethodHandle handle(
      String name, FunctionDescriptor descriptor, Linker.Option... options) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().find(name).orElseThrow(), descriptor, options);
  }

  @Override
  public Optional<Closeable> tryLock(Path file) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(Linker.Option.captureStateLayout());
      byte[] bytes = Names.absoluteBytes(file);
      MemorySegment name = arena.allocate(bytes.length + 1L);
      MemorySegment.copy(bytes, 0, name, JAVA_BYTE, 0, bytes.length);
      int flags = O_NOFOLLOW | O_NOCTTY | O_NONBLOCK | O_CLOEXEC; // and O_RDONLY, which is 0
      int descriptor = (int) open.invokeExact(errno, name, flags);
      if (descriptor < 0) {
        throw failed(file, "open", errno);
      }
      if ((int) flock.invokeExact(errno, descriptor, LOCK_EX_NB) == 0) {
        AtomicBoolean held = new AtomicBoolean(true);
        return Optional.of(
            () -> {
              // Twice would close what somebody else has opened meanwhile
              if (held.getAndSet(false)) {
                close(descriptor);
              }
            });
      }
      IOException failure = failed(file, "flock", errno);
      boolean busy = errno.get(JAVA_INT, 0) == EWOULDBLOCK;
      close(descriptor);
      if (busy) {
        return Optional.empty();
      }
      throw failure;
    } catch (IOException | RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  private static IOException failed(Path file, String call, MemorySegment errno) {
    return new FileSystemException(
        file.toString(), null, call + " failed with error " + errno.get(JAVA_INT, 0));
  }

  private void close(int descriptor) {
    try {
      // An error here means that the descriptor is closed all the same, close(2)
      int ignored = (int) close.invokeExact(descriptor);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }
}
