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
 * The times at which files were last read: evidence of what is in use, which whoever looks for it
 * must not make himself.
 */
public final class AccessTimes {
  private AccessTimes() {}

  /** The two times of change around each time of access that was put back. */
  private static final Map<FileKey, PutBack> PUT_BACK = new ConcurrentHashMap<>();

  private record PutBack(long changedBefore, long changed) {}

  /**
   * Reads the beginning of a regular file, and leaves its time of last access as it was: by {@code
   * O_NOATIME} where there is a native layer and this user may, else by putting it back, which
   * changes the time of the file's status. The time stays moved where this user may not set it. A
   * symbolic link is not followed.
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
      // Another user's file: it now looks read, which only ever keeps things
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
   * When the status of a file was last changed as every other process sees it, which does not know
   * what {@link #readUnnoticed} of this process has changed.
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
   * Makes sure that the next reading of a file is recorded, and changes none of its times but that
   * of its status. Linux leaves an access time alone that is younger than a day, unless the status
   * of the file has changed since (mount(8), {@code relatime}).
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
   * Whether it may be recorded when files below a directory are read: not where the file system is
   * mounted {@code noatime} or read-only.
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
