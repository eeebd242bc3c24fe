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
 * times are evidence of what is in use, which Lowtide must not falsify by reading.
 */
public final class AccessTimes {
  private AccessTimes() {}

  /**
   * For each file whose access time was restored, its status-change times before and after that.
   */
  private static final Map<FileKey, PutBack> PUT_BACK = new ConcurrentHashMap<>();

  private record PutBack(long changedBefore, long changed) {}

  /**
   * Reads the beginning of a regular file without changing its access time: with {@code O_NOATIME}
   * if there is a native layer and this user may use it, or else by restoring the access time,
   * which changes the status-change time. If this user may not set the access time, it remains
   * changed. A symbolic link is not followed.
   *
   * @param limit the most bytes to read
   * @throws IOException if it cannot be read
   */
  public static byte[] readUnnoticed(Path file, int limit) throws IOException {
    BasicFileAttributeView view = view(file);
    FileTime before = view.readAttributes().lastAccessTime();
    Stat unread = Stat.of(file);
    byte[] bytes = ForeignFile.at(file).unnoticed().beginning(limit);
    if (!view.readAttributes().lastAccessTime().equals(before)) {
      putBack(file, view, before, unread);
    }
    return bytes;
  }

  private static void putBack(
      Path file, BasicFileAttributeView view, FileTime before, Stat unread) {
    try {
      view.setTimes(null, before, null);
      Stat now = Stat.of(file);
      PUT_BACK.put(
          new FileKey(now.device(), now.inode()),
          new PutBack(unread.changedNanos(), now.changedNanos()));
    } catch (IOException e) {
      // Another user's file: it now looks as if it had been used, which can only cause it to be
      // kept
    }
  }

  /**
   * When the status of a file was last changed by anything but {@link #readUnnoticed} of this
   * process.
   *
   * @param changedNanos when it was last changed
   */
  static long changedByOthers(long device, long inode, long changedNanos) {
    if (PUT_BACK.isEmpty()) {
      return changedNanos;
    }
    PutBack putBack = PUT_BACK.get(new FileKey(device, inode));
    return putBack != null && putBack.changed == changedNanos
        ? putBack.changedBefore
        : changedNanos;
  }

  /**
   * When the status of a file was last changed as other processes see it, including changes by
   * {@link #readUnnoticed} of this process.
   *
   * @param changedNanos when it was last changed by anything but {@link #readUnnoticed}
   */
  public static long changedByAnybody(long device, long inode, long changedNanos) {
    PutBack putBack = PUT_BACK.isEmpty() ? null : PUT_BACK.get(new FileKey(device, inode));
    return putBack != null && putBack.changedBefore == changedNanos
        ? putBack.changed
        : changedNanos;
  }

  /**
   * Makes the file system record the next read of a file; of its times, this changes only the
   * status-change time. Linux does not update an access time that is less than a day old, unless
   * the status of the file has changed since (mount(8), {@code relatime}).
   *
   * @throws IOException if this user may not do that
   */
  public static void noteNextReading(Path file) throws IOException {
    BasicFileAttributeView view = view(file);
    view.setTimes(null, view.readAttributes().lastAccessTime(), null);
  }

  private static BasicFileAttributeView view(Path file) {
    return Files.getFileAttributeView(
        file, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
  }

  /**
   * Whether reads of files below a directory may be recorded: false if the file system is mounted
   * {@code noatime} or read-only.
   */
  public static boolean mayBeRecorded(Path directory) {
    try {
      return MountTable.read().optionsAt(directory).stream()
          .noneMatch(option -> option.equals("noatime") || option.equals("ro"));
    } catch (IOException e) {
      return false;
    }
  }
}
