package dev.lowtide.fs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Reads files without changing their access times, and makes the file system record reads. Access
 * times are evidence of use, which Lowtide must not falsify by reading.
 */
public final class AccessTimes {
  private AccessTimes() {}

  /** The files whose access time was restored: restoring it changes the status-change time. */
  private static final Map<FileKey, Restored> RESTORED = new ConcurrentHashMap<>();

  private record Restored(long changedBeforeRestore, long changedByRestore) {}

  /**
   * Reads the beginning of a regular file without changing its access time: with {@code O_NOATIME}
   * if there is a native layer and this user may use it, or else by restoring the access time,
   * which changes the status-change time. If this user may not set the access time, it remains
   * changed. A symbolic link is not followed.
   *
   * @param limit the maximum number of bytes to read
   * @throws IOException if it cannot be read
   */
  public static byte[] readPreservingAccessTime(Path file, int limit) throws IOException {
    BasicFileAttributeView view = view(file);
    FileTime before = view.readAttributes().lastAccessTime();
    Stat beforeRead = Stat.of(file);
    byte[] bytes = ForeignFile.at(file).preservingAccessTime().beginning(limit);
    if (!view.readAttributes().lastAccessTime().equals(before)) {
      restore(file, view, before, beforeRead);
    }
    return bytes;
  }

  private static void restore(
      Path file, BasicFileAttributeView view, FileTime before, Stat beforeRead) {
    try {
      view.setTimes(null, before, null);
      Stat now = Stat.of(file);
      RESTORED.put(
          new FileKey(now.device(), now.inode()),
          new Restored(beforeRead.changedNanos(), now.changedNanos()));
    } catch (IOException e) {
      // Another user's file keeps the new access time. It then looks used, which can only keep it
      // from being removed
    }
  }

  /**
   * The status-change time of a file, without changes by {@link #readPreservingAccessTime} of this
   * process.
   *
   * @param changedNanos the present status-change time
   */
  static long changedBesidesRestoring(long device, long inode, long changedNanos) {
    if (RESTORED.isEmpty()) {
      return changedNanos;
    }
    Restored restored = RESTORED.get(new FileKey(device, inode));
    return restored != null && restored.changedByRestore == changedNanos
        ? restored.changedBeforeRestore
        : changedNanos;
  }

  /**
   * The status-change time of a file as other processes see it: with changes by {@link
   * #readPreservingAccessTime} of this process.
   *
   * @param changedNanos the result of {@link #changedBesidesRestoring}
   */
  public static long changedIncludingRestoring(long device, long inode, long changedNanos) {
    Restored restored = RESTORED.isEmpty() ? null : RESTORED.get(new FileKey(device, inode));
    return restored != null && restored.changedBeforeRestore == changedNanos
        ? restored.changedByRestore
        : changedNanos;
  }

  /**
   * Makes the file system record the next read of a file; of its times, this changes only the
   * status-change time. Linux does not update an access time that is less than a day old, unless
   * the status of the file has changed since (mount(8), {@code relatime}).
   *
   * @throws IOException if this user may not set the times of the file
   */
  public static void recordNextRead(Path file) throws IOException {
    BasicFileAttributeView view = view(file);
    view.setTimes(null, view.readAttributes().lastAccessTime(), null);
  }

  private static BasicFileAttributeView view(Path file) {
    return Files.getFileAttributeView(
        file, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
  }

  /**
   * Whether the file system of a directory may record reads in access times: false if the file
   * system is mounted {@code noatime} or read-only.
   */
  public static boolean recordsReads(Path directory) {
    try {
      return MountTable.read().optionsAt(directory).stream()
          .noneMatch(option -> option.equals("noatime") || option.equals("ro"));
    } catch (IOException e) {
      return false;
    }
  }
}
