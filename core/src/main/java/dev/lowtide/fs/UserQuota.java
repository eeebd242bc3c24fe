package dev.lowtide.fs;

import com.google.common.math.LongMath;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.OptionalLong;

/** Determines how many bytes this user may still write under a quota of the file system. */
public final class UserQuota {
  /** The unit of limits, {@code <linux/quota.h>}; usage is counted in bytes. */
  private static final long BLOCK = 1024;

  private UserQuota() {}

  /**
   * The number of bytes that this user may still write on the file system of a directory.
   *
   * @return empty if no quota applies to this user there, or if that is unknown, as without the
   *     native layer
   */
  public static OptionalLong remainingAt(Path directory) {
    return directory.getFileSystem().equals(FileSystems.getDefault())
        ? NativeLayer.remainingQuota(directory)
        : OptionalLong.empty();
  }

  /**
   * The bytes that remain of a quota.
   *
   * @param hard the limit that cannot be exceeded, in blocks; 0 if there is none
   * @param soft the limit that can be exceeded for some days, in blocks; 0 if there is none
   * @param used the used bytes
   */
  static OptionalLong remaining(long hard, long soft, long used) {
    long limit = hard != 0 ? hard : soft;
    return limit == 0
        ? OptionalLong.empty()
        : OptionalLong.of(Math.max(0, LongMath.saturatedMultiply(limit, BLOCK) - used));
  }
}
