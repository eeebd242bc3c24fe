package dev.lowtide.fs;

import java.nio.file.attribute.BasicFileAttributes;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A file's device and inode, as far as {@link BasicFileAttributes#fileKey} tells.
 *
 * <p>This is the one way to learn them relative to an open directory: the {@code unix} attribute
 * view, which has them as numbers, works on paths only.
 */
record FileKey(long device, long inode) {
  /** {@code sun.nio.fs.UnixFileKey#toString}, JDK 17 to 25. */
  private static final Pattern UNIX = Pattern.compile("\\(dev=([0-9a-f]+),ino=(-?[0-9]+)\\)");

  static FileKey of(BasicFileAttributes attributes) {
    Object key = attributes.fileKey();
    if (key == null) {
      // Windows tells none; the time of creation is the best that is left to know a file again
      return new FileKey(0, attributes.creationTime().toMillis());
    }
    Matcher matcher = UNIX.matcher(key.toString());
    return matcher.matches()
        ? new FileKey(
            Long.parseUnsignedLong(matcher.group(1), 16), Long.parseLong(matcher.group(2)))
        : new FileKey(0, key.hashCode());
  }
}
