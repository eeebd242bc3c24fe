package dev.lowtide.fs;

import java.nio.file.attribute.BasicFileAttributes;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The device and the inode of a file, from {@link BasicFileAttributes#fileKey}.
 *
 * <p>This is the only way to read them relative to an open directory: the {@code unix} attribute
 * view, which has them as numbers, works only for paths.
 */
record FileKey(long device, long inode) {
  /** {@code sun.nio.fs.UnixFileKey#toString}, JDK 17 to 25. */
  private static final Pattern UNIX = Pattern.compile("\\(dev=([0-9a-f]+),ino=(-?[0-9]+)\\)");

  static FileKey of(BasicFileAttributes attributes) {
    Object key = attributes.fileKey();
    if (key == null) {
      // Windows provides no key; the creation time is the best remaining way to identify a file
      return new FileKey(0, attributes.creationTime().toMillis());
    }
    Matcher matcher = UNIX.matcher(key.toString());
    return matcher.matches()
        ? new FileKey(
            Long.parseUnsignedLong(matcher.group(1), 16), Long.parseLong(matcher.group(2)))
        : new FileKey(0, key.hashCode());
  }

  static FileKey of(Stat stat) {
    return new FileKey(stat.device(), stat.inode());
  }

  /** Combines the numbers like {@code gnu_dev_makedev} of glibc, to the value of {@code st_dev}. */
  static long device(int major, int minor) {
    long high = Integer.toUnsignedLong(major);
    long low = Integer.toUnsignedLong(minor);
    return (low & 0xff) | (high & 0xfff) << 8 | (low & ~0xffL) << 12 | (high & ~0xfffL) << 32;
  }
}
