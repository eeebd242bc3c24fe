package dev.lowtide.fs;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * The memory of one thread for the arguments and results of its system calls. The garbage collector
 * frees it after the thread has ended.
 */
final class ThreadBuffers {
  private static final ThreadLocal<ThreadBuffers> CURRENT = new ThreadLocal<>();

  /** Room for about two thousand names; with more, a directory is not read faster. */
  private static final int BUFFER_BYTES = 64 * 1024;

  /** Room for the longest name of Linux, NAME_MAX, and its NUL. */
  private static final int NAME_BYTES = 256;

  final Libc.Calls calls;
  final NameInBuffer name = new NameInBuffer();
  private final MemorySegment first;
  private final MemorySegment second;
  final MemorySegment buffer;

  private ThreadBuffers() {
    Arena arena = Arena.ofAuto();
    calls = new Libc.Calls();
    first = arena.allocate(NAME_BYTES);
    second = arena.allocate(NAME_BYTES);
    buffer = arena.allocate(BUFFER_BYTES, Long.BYTES);
  }

  static ThreadBuffers current() {
    ThreadBuffers buffers = CURRENT.get();
    if (buffers == null) {
      buffers = new ThreadBuffers();
      CURRENT.set(buffers);
    }
    return buffers;
  }

  /** A name as a C string, for a system call that takes one name or two. */
  MemorySegment firstName(Path name) throws IOException {
    return nulTerminated(name, first);
  }

  /** A second name as a C string, which does not overwrite the first one. */
  MemorySegment secondName(Path name) throws IOException {
    return nulTerminated(name, second);
  }

  private static MemorySegment nulTerminated(Path name, MemorySegment to) throws IOException {
    byte[] bytes = Names.bytes(name);
    if (bytes.length >= NAME_BYTES) {
      throw Errno.exception(name, Errno.ENAMETOOLONG);
    }
    Libc.nulTerminated(bytes, to);
    return to;
  }
}
