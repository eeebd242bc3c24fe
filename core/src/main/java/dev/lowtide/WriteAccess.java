package dev.lowtide;

import com.google.common.base.Suppliers;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Determines whether anybody but this user and root can change a file or replace it. It checks the
 * owner and the mode of the file, of each directory above it and of each symbolic link in its path.
 */
final class WriteAccess {
  private static final int OTHERS_WRITE = 0002;
  private static final int GROUP_WRITE = 0020;

  /**
   * In a sticky directory, only the owner of the directory or of an entry can replace that entry.
   */
  private static final int STICKY = 01000;

  /** The number of links that Linux follows: {@code MAXSYMLINKS}. */
  private static final int MAX_LINKS = 40;

  private static final int ROOT = 0;

  private static final Supplier<Integer> OWN_USER = Suppliers.memoize(WriteAccess::ownUser);

  private WriteAccess() {}

  /**
   * Why others can change the file at a path or replace it, as a sentence. Empty if they cannot,
   * and if the file system has no owners.
   *
   * @param path absolute; links are followed
   */
  static Optional<String> ofOthers(Path path) {
    if (!path.getFileSystem().equals(FileSystems.getDefault())
        || !path.getFileSystem().supportedFileAttributeViews().contains("unix")) {
      return Optional.empty();
    }
    try {
      return follow(path);
    } catch (IOException | RuntimeException e) {
      return Optional.of(Printable.of(path) + " cannot be checked: " + Printable.of(e.toString()));
    }
  }

  /**
   * Whether a directory is sticky and its group or everybody may write to it, such as {@code /tmp}.
   * Also true if that cannot be determined.
   */
  static boolean isStickyForAll(Path directory) {
    try {
      return directory.getFileSystem().equals(FileSystems.getDefault())
          && directory.getFileSystem().supportedFileAttributeViews().contains("unix")
          && ((Integer) Files.getAttribute(directory, "unix:mode") & (GROUP_WRITE | OTHERS_WRITE))
              != 0
          && ((Integer) Files.getAttribute(directory, "unix:mode") & STICKY) != 0;
    } catch (IOException | ClassCastException e) {
      return true; // what cannot be read is not trusted
    }
  }

  private static Optional<String> follow(Path path) throws IOException {
    Deque<Path> remaining = new ArrayDeque<>();
    path.forEach(remaining::addLast);
    Path current = path.getRoot();
    Optional<String> objection = objection(current);
    int links = 0;
    while (objection.isEmpty() && !remaining.isEmpty()) {
      Path name = remaining.removeFirst();
      Path next = current.resolve(name);
      if (name.toString().equals("..")) {
        Path parent = current.getParent();
        current = parent == null ? current : parent;
      } else if (!Files.isSymbolicLink(next)) {
        objection = objection(next);
        current = next;
      } else if (++links > MAX_LINKS) {
        objection = Optional.of(Printable.of(path) + " leads through too many links");
      } else {
        objection = ownerObjection(next, attributes(next));
        Path target = Files.readSymbolicLink(next);
        current = target.isAbsolute() ? target.getRoot() : current;
        Deque<Path> targetNames = new ArrayDeque<>();
        target.forEach(targetNames::addLast);
        targetNames.descendingIterator().forEachRemaining(remaining::addFirst);
      }
    }
    return objection;
  }

  private static Map<String, Object> attributes(Path path) throws IOException {
    return Files.readAttributes(path, "unix:mode,uid", LinkOption.NOFOLLOW_LINKS);
  }

  private static Optional<String> objection(Path path) throws IOException {
    Map<String, Object> attributes = attributes(path);
    int mode = number(attributes, "mode");
    Optional<String> owner = ownerObjection(path, attributes);
    if (owner.isPresent() || (Files.isDirectory(path) && (mode & STICKY) != 0)) {
      return owner;
    }
    if ((mode & OTHERS_WRITE) != 0) {
      return Optional.of("all users may write to " + Printable.of(path));
    }
    return (mode & GROUP_WRITE) == 0 || name(path, "group").equals(name(path, "owner"))
        ? Optional.empty() // Linux distributions give each user a group of the same name
        : Optional.of("the group " + name(path, "group") + " may write to " + Printable.of(path));
  }

  private static Optional<String> ownerObjection(Path path, Map<String, Object> attributes)
      throws IOException {
    int owner = number(attributes, "uid");
    return owner == ROOT || owner == OWN_USER.get()
        ? Optional.empty()
        : Optional.of(Printable.of(path) + " belongs to " + name(path, "owner"));
  }

  /**
   * The name is looked up only when it is needed: a company-wide directory server may have to
   * answer.
   */
  private static String name(Path path, String attribute) throws IOException {
    return Printable.of(
        String.valueOf(Files.getAttribute(path, "unix:" + attribute, LinkOption.NOFOLLOW_LINKS)));
  }

  private static int number(Map<String, Object> attributes, String name) {
    return attributes.get(name) instanceof Integer number ? number : -1;
  }

  /** The owner of this process, proc(5); elsewhere that of the home directory. */
  private static int ownUser() {
    Path self = Path.of("/proc/self");
    try {
      Path ownFile = Files.exists(self) ? self : Path.of(System.getProperty("user.home", "/"));
      return (Integer) Files.getAttribute(ownFile, "unix:uid");
    } catch (IOException e) {
      return ROOT; // then only files of root are trusted
    }
  }
}
