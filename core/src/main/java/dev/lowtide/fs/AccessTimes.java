package dev.lowtide.fs;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;

/**
 * The times at which files were last read: evidence of what is in use, which whoever looks for it
 * must not make himself.
 */
public final class AccessTimes {
  private AccessTimes() {}

  /**
   * Reads the beginning of a regular file, and puts back the time of the last access if that moved.
   * The time stays moved where this user may not set it. A symbolic link is not followed.
   *
   * @param limit the most bytes to read
   * @throws IOException if it cannot be read
   */
  public static byte[] readUnnoticed(Path file, int limit) throws IOException {
    BasicFileAttributeView view = view(file);
    FileTime before = view.readAttributes().lastAccessTime();
    byte[] bytes;
    try (InputStream in =
        Files.newInputStream(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
      bytes = in.readNBytes(limit);
    }
    if (!view.readAttributes().lastAccessTime().equals(before)) {
      putBack(view, before);
    }
    return bytes;
  }

  private static void putBack(BasicFileAttributeView view, FileTime before) {
    try {
      view.setTimes(null, before, null);
    } catch (IOException e) {
      // Another user's file: it now looks read, which only ever keeps things
    }
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
