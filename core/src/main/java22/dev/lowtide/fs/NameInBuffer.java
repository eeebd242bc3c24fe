package dev.lowtide.fs;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** A name in a buffer, where getdents64(2) or a caller has written it. */
final class NameInBuffer implements TreeWalker.Name {
  // <dirent.h>: d_ino, d_off, d_reclen, d_type, d_name
  private static final int DIRENT_LENGTH = 16;
  private static final int DIRENT_TYPE = 18;
  private static final int DIRENT_NAME = 19;
  private static final byte DT_DIR = 4;

  private MemorySegment buffer = MemorySegment.NULL;
  private long start;

  /** Moves to the entry at an offset. */
  void set(MemorySegment newBuffer, int entry) {
    buffer = newBuffer;
    start = (long) entry + DIRENT_NAME;
  }

  /** Writes a name into memory, and moves to it. */
  void set(MemorySegment memory, byte[] name) {
    Libc.nulTerminated(name, memory);
    buffer = memory;
    start = 0;
  }

  /** The offset of the entry after the one at an offset. */
  int next(int entry) {
    return entry + Short.toUnsignedInt(buffer.get(JAVA_SHORT_UNALIGNED, entry + DIRENT_LENGTH));
  }

  /** Whether the entry is a directory; false also if the file system does not report the type. */
  boolean isDirectory() {
    return buffer.get(JAVA_BYTE, start + DIRENT_TYPE - DIRENT_NAME) == DT_DIR;
  }

  /** The address of the name; valid as long as the buffer is reachable. */
  long address() {
    return buffer.address() + start;
  }

  /** Whether it is {@code .} or {@code ..}. */
  boolean isDots() {
    if (buffer.get(JAVA_BYTE, start) != '.') {
      return false;
    }
    byte second = buffer.get(JAVA_BYTE, start + 1);
    return second == 0 || (second == '.' && buffer.get(JAVA_BYTE, start + 2) == 0);
  }

  @Override
  public byte[] bytes() {
    int length = 0;
    while (buffer.get(JAVA_BYTE, start + length) != 0) {
      length++;
    }
    byte[] bytes = new byte[length];
    MemorySegment.copy(buffer, JAVA_BYTE, start, bytes, 0, length);
    return bytes;
  }
}
