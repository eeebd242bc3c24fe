package dev.lowtide.fs;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * The memory with which a thread walks. It is kept for the next walk of that thread: to allocate
 * and to free it would take longer than the walk of a small tree.
 */
final class WalkMemory {
  /**
   * The size of the buffer for getdents64(2): about two thousand names. Larger buffers are not
   * faster.
   */
  static final int BUFFER_BYTES = 64 * 1024;

  /** The longest path that the kernel accepts, PATH_MAX. */
  private static final int PATH_BYTES = 4096;

  /** The longest name, NAME_MAX, with its NUL. */
  private static final int NAME_BYTES = 256;

  private static final ThreadLocal<WalkMemory> FREE = new ThreadLocal<>();

  final Libc.Calls calls = new Libc.Calls();
  final MemorySegment names = Arena.ofAuto().allocate(BUFFER_BYTES, 8);
  final MemorySegment name = Arena.ofAuto().allocate(NAME_BYTES);
  private final MemorySegment path = Arena.ofAuto().allocate(PATH_BYTES);

  /** An absolute path as a NUL-terminated string. */
  MemorySegment path(Path absolute) {
    byte[] bytes = Names.absoluteBytes(absolute.toAbsolutePath());
    MemorySegment to =
        bytes.length < PATH_BYTES ? path : Arena.ofAuto().allocate(bytes.length + 1L);
    Libc.nulTerminated(bytes, to);
    return to;
  }

  /** The memory of this thread, or new memory during a walk within a walk. */
  static WalkMemory take() {
    WalkMemory free = FREE.get();
    FREE.remove();
    return free == null ? new WalkMemory() : free;
  }

  /** Keeps the memory for the next walk; call it on the thread that has taken it. */
  void release() {
    FREE.set(this);
  }
}
