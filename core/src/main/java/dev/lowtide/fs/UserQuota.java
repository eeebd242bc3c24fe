package dev.lowtide.fs;

import com.google.common.math.LongMath;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.OptionalLong;

/** What a quota of the file system lets this user write. */
public final class UserQuota {
  /** In which limits are counted, {@code <linux/quota.h>}; what is used is counted in bytes. */
  private static final long BLOCK = 1024;

  private UserQuota() {}

  /**
   * What this user may still write on the file system of a directory.
   *
   * @return nothing if no quota binds this user there, or if nobody tells: without the native layer
   */
  public static OptionalLong leftAt(Path directory) {
    return directory.getFileSystem().equals(FileSystems.getDefault())
        ? NativeLayer.quotaLeft(directory)
        : OptionalLong.empty();
  }

  /**
   * What is left of a quota.
   *
   * @param hard the limit that cannot be passed, in blocks; 0 if there is none
   * @param soft the one that can be passed for some days; 0 if there is none
   * @param used bytes
   */
  static OptionalLong left(long hard, long soft, long used) {
    long limit = hard != 0 ? hard : soft;
    return limit == 0
        ? OptionalLong.empty()
        : OptionalLong.of(Math.max(0, LongMath.saturatedMultiply(limit, BLOCK) - used));
  }
}
